#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "core/data/box_dataset.h"
#include "core/data/image.h"

namespace plumbline {

/// How scenes are composed.
struct SceneSettings {
  int width = 96, height = 96;
  int fewest = 1, most = 4;              ///< items a scene
  double smallest = 0.8, largest = 1.5;  ///< an item's size against its image's
  double hidden = 0.5;                   ///< an item of which more would be hidden is left out
  std::uint64_t seed = 1;
};

/// An item that is put into scenes: a grey image on black, and its class.
struct SceneItem {
  Image image;
  std::int32_t category = 0;
};

struct ComposedScene {
  Image image;  ///< grey
  /// Of each item that is there, in the order in which they were put: those that follow lie in
  /// front. The box is that of the whole item, the hidden part too; the area that of its pixels.
  std::vector<TruthBox> boxes;
};

/// A scene of items before clutter (waves, spots, bars, scraps of items), some behind each other
/// and behind bars, under noise. Everything random is made of (seed, number), so that a scene does
/// not depend on others, nor on the machine. Requires items that are smaller than the scene.
ComposedScene compose_scene(std::span<const SceneItem> items, const SceneSettings& settings,
                            std::int64_t number);

}  // namespace plumbline
