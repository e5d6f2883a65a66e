#include "kernels/view_synthesis.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/library.h>

namespace plumbline::kernels {

at::Tensor view_synthesis(const at::Tensor& images, const std::vector<std::string>& views,
                          const std::vector<double>& values, const Normalisation& normalisation,
                          at::ScalarType dtype) {
  using Signature =
      at::Tensor(const at::Tensor&, const c10::List<std::string>&, at::ArrayRef<double>, double,
                 at::ArrayRef<double>, at::ArrayRef<double>, bool, at::ScalarType);
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("plumbline::view_synthesis", "")
                             .typed<Signature>();
  return op.call(images, c10::List<std::string>(c10::ArrayRef<std::string>(views)), values,
                 normalisation.scale, normalisation.mean, normalisation.std,
                 normalisation.reverse_channels, dtype);
}

TORCH_LIBRARY_FRAGMENT(plumbline, library) {
  library.def(
      "view_synthesis(Tensor images, str[] views, float[] values, float scale, float[] mean, "
      "float[] std, bool reverse_channels, ScalarType dtype) -> Tensor");
}

}  // namespace plumbline::kernels
