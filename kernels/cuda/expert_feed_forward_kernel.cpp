#include <torch/library.h>

#include "kernels/aten/aten_experts.h"

namespace plumbline::kernels {

TORCH_LIBRARY_IMPL(plumbline, CUDA, library) {
  library.impl("expert_pass", expert_pass_by_aten);
  library.impl("expert_pass_backward", expert_pass_backward_by_aten);
  library.impl("expert_combine", expert_combine_by_aten);
}

}  // namespace plumbline::kernels
