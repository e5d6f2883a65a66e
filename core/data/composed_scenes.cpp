#include "core/data/composed_scenes.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "kernels/views/philox.h"

namespace plumbline {

namespace {

/// Numbers of one scene, one after the other.
class SceneRandom {
 public:
  SceneRandom(std::uint64_t seed, std::int64_t number)
      : key_(static_cast<std::uint32_t>(seed ^ (seed >> 32))),
        number_(static_cast<std::uint64_t>(number)) {}

  /// From 0 to below 1.
  double next() {
    if (place_ % 4 == 0) words_ = views::philox(place_ / 4, number_, key_);
    return words_.word[place_++ % 4] / 4294967296.0;
  }
  double between(double low, double high) { return low + (high - low) * next(); }
  int below(int limit) { return std::min(static_cast<int>(next() * limit), limit - 1); }

 private:
  std::uint32_t key_;
  std::uint64_t number_;
  std::uint32_t place_ = 0;
  views::PhiloxBlock words_{};
};

/// Grey levels while a scene is made, and whose item is seen at each pixel (−1: none).
struct Scenery {
  int width, height;
  std::vector<double> level;
  std::vector<int> owner;

  std::size_t place(int x, int y) const {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
           static_cast<std::size_t>(x);
  }
  bool inside(int x, int y) const { return x >= 0 && y >= 0 && x < width && y < height; }
};

constexpr double pi = 3.14159265358979323846;

void paint_waves(Scenery& scene, SceneRandom& random) {
  const double ground = random.between(20, 110);
  std::ranges::fill(scene.level, ground);
  for (int wave = 0; wave < 3; ++wave) {
    const double angle = random.between(0, pi), length = random.between(6, 40);
    const double strength = random.between(4, 22), phase = random.between(0, 2 * pi);
    const double across = std::cos(angle) * 2 * pi / length;
    const double down = std::sin(angle) * 2 * pi / length;
    for (int y = 0; y < scene.height; ++y)
      for (int x = 0; x < scene.width; ++x)
        scene.level[scene.place(x, y)] += strength * std::sin(across * x + down * y + phase);
  }
}

void paint_spots(Scenery& scene, SceneRandom& random) {
  const int spots = 3 + random.below(6);
  for (int i = 0; i < spots; ++i) {
    const double radius = random.between(2, 9), level = random.between(10, 220);
    const double cx = random.between(0, scene.width), cy = random.between(0, scene.height);
    for (int y = static_cast<int>(cy - radius); y <= static_cast<int>(cy + radius); ++y)
      for (int x = static_cast<int>(cx - radius); x <= static_cast<int>(cx + radius); ++x)
        if (scene.inside(x, y) && std::hypot(x - cx, y - cy) <= radius)
          scene.level[scene.place(x, y)] = level;
  }
}

/// A bar at any angle; in front of items where `owner` is changed.
void paint_bar(Scenery& scene, SceneRandom& random, bool in_front) {
  const double angle = random.between(0, pi), thickness = random.between(1, in_front ? 2.5 : 4);
  const double cx = random.between(0, scene.width), cy = random.between(0, scene.height);
  const double half = random.between(10, 45), level = random.between(10, 240);
  for (int y = 0; y < scene.height; ++y)
    for (int x = 0; x < scene.width; ++x) {
      const double along = (x - cx) * std::cos(angle) + (y - cy) * std::sin(angle);
      const double aside = -(x - cx) * std::sin(angle) + (y - cy) * std::cos(angle);
      if (std::abs(along) > half || std::abs(aside) > thickness) continue;
      scene.level[scene.place(x, y)] = level;
      if (in_front) scene.owner[scene.place(x, y)] = -1;
    }
}

/// Between the pixels of an item; 0 outside.
double item_level(const Image& item, double x, double y) {
  const int left = static_cast<int>(std::floor(x)), top = static_cast<int>(std::floor(y));
  const auto at = [&](int column, int row) -> double {
    if (column < 0 || row < 0 || column >= item.width || row >= item.height) return 0;
    return item.pixels[static_cast<std::size_t>(row * item.width + column) *
                       static_cast<std::size_t>(item.channels)];
  };
  const double across = x - left, down = y - top;
  return (1 - down) * ((1 - across) * at(left, top) + across * at(left + 1, top)) +
         down * ((1 - across) * at(left, top + 1) + across * at(left + 1, top + 1));
}

/// What belongs to an item rather than to the black behind it.
constexpr double least_item_level = 12;

/// A piece of an item, a quarter of its size: looks like clothing and is none.
void paint_scrap(Scenery& scene, const SceneItem& item, SceneRandom& random) {
  const int side = 5 + random.below(5);
  const int from_x = random.below(std::max(1, item.image.width - side));
  const int from_y = random.below(std::max(1, item.image.height - side));
  const int to_x = random.below(scene.width), to_y = random.below(scene.height);
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x) {
      const double level = item_level(item.image, from_x + x, from_y + y);
      if (scene.inside(to_x + x, to_y + y) && level > least_item_level)
        scene.level[scene.place(to_x + x, to_y + y)] = level;
    }
}

/// An item's pixels at its place in the scene.
struct PlacedItem {
  TruthBox truth;
  std::vector<std::pair<std::size_t, double>> pixels;  ///< place and level
};

PlacedItem place_item(const SceneItem& item, const SceneSettings& settings, const Scenery& scene,
                      SceneRandom& random) {
  const double scale = random.between(settings.smallest, settings.largest);
  const double width = item.image.width * scale, height = item.image.height * scale;
  const double left = random.between(0, std::max(0.0, scene.width - width));
  const double top = random.between(0, std::max(0.0, scene.height - height));
  const double brightness = random.between(0.75, 1.05);
  const bool mirrored = random.next() < 0.5;
  PlacedItem placed;
  int x1 = scene.width, y1 = scene.height, x2 = -1, y2 = -1;
  for (int y = static_cast<int>(top);
       y < std::min(scene.height, static_cast<int>(top + height) + 1); ++y)
    for (int x = static_cast<int>(left);
         x < std::min(scene.width, static_cast<int>(left + width) + 1); ++x) {
      const double u = (x + 0.5 - left) / scale - 0.5, v = (y + 0.5 - top) / scale - 0.5;
      const double level = item_level(item.image, mirrored ? item.image.width - 1 - u : u, v);
      if (level <= least_item_level) continue;
      placed.pixels.emplace_back(scene.place(x, y), std::min(255.0, level * brightness));
      x1 = std::min(x1, x);
      y1 = std::min(y1, y);
      x2 = std::max(x2, x);
      y2 = std::max(y2, y);
    }
  placed.truth.category = item.category;
  placed.truth.area = static_cast<double>(placed.pixels.size());
  if (!placed.pixels.empty())
    placed.truth.box = {static_cast<double>(x1), static_cast<double>(y1),
                        static_cast<double>(x2 - x1 + 1), static_cast<double>(y2 - y1 + 1)};
  return placed;
}

/// Whether no item that is there, nor the new one, would be hidden by more than is allowed.
bool leaves_enough(const Scenery& scene, const std::vector<PlacedItem>& there,
                   const PlacedItem& added, double hidden) {
  std::vector<std::int64_t> visible(there.size());
  for (const int owner : scene.owner)
    if (owner >= 0) ++visible[static_cast<std::size_t>(owner)];
  for (const auto& [place, level] : added.pixels)
    if (scene.owner[place] >= 0) --visible[static_cast<std::size_t>(scene.owner[place])];
  for (std::size_t i = 0; i < there.size(); ++i)
    if (static_cast<double>(visible[i]) < (1 - hidden) * there[i].truth.area) return false;
  return true;
}

}  // namespace

