#include "core/engine/ranks/nccl_sum.h"

#ifdef PLUMBLINE_NCCL
#include <dlfcn.h>

#include <cstdlib>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/cuda/CUDAContext.h>
#include <c10/cuda/CUDAGuard.h>
#include <fmt/format.h>
#include <nccl.h>
#endif

namespace plumbline {

#ifdef PLUMBLINE_NCCL

namespace {

constexpr const char* nccl_name = "libnccl.so.2";

/// NCCL's functions, of the library that LibTorch brings: a LibTorch without it (one that was built
/// otherwise) still loads, and trains by one rank.
struct Nccl {
  decltype(&ncclGetUniqueId) unique_id = nullptr;
  decltype(&ncclCommInitRank) join = nullptr;
  decltype(&ncclAllReduce) all_reduce = nullptr;
  decltype(&ncclAllGather) all_gather = nullptr;
  decltype(&ncclGetErrorString) error_text = nullptr;
  decltype(&ncclGetLastError) last_error = nullptr;

  static Result<Nccl> load() {
    void* library = ::dlopen(nccl_name, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr)
      return fail(ErrorKind::device, "NCCL, which ranks need to train together, was not found",
                  nccl_name, "PyPI's LibTorch includes it: pip install torch==2.11.0");
    Nccl nccl;
    const char* missing = nullptr;
    const auto find = [&](const char* symbol, auto& function) {
      function =
          reinterpret_cast<std::remove_reference_t<decltype(function)>>(::dlsym(library, symbol));
      if (function == nullptr) missing = symbol;
    };
    find("ncclGetUniqueId", nccl.unique_id);
    find("ncclCommInitRank", nccl.join);
    find("ncclAllReduce", nccl.all_reduce);
    find("ncclAllGather", nccl.all_gather);
    find("ncclGetErrorString", nccl.error_text);
    find("ncclGetLastError", nccl.last_error);
    if (missing != nullptr)
      return fail(ErrorKind::device, fmt::format("this NCCL has no {}", missing), nccl_name,
                  "PyPI's LibTorch includes a newer one: pip install torch==2.11.0");
    return nccl;
  }

  std::string words(ncclResult_t result) const {
    std::string text = error_text(result);
    const char* more = last_error(nullptr);
    if (more != nullptr && *more != '\0') text += fmt::format(" ({})", more);
    return text;
  }
};

std::string to_hex(const ncclUniqueId& id) {
  std::string text;
  for (const char byte : id.internal)
    text += fmt::format("{:02x}", static_cast<unsigned>(static_cast<unsigned char>(byte)));
  return text;
}

/// False where it is no such number.
bool from_hex(const std::string& text, ncclUniqueId& id) {
  if (text.size() != 2 * sizeof id.internal) return false;
  const auto digit = [](char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  for (std::size_t i = 0; i < sizeof id.internal; ++i) {
    const int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    id.internal[i] = static_cast<char>(16 * high + low);
  }
  return true;
}

class NcclSum : public RankSum {
 public:
  NcclSum(const Nccl& nccl, ncclComm_t ranks, const RankEnvironment& who, c10::Device device)
      : nccl_(nccl), communicator_(ranks), rank_(who.rank), ranks_(who.world), device_(device) {}
  // The communicator ends with the process: taking it down waits for graphs that hold it, and for
  // ranks that may be gone.

  int rank() const override { return rank_; }
  int ranks() const override { return ranks_; }
  c10::Device device() const override { return device_; }

  void add(const at::Tensor& values) override {
    TORCH_CHECK(values.is_contiguous() && values.device() == device_ &&
                    (values.scalar_type() == at::kFloat || values.scalar_type() == at::kDouble),
                "ranks can add up contiguous float32 or float64 tensors only, on ", device_);
    const auto type = values.scalar_type() == at::kFloat ? ncclFloat32 : ncclFloat64;
    void* data = values.mutable_data_ptr();
    check(nccl_.all_reduce(data, data, static_cast<std::size_t>(values.numel()), type, ncclSum,
                           communicator_, stream()));
  }

  at::Tensor gathered(const at::Tensor& values) override {
    const at::Tensor own = values.contiguous();
    std::vector<std::int64_t> shape = own.sizes().vec();
    shape.insert(shape.begin(), ranks_);
    at::Tensor all = at::empty(shape, own.options());
    check(nccl_.all_gather(own.const_data_ptr(), all.mutable_data_ptr(), own.nbytes(), ncclInt8,
                           communicator_, stream()));
    return all;
  }

 private:
  cudaStream_t stream() const { return at::cuda::getCurrentCUDAStream(device_.index()); }
  void check(ncclResult_t result) const {
    if (result != ncclSuccess)
      throw std::runtime_error("the ranks cannot continue: NCCL: " + nccl_.words(result));
  }

  Nccl nccl_;
  ncclComm_t communicator_;
  int rank_, ranks_;
  c10::Device device_;
};

}  // namespace

bool can_sum_by_nccl() { return true; }

Result<std::unique_ptr<RankSum>> join_by_nccl(RankStore& store, c10::Device device,
                                              const std::function<bool()>& stop) {
  const auto nccl = Nccl::load();
  TRY(nccl);
  // Buffers of captured steps are LibTorch's and not made known to NCCL: registering them is for
  // networks much larger than these, and not every allocator can.
  ::setenv("NCCL_GRAPH_REGISTER", "0", /*overwrite=*/0);
  const RankEnvironment& who = store.ranks();
  const c10::cuda::CUDAGuard guard(device);
  const auto failed = [&](ncclResult_t result) {
    return fail(ErrorKind::device, "the ranks cannot connect: NCCL: " + nccl->words(result),
                store.name_of(who.rank), "each rank needs its own GPU; NCCL_DEBUG=INFO says more");
  };
  ncclUniqueId id{};
  constexpr const char* key = "nccl/id";
  if (who.rank == 0) {
    if (const auto made = nccl->unique_id(&id); made != ncclSuccess) return failed(made);
    TRY(store.set(key, to_hex(id)));
  } else {
    const auto text = store.get(key, {}, stop);
    TRY(text);
    if (!from_hex(*text, id))
      return fail(ErrorKind::device, "rank 0 did not give the identifier by which NCCL connects",
                  key);
  }
  ncclComm_t communicator = nullptr;
  if (const auto joined = nccl->join(&communicator, who.world, id, who.rank); joined != ncclSuccess)
    return failed(joined);
  auto sum = std::make_unique<NcclSum>(*nccl, communicator, who, device);
  // What is made at first use is made now, while nothing is captured.
  try {
    const at::Tensor one = at::ones({1}, at::TensorOptions(device).dtype(at::kFloat));
    sum->add(one);
    if (one.item<float>() != static_cast<float>(who.world))
      return fail(ErrorKind::device, "the ranks' sums computed by NCCL are wrong",
                  store.name_of(who.rank), "NCCL_DEBUG=INFO says how the GPUs are linked");
  } catch (const std::exception& exception) {
    return fail(ErrorKind::device, exception.what(), store.name_of(who.rank),
                "NCCL_DEBUG=INFO says more");
  }
  return std::unique_ptr<RankSum>(std::move(sum));
}

#else

bool can_sum_by_nccl() { return false; }

Result<std::unique_ptr<RankSum>> join_by_nccl(RankStore&, c10::Device,
                                              const std::function<bool()>&) {
  return fail(ErrorKind::device, "this program was built without NCCL");
}

#endif

}  // namespace plumbline
