#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <c10/core/InferenceMode.h>
#include <torch/version.h>
#ifdef PLUMBLINE_CUDA
#include <ATen/cuda/CUDAContext.h>
#include <cuda_runtime_api.h>
#endif

#include "core/engine/engine.h"
#include "core/engine/inference/apply_decision.h"
#include "core/engine/inference/device.h"
#include "core/engine/inference/device_energy.h"
#include "core/engine/inference/explain.h"
#include "core/engine/inference/image_decoder.h"
#include "core/engine/inference/libtorch_place.h"
#include "core/engine/inference/model_check.h"
#include "core/engine/inference/network.h"
#include "core/engine/inference/package_network.h"
#include "core/engine/inference/run_pipeline.h"
#include "core/engine/inference/run_ranks.h"
#include "core/engine/planer/evaluate_networks.h"
#include "core/engine/planer/export_network.h"
#include "core/engine/planer/import_network.h"
#include "core/engine/planer/profile_device.h"
#include "core/engine/planer/search_network.h"
#include "core/engine/planer/train_network.h"
#include "core/engine/ranks/rank_environment.h"
#include "core/engine/ranks/rank_store.h"
#include "core/engine/training/train_model.h"

namespace plumbline {

namespace {

using nlohmann::ordered_json;

/// Which of our ops have a kernel for which device.
ordered_json kernels() {
  ordered_json list = ordered_json::object();
  auto& dispatcher = c10::Dispatcher::singleton();
  for (const char* name : {"view_synthesis", "ragged_resize", "convolution3x3",
                           "expert_feed_forward", "expert_outputs"}) {
    ordered_json devices = ordered_json::array();
    const auto op = dispatcher.findSchema({std::string("plumbline::") + name, ""});
    if (op && op->hasKernelForDispatchKey(c10::DispatchKey::CPU)) devices.push_back("cpu");
    if (op && op->hasKernelForDispatchKey(c10::DispatchKey::CUDA)) devices.push_back("cuda");
    list[name] = devices;
  }
  return list;
}

/// Who counts the device's energy, or why nobody does.
void say_energy(c10::Device device, ordered_json& entry) {
  const auto counter = open_energy_counter(device);
  entry["energy"] = counter ? ordered_json(counter->source) : ordered_json();
  if (!counter) entry["null_reasons"]["energy"] = to_string(counter.error());
}

/// What decodes JPEG on the device, or why nothing does.
void say_decoder(c10::Device device, ordered_json& entry) {
  if (device.is_cpu()) {
    entry["decoder"] = host_decoder().name;
    return;
  }
  const auto decoder = DeviceJpeg::open(device);
  entry["decoder"] = decoder ? ordered_json((*decoder)->name()) : ordered_json();
  if (decoder)
    entry["decoder_facts"] = (*decoder)->description();
  else
    entry["null_reasons"]["decoder"] = to_string(decoder.error());
}

ordered_json doctor() {
  ordered_json devices = ordered_json::array();
  configure_device(c10::kCPU, Precision::fp32);
  devices.push_back({{"device", "cpu"}, {"name", device_name(c10::kCPU)}});
  say_energy(c10::kCPU, devices.back());
  say_decoder(c10::kCPU, devices.back());
#ifdef PLUMBLINE_CUDA
  const int gpus = at::cuda::is_available() ? static_cast<int>(c10::cuda::device_count()) : 0;
  for (int i = 0; i < gpus; ++i) {
    const auto* properties = at::cuda::getDeviceProperties(static_cast<c10::DeviceIndex>(i));
    devices.push_back({{"device", "cuda:" + std::to_string(i)},
                       {"name", properties->name},
                       {"memory_gib", properties->totalGlobalMem >> 30},
                       {"capability", std::to_string(properties->major) + "." +
                                          std::to_string(properties->minor)}});
    const c10::Device device(c10::kCUDA, static_cast<c10::DeviceIndex>(i));
    say_energy(device, devices.back());
    say_decoder(device, devices.back());
  }
#endif
  ordered_json result = {
      {"plumbline", PLUMBLINE_VERSION},
      {"libtorch", TORCH_VERSION},
      {"libtorch_folder", libtorch_library().parent_path().parent_path().string()}};
#ifdef PLUMBLINE_CUDA
  result["cuda"] =
      std::to_string(CUDART_VERSION / 1000) + "." + std::to_string(CUDART_VERSION % 1000 / 10);
#endif
  result["devices"] = std::move(devices);
  result["kernels"] = kernels();
  result["packages"] = {{"devices", package_devices()}, {"limit", package_limit()}};
  return result;
}

Result<void> check_format(const std::filesystem::path& file, bool trust) {
  return check_model_format(file, trust ? NativeCode::trusted : NativeCode::refused);
}

bool is_package(const std::filesystem::path& file) {
  const auto kind = model_file_kind(file);
  return kind && *kind == ModelFileKind::package;
}

Result<void> check_model(const std::filesystem::path& file, const ModelCard& card, bool trust) {
  const c10::InferenceMode inference;
  TRY(check_format(file, trust));
  PackagePlace place;
  if (is_package(file)) {
    const auto compiled_for = place_of_package(file);
    TRY(compiled_for);
    place = *compiled_for;
  }
  configure_device(place.device, place.precision);
  auto network = load_network(file, card, place.device, place.precision,
                              trust ? NativeCode::trusted : NativeCode::refused);
  TRY(network);
  return check_answers(**network, card, place.device, file.string(), place.precision);
}

Result<std::shared_ptr<RankStore>> meet_ranks(const RankEnvironment& ranks) {
  const auto limits = RankLimits::of_environment();
  TRY(limits);
  return RankStore::meet(ranks, *limits);
}

void leave_ranks(RankStore& store, const Error* error) {
  if (error)
    store.give_up(*error);
  else
    store.leave();
}

}  // namespace

}  // namespace plumbline

extern "C" const plumbline::EngineModule* plumbline_engine_module() {
  static constexpr plumbline::EngineModule module = {plumbline::doctor,
                                                     plumbline::check_format,
                                                     plumbline::is_package,
                                                     plumbline::check_model,
                                                     plumbline::meet_ranks,
                                                     plumbline::leave_ranks,
                                                     plumbline::RunRanks::await_database,
                                                     plumbline::run_share,
                                                     plumbline::run_voters,
                                                     plumbline::explain_vote,
                                                     plumbline::train_model,
                                                     plumbline::apply_decision,
                                                     plumbline::import_network,
                                                     plumbline::profile_device,
                                                     plumbline::train_network,
                                                     plumbline::search_network,
                                                     plumbline::evaluate_networks,
                                                     plumbline::export_network};
  return &module;
}
