#pragma once
#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/types/error.h"
#include "core/types/json_object.h"
#include "core/types/named_table.h"

namespace plumbline {

/// One distribution a sample over the card's classes, as [batch, classes].
struct ClassOutput {
  bool probabilities = false;  ///< else logits
  std::string tensor;          ///< which of the network's tensors; empty where it gives only one
};

/// Applied to a detector's raw values by whoever decodes them.
enum class BoxActivation { none, sigmoid, softmax };

/// Width and height of an anchor, in pixels of the network's input.
struct Anchor {
  double width = 0, height = 0;
};

/// What is left of a detector's boxes before they are its predictions.
struct BoxSuppression {
  enum class By { none, per_class, across_classes };
  double score_threshold = 0.001;
  By by = By::per_class;
  double iou = 0.65;         ///< boxes of one group that overlap more are one object
  int max_detections = 300;  ///< an image
};

/// Boxes, in the layout of the kind (`CardOutput::kind`).
struct BoxOutput {
  bool decoded = true;       ///< boxes in pixels of the input; else offsets from cells and anchors
  std::vector<int> strides;  ///< of the grids of cells, in pixels; needed where not decoded
  int anchors_per_cell = 1;
  std::vector<std::vector<Anchor>> anchors;  ///< per stride; needed where a kind has anchors
  /// What the exported network has not applied itself.
  BoxActivation objectness = BoxActivation::none, classes = BoxActivation::none;
  /// The score is objectness^first · class^second.
  std::array<double, 2> score_exponents = {1, 1};
  BoxSuppression suppression;
};

/// What a kind without a type of its own keeps of its card.
struct FurtherOutput {
  std::map<std::string, double> numbers;
};

/// What a network gives.
struct CardOutput {
  std::string kind = "logits";          ///< the word in the card: an OutputKind's name
  std::string predictions = "classes";  ///< the kind of predictions that is stored of it
  std::variant<ClassOutput, BoxOutput, FurtherOutput> details;
};

/// How a card writes a kind of output. A further kind is a file with its entry, and a line in the
/// table.
struct OutputKind {
  std::string_view name;         ///< in the card: "logits"
  std::string_view task;         ///< "classification"
  std::string_view predictions;  ///< "classes"
  /// Reads the keys of "output" beside "kind"; what is wrong goes to the reader's errors.
  std::variant<ClassOutput, BoxOutput, FurtherOutput> (*read)(JsonObject& output,
                                                              const OutputKind& kind);
};

/// Logits, probabilities and the layouts of detectors (DESIGN 5).
NamedTable<OutputKind>& output_kinds();

/// The card's "output", for its task, and "postprocess" where the output is boxes (null where the
/// card has none). Errors name the key; `errors` keeps the first.
CardOutput read_card_output(const nlohmann::json& output, const nlohmann::json* postprocess,
                            const std::string& task, JsonErrors& errors);

}  // namespace plumbline
