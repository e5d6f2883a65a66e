// COCO's evaluation and accumulation, and fusion, timed without the reading of files:
//   bench_box_evaluation evaluate TRUTH.json DETECTIONS.json [repeats]
//   bench_box_evaluation fuse TRUTH.json FUSION A.json B.json …
// Prints JSON with the median and the least milliseconds, for tests/bench/peers/coco_peers.py.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "core/data/coco_json.h"
#include "core/detection/coco_figures.h"
#include "core/detection/fusion.h"

namespace {

using namespace plumbline;

double milliseconds(const auto& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
      .count();
}

template <class T>
T must(Result<T> result) {
  if (result) return std::move(*result);
  fmt::print(stderr, "{}\n", to_string(result.error()));
  std::exit(exit_code(result.error().kind));
}

void print_times(std::vector<double> times, double reading, const std::string& more) {
  std::ranges::sort(times);
  fmt::print("{{\"median_ms\": {}, \"least_ms\": {}, \"reading_ms\": {}, {}}}\n",
             times[times.size() / 2], times.front(), reading, more);
}

int evaluate(char** argv, int repeats) {
  BoxDataset truth;
  DetectionSet detections;
  const double reading = milliseconds([&] {
    truth = must(read_coco_truth(argv[2]));
    detections = must(read_coco_results(argv[3], truth));
  });
  CocoFigures figures;
  std::vector<double> times;
  for (int i = 0; i < repeats; ++i)
    times.push_back(milliseconds([&] {
      const auto rules = CocoRules::pycocotools();
      figures = coco_figures(match_boxes(truth, detections, rules), rules);
    }));
  std::string values;
  for (const double value : figures.values)
    values += fmt::format("{}{}", values.empty() ? "" : ", ", value);
  print_times(times, reading, fmt::format("\"values\": [{}]", values));
  return 0;
}

int fuse(int argc, char** argv) {
  BoxDataset truth;
  std::vector<DetectionSet> voters;
  const double reading = milliseconds([&] {
    truth = must(read_coco_truth(argv[2]));
    for (int i = 4; i < argc; ++i) voters.push_back(must(read_coco_results(argv[i], truth)));
  });
  const auto bound =
      must(bind_fusion(must(parse_fusion(argv[3])), voters.size(), truth.categories));
  FusedDetections fused;
  std::vector<double> times;
  for (int i = 0; i < 15; ++i)
    times.push_back(milliseconds([&] { fused = fuse_detections(truth, voters, bound); }));
  print_times(times, reading, fmt::format("\"boxes\": {}", fused.set.boxes.size()));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view what = argc > 1 ? argv[1] : "";
  if (what == "evaluate" && argc >= 4)
    return evaluate(argv, argc > 4 ? std::max(1, std::atoi(argv[4])) : 15);
  if (what == "fuse" && argc >= 5) return fuse(argc, argv);
  fmt::print(stderr, "usage: evaluate TRUTH DETECTIONS [REPEATS] | fuse TRUTH FUSION A B …\n");
  return 2;
}
