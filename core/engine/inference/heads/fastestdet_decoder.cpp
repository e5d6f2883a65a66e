#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <fmt/format.h>

#include "core/engine/inference/heads/box_decoder.h"

namespace plumbline {

namespace {

constexpr std::int64_t fastestdet_box_channels = 5;

bool is_fastestdet(const at::Tensor& tensor, std::int64_t channels) {
  return tensor.dim() == 4 && tensor.size(1) == channels;
}

/// [batch, 5 + classes, rows, columns]: objectness, offset of the centre (tanh, in cells), size
/// (sigmoid, of the input), classes.
Result<BoxParts> read_fastestdet(const NetworkOutput& output, const ModelCard& card,
                                 std::int64_t batch) {
  const auto& kind = std::get<BoxOutput>(card.output.details);
  const auto channels = static_cast<std::int64_t>(card.classes.size()) + fastestdet_box_channels;
  const auto picked = pick_tensor(
      output,
      fmt::format("{} × {} (5 and one channel per class) × rows × columns", batch, channels),
      is_fastestdet, channels);
  TRY(picked);
  if (kind.strides.size() != 1)
    return bad_input(
        fmt::format("the card has {} strides, 'fastestdet' has one grid", kind.strides.size()), "",
        "correct \"strides\" in the model card");
  const CellGrid grid = cell_grids(card).front();
  if (picked->size(2) != grid.rows || picked->size(3) != grid.columns)
    return bad_input(
        fmt::format("the model gives {} × {} cells; the card's stride {} makes {} × {}",
                    picked->size(3), picked->size(2), grid.stride, grid.columns, grid.rows),
        "", "correct \"strides\" or the input's size in the model card");
  const at::Tensor places = picked->flatten(2).transpose(1, 2);
  const CellPlaces cells = cell_places(card, picked->device());
  at::Tensor centres = places.narrow(2, 1, 4);
  if (!kind.decoded) {
    const at::Tensor sides = at::stack({at::full({}, card.input.width, centres.options()),
                                        at::full({}, card.input.height, centres.options())});
    // A grid's cell is the input's side by the number of cells, whatever the stride rounds to.
    const at::Tensor cell = sides / at::stack({at::full({}, grid.columns, centres.options()),
                                               at::full({}, grid.rows, centres.options())});
    centres = at::cat({(centres.narrow(2, 0, 2).tanh() + cells.places) * cell,
                       centres.narrow(2, 2, 2).sigmoid() * sides},
                      2);
  }
  return BoxParts{sides_of_centres(centres),
                  places.select(2, 0),
                  places.narrow(2, fastestdet_box_channels, channels - fastestdet_box_channels),
                  {},
                  {},
                  false};
}

}  // namespace

const BoxDecoder& fastestdet_decoder() {
  static constexpr BoxDecoder decoder = {"fastestdet", read_fastestdet};
  return decoder;
}

}  // namespace plumbline
