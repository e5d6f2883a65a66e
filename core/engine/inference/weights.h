#pragma once
#include <set>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/data/safetensors.h"
#include "core/types/error.h"

namespace plumbline {

/// Takes named tensors out of a safetensors file and remembers which were taken. What wrappers put
/// in front of every name ("module." by DataParallel, "_orig_mod." by torch.compile, "model." by
/// trainers, one after the other) is passed over where all tensors have it.
class Weights {
 public:
  explicit Weights(const SafetensorsFile& file, std::string where);

  /// A copy in float64. The first that is missing or of another shape becomes `error()`, and zeros
  /// of that shape are returned, so that callers check once at the end.
  at::Tensor take(const std::string& name, std::vector<std::int64_t> shape);
  bool has(const std::string& name) const { return find(name) != nullptr; }
  /// The first dimension of a tensor, or −1.
  std::int64_t first_dimension(const std::string& name) const;

  /// What went wrong so far, or a tensor that nobody took (counters of batches do not count).
  Result<void> check_all_taken() const;

 private:
  const TensorView* find(const std::string& name) const { return file_.find(prefix_ + name); }
  /// Under which other names the tensor is there: "'model.NAME', 'ema.NAME'"; empty: under none.
  std::string elsewhere(const std::string& name) const;

  const SafetensorsFile& file_;
  std::string prefix_;
  std::string where_;
  std::set<std::string> taken_;
  std::optional<Error> error_;
};

}  // namespace plumbline
