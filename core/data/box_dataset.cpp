#include "core/data/box_dataset.h"

namespace plumbline {

PixelBox upright(const PixelBox& box) {
  PixelBox turned = box;
  if (box.width < 0) turned.x += box.width, turned.width = -box.width;
  if (box.height < 0) turned.y += box.height, turned.height = -box.height;
  return turned;
}

std::string to_string(const EntryId& id) {
  return id.text.empty() ? std::to_string(id.number) : id.text;
}

Result<std::string> segmentation_of(const BoxDataset& data, const TruthBox& box) {
  if (data.segmentations == nullptr || box.segmentation == TextSpill::nowhere) return std::string();
  return data.segmentations->read(box.segmentation);
}

}  // namespace plumbline