ComposedScene compose_scene(std::span<const SceneItem> items, const SceneSettings& settings,
                            std::int64_t number) {
  SceneRandom random(settings.seed, number);
  Scenery scene{settings.width, settings.height, {}, {}};
  const auto pixels = static_cast<std::size_t>(settings.width * settings.height);
  scene.level.assign(pixels, 0);
  scene.owner.assign(pixels, -1);
  const auto any_item = [&]() -> const SceneItem& {
    return items[static_cast<std::size_t>(random.below(static_cast<int>(items.size())))];
  };
  paint_waves(scene, random);
  paint_spots(scene, random);
  for (int i = 2 + random.below(4); i > 0; --i) paint_bar(scene, random, false);
  for (int i = 2 + random.below(4); i > 0; --i) paint_scrap(scene, any_item(), random);

  std::vector<PlacedItem> there;
  const int wanted = settings.fewest + random.below(settings.most - settings.fewest + 1);
  constexpr int tries_an_item = 4;
  for (int i = 0; i < wanted; ++i)
    for (int attempt = 0; attempt < tries_an_item; ++attempt) {
      PlacedItem placed = place_item(any_item(), settings, scene, random);
      if (placed.pixels.empty() || !leaves_enough(scene, there, placed, settings.hidden)) continue;
      for (const auto& [place, level] : placed.pixels) {
        scene.level[place] = level;
        scene.owner[place] = static_cast<int>(there.size());
      }
      there.push_back(std::move(placed));
      break;
    }
  if (random.next() < 0.5) paint_bar(scene, random, true);

  ComposedScene composed;
  composed.image = {settings.width, settings.height, 1, std::vector<std::uint8_t>(pixels)};
  for (std::size_t i = 0; i < pixels; ++i)
    composed.image.pixels[i] = static_cast<std::uint8_t>(
        std::clamp(scene.level[i] + random.between(-6, 6) + 0.5, 0.0, 255.0));
  for (PlacedItem& item : there) composed.boxes.push_back(std::move(item.truth));
  return composed;
}

}  // namespace plumbline
