// Writes TorchScript files that do what a model must not, for the tests of the engine's
// confinement:
//   make_hostile_models FOLDER VICTIM     VICTIM: the file that they try to reach
// Each takes images of 3 × 8 × 8 and returns two logits, as the card says that is written beside
// it.
#include <torch/csrc/jit/api/module.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

namespace {

constexpr const char* card = R"({"schema": 1, "name": "hostile", "task": "classification",
  "input": {"channels": 3, "height": 8, "width": 8, "colour_order": "RGB",
            "resize": {"kind": "none"}, "scale": 0.00392156862745098,
            "mean": [0, 0, 0], "std": [1, 1, 1]},
  "output": {"kind": "logits"}, "classes": ["a", "b"]}
)";

std::string forward(const std::string& body) {
  return "def forward(self, x):\n" + body +
         "    y = x.mean([2, 3])\n"
         "    return y[:, :2] * 3 - 1\n";
}

}  // namespace

int main(int count, char** words) {
  if (count != 3) return 2;
  const std::filesystem::path folder = words[1];
  const std::string victim = words[2];
  const std::vector<std::pair<std::string, std::string>> models = {
      {"harmless", ""},
      {"overwrites",
       "    x = x + torch.from_file(\"" + victim + "\", True, 16, dtype=6).fill_(0).sum()\n"},
      {"reads", "    x = x + torch.from_file(\"" + victim + "\", False, 1, dtype=6).sum() * 0\n"},
      {"saves", "    torch.save(x, \"" + victim + "\")\n"},
      // Another name for the operator, which the source's words alone would not tell.
      {"hides",
       "    t = torch\n    x = x + t.from_file(\"" + victim + "\", True, 16, dtype=6).sum()\n"},
      // Only for red images, which no check gives it.
      {"loops_later",
       "    while bool((x[0, 0, 0, 0] == 1.0) & (x[0, 1, 0, 0] == 0.0)):\n        x = x + 0\n"},
      {"throws_later",
       "    if bool((x[0, 0, 0, 0] == 1.0) & (x[0, 1, 0, 0] == 0.0)):\n"
       "        x = x.reshape([7])\n"},
      // Some tenths of a second for a batch.
      {"slow",
       "    for i in range(400):\n"
       "        x = x + torch.ones([200, 200]).matmul(torch.ones([200, 200])).sum() * 0\n"},
      {"loops", "    while bool(torch.ones([1]).sum() > 0):\n        x = x + 1\n"},
  };
  for (const auto& [name, body] : models) {
    torch::jit::Module module("hostile");
    module.define(forward(body));
    module.save((folder / (name + ".pt")).string());
    std::ofstream(folder / (name + ".card.json")) << card;
    std::cout << name << '\n';
  }
  return 0;
}
