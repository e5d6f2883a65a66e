#include "core/engine/training/detection_loss.h"

#include <ATen/ATen.h>

#include "core/engine/architectures/trainable_network.h"

namespace plumbline {

namespace {

constexpr double deviation_of_side = 0.1, least_deviation = 0.45;  ///< in cells
constexpr double found_heat = 0.25;
constexpr double class_weight = 0.5;
constexpr double heat_bias = -2.19;  ///< as the network's decoding adds it

/// Where objects are on the maps.
struct ObjectPlaces {
  at::Tensor valid;                  ///< bool [batch, most]
  at::Tensor classes, column, row;   ///< int64 [batch, most]; 0 where not valid
  at::Tensor across, down;           ///< centre in cells
  at::Tensor log_width, log_height;  ///< by detector_size_unit
  at::Tensor width, height;          ///< in cells
};

ObjectPlaces places_of(const at::Tensor& objects, std::int64_t rows, std::int64_t columns) {
  const auto side = [&](std::int64_t i) { return objects.select(2, i); };
  ObjectPlaces places;
  const at::Tensor width = (side(2) - side(0)).clamp_min(1),
                   height = (side(3) - side(1)).clamp_min(1);
  places.across = (side(0) + side(2)) / (2.0 * detector_stride);
  places.down = (side(1) + side(3)) / (2.0 * detector_stride);
  places.valid = side(4).ge(0) & places.across.ge(0) &
                 places.across.lt(static_cast<double>(columns)) & places.down.ge(0) &
                 places.down.lt(static_cast<double>(rows));
  const auto whole = [&](const at::Tensor& values) {
    return at::where(places.valid, values, 0.0).floor().to(at::kLong);
  };
  places.classes = whole(side(4));
  places.column = whole(places.across);
  places.row = whole(places.down);
  places.log_width = (width / detector_size_unit).log();
  places.log_height = (height / detector_size_unit).log();
  places.width = width / static_cast<double>(detector_stride);
  places.height = height / static_cast<double>(detector_stride);
  return places;
}

/// [batch, classes, rows, columns]: of each class the hottest of its objects' Gaussians.
at::Tensor target_heat(const ObjectPlaces& places, std::int64_t classes, std::int64_t rows,
                       std::int64_t columns) {
  const auto options = places.across.options();
  // [batch, most, 1, columns] and [batch, most, rows, 1].
  const auto along = [&](const at::Tensor& centre, const at::Tensor& side, std::int64_t length) {
    const at::Tensor deviation = (side * deviation_of_side).clamp_min(least_deviation).unsqueeze(2);
    const at::Tensor distance = at::arange(length, options) - centre.to(at::kFloat).unsqueeze(2);
    return (-(distance / deviation).square() / 2).exp();
  };
  const at::Tensor across = along(places.column, places.width, columns).unsqueeze(2);
  const at::Tensor down = along(places.row, places.height, rows).unsqueeze(3);
  const at::Tensor own = at::where(places.valid.unsqueeze(2).unsqueeze(3), across * down, 0.0);
  const at::Tensor of_class = at::one_hot(places.classes, classes).to(at::kFloat);
  // One class after another: all at once would take classes times the memory.
  std::vector<at::Tensor> maps;
  for (std::int64_t c = 0; c < classes; ++c)
    maps.push_back((own * of_class.select(2, c).unsqueeze(2).unsqueeze(3)).amax(1));
  return at::stack(maps, 1);
}

/// The maps' values at objects' cells: [batch, most].
at::Tensor at_cells(const at::Tensor& map, const ObjectPlaces& places) {
  const at::Tensor cell = places.row * map.size(2) + places.column;
  return map.flatten(1).gather(1, cell);
}

/// Cross-entropy of the heats at each object's cell with its class: [batch, most].
at::Tensor class_off(const at::Tensor& logits, const ObjectPlaces& places) {
  const at::Tensor cell = (places.row * logits.size(3) + places.column).unsqueeze(1);
  const at::Tensor there = logits.flatten(2).gather(2, cell.expand({-1, logits.size(1), -1}));
  return -at::log_softmax(there, 1).gather(1, places.classes.unsqueeze(1)).squeeze(1);
}

}  // namespace

DetectionLoss detection_loss(const at::Tensor& maps, const at::Tensor& objects,
                             std::int64_t classes) {
  const at::Tensor raw = maps.to(at::kFloat);
  const ObjectPlaces places = places_of(objects, raw.size(2), raw.size(3));
  const at::Tensor logits = raw.narrow(1, 0, classes) + heat_bias;
  const at::Tensor target = target_heat(places, classes, raw.size(2), raw.size(3));
  const at::Tensor heat = logits.sigmoid();
  const at::Tensor surely = at::log_sigmoid(logits), surely_not = at::log_sigmoid(-logits);
  const at::Tensor centre = target.ge(0.9999);
  const at::Tensor focal = at::where(centre, surely * (1 - heat).square(),
                                     surely_not * heat.square() * (1 - target).square().square())
                               .sum();
  const at::Tensor objects_in_all = places.valid.sum().to(at::kFloat);
  const auto off = [&](std::int64_t channel, const at::Tensor& wanted) {
    const at::Tensor found = at_cells(raw.select(1, classes + channel), places);
    return at::where(places.valid, (found - wanted).abs(), 0.0).sum();
  };
  const at::Tensor places_off = off(0, places.across - places.column) +
                                off(1, places.down - places.row) + off(2, places.log_width) +
                                off(3, places.log_height);
  const at::Tensor classes_off = at::where(places.valid, class_off(logits, places), 0.0).sum();
  DetectionLoss result;
  result.loss = (places_off + class_weight * classes_off - focal) / objects_in_all.clamp_min(1);
  result.objects = objects_in_all;
  const at::Tensor cell = (places.classes * raw.size(2) + places.row) * raw.size(3) + places.column;
  const at::Tensor hot = heat.detach().flatten(1).gather(1, cell).ge(found_heat) & places.valid;
  const at::Tensor wanted = places.valid.sum(1).to(at::kDouble);
  result.found =
      at::where(wanted.eq(0), 1.0, hot.sum(1).to(at::kDouble) / wanted.clamp_min(1)).sum();
  return result;
}

at::Tensor moved_objects(const at::Tensor& objects, const at::Tensor& down, const at::Tensor& right,
                         const at::Tensor& mirrored, std::int64_t width) {
  const auto shift = [](const at::Tensor& by) { return by.to(at::kFloat).unsqueeze(1); };
  const at::Tensor turned = mirrored.ne(0).unsqueeze(1);
  const at::Tensor left = objects.select(2, 0), far = objects.select(2, 2);
  const auto side = static_cast<double>(width);
  return at::stack(
      {at::where(turned, side - far, left) + shift(right), objects.select(2, 1) + shift(down),
       at::where(turned, side - left, far) + shift(right), objects.select(2, 3) + shift(down),
       objects.select(2, 4)},
      2);
}

}  // namespace plumbline
