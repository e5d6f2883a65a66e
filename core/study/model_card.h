#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/types/error.h"

namespace plumbline {

enum class ResizeKind { none, stretch, letterbox, short_side };
enum class Interpolation { bilinear, bilinear_antialias };

/// What happens to a decoded image before the network's input has its size.
struct Resize {
  ResizeKind kind = ResizeKind::none;
  int size = 0;  ///< short-side: length of the shorter side before the centre crop
  Interpolation interpolation = Interpolation::bilinear;
  double pad = 114;                   ///< letterbox: grey level, 0 to 255
  std::string anchor = "top-left";    ///< letterbox: top-left or centre
  std::string rounding = "round";     ///< letterbox: how the scaled size is rounded
};

/// A network's input. Pixel values are (value · scale − mean) / std, value 0 to 255.
struct CardInput {
  int channels = 3, height = 0, width = 0;
  std::string colour_order = "RGB";  ///< RGB, BGR or grey
  Resize resize;
  double scale = 1.0 / 255;
  std::vector<double> mean, std;  ///< one per channel
};

/// The model card (DESIGN 5): what a network takes and gives.
struct ModelCard {
  int schema = 1;
  std::string name;
  std::string task;  ///< classification or detection
  CardInput input;
  std::string output_kind;  ///< logits, probabilities, …
  std::vector<std::string> classes;
  std::string architecture;  ///< for safetensors: resnet20 …
  std::string shortcut;      ///< for residual networks: A or B
  std::string text;          ///< the card as it was read
};

/// Reads a card; `where` names it in errors, which name the key that is missing or wrong.
Result<ModelCard> parse_model_card(std::string_view json, std::string_view where);

/// `NAME.card.json` beside `NAME.EXT`.
std::filesystem::path card_beside(const std::filesystem::path& model_file);

}  // namespace plumbline
