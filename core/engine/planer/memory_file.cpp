#include "core/engine/planer/memory_file.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

namespace plumbline {

Result<Memory> memory_like(const SafetensorsFile& file, const std::string& prefix,
                           const LanguageModel& model, std::int64_t batch, std::int64_t capacity,
                           const std::string& where) {
  const ParameterSet& parameters = model.parameters();
  Memory memory(model.options().size());
  for (std::size_t i = 0; i < memory.size(); ++i) {
    const TensorView* view = file.find(prefix + std::to_string(i));
    if (!view) continue;
    if (view->shape.size() != 3 || view->shape[0] != batch || view->shape[1] < 0 ||
        view->shape[1] > capacity || view->shape[2] != model.config().d_model)
      return bad_input(fmt::format("the checkpoint's tensor '{}' has another shape", view->name),
                       where, "remove it and begin again");
    memory[i] =
        at::empty(view->shape, at::TensorOptions(parameters.device()).dtype(parameters.type()));
  }
  return memory;
}

}  // namespace plumbline
