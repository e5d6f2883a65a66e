#pragma once
#include <string>
#include <string_view>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/engine/inference/heads/network_output.h"
#include "core/study/model_card.h"
#include "core/types/error.h"
#include "core/types/named_table.h"

namespace plumbline {

/// What a detector's tensors say of a batch, before the card's activations: float32, on the
/// output's device.
struct BoxParts {
  at::Tensor boxes;       ///< [batch, n, 4]: left, top, right, bottom in pixels of the input
  at::Tensor objectness;  ///< [batch, n]; undefined where the kind has none
  at::Tensor classes;     ///< [batch, n, classes]; or, where the network has chosen already:
  at::Tensor scores;      ///< [batch, n]; −inf where there is no box
  at::Tensor labels;      ///< [batch, n] of int32
  /// The last of `classes` says that there is nothing: it takes part in a softmax, and in no score.
  bool last_is_nothing = false;
};

/// How the tensors of one kind of detector are read. A further kind is a file with its entry, a
/// line in the table, and the card's word (model_output.cpp).
struct BoxDecoder {
  std::string_view name;  ///< the word in the card: CardOutput::kind
  /// Reads the tensors of a batch of `batch` images without waiting for the device, ragged outputs
  /// aside. Errors (bad_input) name what does not fit the card: shapes, strides, anchors.
  Result<BoxParts> (*read)(const NetworkOutput& output, const ModelCard& card, std::int64_t batch);
};

/// boxes-xyxy, yolov5, yolov8, yolox, fastestdet, detr.
NamedTable<BoxDecoder>& box_decoders();

/// What is left when each place has its best class: [batch, n] of float32 and int32 (the card's
/// classes).
struct ScoredBoxes {
  at::Tensor boxes, scores, labels;
};
/// Applies the card's activations and exponents. The score is objectness^a · class^b.
ScoredBoxes scored_boxes(BoxParts parts, const BoxOutput& output);

/// Holds what a network gave for `batch` images against its card: shapes, finite values, strides
/// and anchors, boxes in pixels, activations that are missing or applied twice. Errors name
/// `where`.
Result<void> check_boxes(const NetworkOutput& output, const ModelCard& card, std::int64_t batch,
                         const std::string& where);

// What decoders have in common.

/// "2 × 85 × 22 × 22"
std::string shape_text(const at::Tensor& tensor);
/// The only tensor for which `fits` holds. Errors name `wanted`, and the tensors that there are.
Result<at::Tensor> pick_tensor(const NetworkOutput& output, const std::string& wanted,
                               bool (*fits)(const at::Tensor& tensor, std::int64_t columns),
                               std::int64_t columns);
/// Centre, width and height become sides: [batch, n, 4].
at::Tensor sides_of_centres(const at::Tensor& centres);
/// Cells of the card's grids: how many there are of each stride, and all together, an anchor each.
struct CellGrid {
  std::int64_t columns = 0, rows = 0;
  double stride = 0;
};
std::vector<CellGrid> cell_grids(const ModelCard& card);
std::int64_t cell_count(const ModelCard& card);
/// Column and row of each place, and its stride: [n, 2] and [n, 1] of float32, in the order of
/// strides, then of anchors where `anchors_outside`, rows and columns.
struct CellPlaces {
  at::Tensor places, strides;
  at::Tensor anchors;  ///< [n, 2] in pixels; 1 where the card has none
};
CellPlaces cell_places(const ModelCard& card, const c10::Device& device);
/// The error of a number of places that is not the card's.
tl::unexpected<Error> wrong_places(std::int64_t given, const ModelCard& card);

const BoxDecoder& boxes_xyxy_decoder();
const BoxDecoder& yolov5_decoder();
const BoxDecoder& yolov8_decoder();
const BoxDecoder& yolox_decoder();
const BoxDecoder& fastestdet_decoder();
const BoxDecoder& detr_decoder();

}  // namespace plumbline
