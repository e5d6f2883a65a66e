#include "kernels/view_synthesis.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/library.h>

namespace plumbline::kernels {

at::Tensor view_synthesis(const at::Tensor& images,
                          const std::vector<std::vector<views::ViewStep>>& views,
                          const Normalisation& normalisation, at::ScalarType dtype,
                          const BatchFacts& facts) {
  using Signature = at::Tensor(
      const at::Tensor&, const c10::List<std::string>&, at::ArrayRef<double>, at::ArrayRef<int64_t>,
      double, at::ArrayRef<double>, at::ArrayRef<double>, bool, at::ScalarType, bool,
      const std::optional<at::Tensor>&, const std::optional<at::Tensor>&);
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("plumbline::view_synthesis", "")
                             .typed<Signature>();
  c10::List<std::string> steps;
  std::vector<double> values;
  std::vector<int64_t> counts;
  for (const auto& view : views) {
    counts.push_back(static_cast<int64_t>(view.size()));
    for (const auto& step : view) {
      steps.push_back(std::string(step.kind->name));
      values.insert(values.end(), step.values.begin(), step.values.end());
    }
  }
  const auto given = [](const at::Tensor& tensor) {
    return tensor.defined() ? std::optional(tensor) : std::nullopt;
  };
  return op.call(images, steps, values, counts, normalisation.scale, normalisation.mean,
                 normalisation.std, normalisation.reverse_channels, dtype, facts.antialias,
                 given(facts.samples), given(facts.valid));
}

TORCH_LIBRARY_FRAGMENT(plumbline, library) {
  library.def(
      "view_synthesis(Tensor images, str[] steps, float[] values, int[] counts, float scale, "
      "float[] mean, float[] std, bool reverse_channels, ScalarType dtype, bool antialias, "
      "Tensor? samples, Tensor? valid) -> Tensor");
}

}  // namespace plumbline::kernels
