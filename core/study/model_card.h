#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/resize.h"
#include "core/study/model_output.h"
#include "core/types/error.h"

namespace plumbline {

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
  std::string task;  ///< classification, detection, or what a further kind of output names
  CardInput input;
  CardOutput output;
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
