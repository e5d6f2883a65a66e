// Networks that users bring (TorchScript of torchvision, .pt2 packages) as a run computes them:
// images/s with images on the device, and the logits that they give for known inputs, for
// gpu/run_users_networks to hold against a float64 run.
//   bench_users_networks DEVICE PRECISION BATCH INPUTS.npy OUT FILE.pt…
// INPUTS.npy: float32 [n, 3, height, width], normalised. Writes OUT/NAME.npy, prints a line of JSON
// a network.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/data/npy.h"
#include "core/engine/inference/device.h"
#include "core/engine/inference/network.h"
#include "core/engine/inference/stopwatch.h"

using namespace plumbline;
namespace fs = std::filesystem;

namespace {

constexpr int warm_ups = 8, rounds = 7, calls = 10;

[[noreturn]] void end_with(const Error& error) {
  fmt::print(stderr, "{}\n", to_string(error));
  std::exit(3);
}

template <class T>
T value_or_end(Result<T> result) {
  if (!result) end_with(result.error());
  return std::move(*result);
}

ModelCard card_of(std::int64_t height, std::int64_t width) {
  const std::string text = fmt::format(
      R"({{"schema": 1, "name": "network", "task": "classification", "input": {{"channels": 3, "height": {},
          "width": {}, "colour_order": "RGB", "resize": {{"kind": "stretch"}}, "scale": 0.00392156862745098,
          "mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25]}}, "output": {{"kind": "logits"}}, "classes": []}})",
      height, width);
  return value_or_end(parse_model_card(text, "card"));
}

at::Tensor read_inputs(const fs::path& file) {
  const NpyArray array = value_or_end(read_npy(file));
  return at::tensor(array.values, at::kFloat).view(array.shape);
}

void write_logits(const fs::path& file, const at::Tensor& logits) {
  const at::Tensor values = logits.to(at::kCPU, at::kFloat).contiguous();
  std::ofstream stream(file, std::ios::binary);
  stream << npy_header(values.sizes().vec());
  stream.write(static_cast<const char*>(values.const_data_ptr()),
               static_cast<std::streamsize>(values.nbytes()));
}

}  // namespace

int main(int count, char** words) {
  if (count < 7) {
    fmt::print(stderr, "bench_users_networks DEVICE PRECISION BATCH INPUTS.npy OUT FILE.pt…\n");
    return 2;
  }
  const c10::InferenceMode inference;
  const auto device = value_or_end(parse_device(words[1]));
  const auto precision = value_or_end(parse_precision(words[2]));
  const std::int64_t batch = std::stoll(words[3]);
  configure_device(device, precision);
  const at::Tensor inputs = read_inputs(words[4]);
  const fs::path out = words[5];
  const auto type = scalar_type(precision);
  for (int i = 6; i < count; ++i) {
    const fs::path file = words[i];
    // Made by the script beside this, in front of which nobody else could put a file.
    const auto network = value_or_end(load_network(file, card_of(inputs.size(2), inputs.size(3)),
                                                   device, precision, NativeCode::trusted));
    const auto place = [&](const at::Tensor& images) {
      return images.to(device, type).contiguous(at::MemoryFormat::ChannelsLast);
    };
    write_logits(out / (file.stem().string() + ".npy"), network->forward(place(inputs)).only());
    const std::int64_t copies = (batch + inputs.size(0) - 1) / inputs.size(0);
    const at::Tensor images = place(inputs.repeat({copies, 1, 1, 1}).narrow(0, 0, batch));
    for (int k = 0; k < warm_ups; ++k) (void)network->forward(images).only();
    std::vector<double> milliseconds;
    Stopwatch watch(device);
    for (int round = 0; round < rounds; ++round) {
      const auto begin = std::chrono::steady_clock::now();
      watch.start();
      for (int k = 0; k < calls; ++k) (void)network->forward(images).only();
      watch.stop();
      (void)watch.take();  // waits for the device
      const std::chrono::duration<double, std::milli> took =
          std::chrono::steady_clock::now() - begin;
      milliseconds.push_back(took.count() / calls);
    }
    const auto middle = median_spread(std::move(milliseconds));
    fmt::print("{}\n", nlohmann::ordered_json{{"network", file.stem().string()},
                                              {"precision", words[2]},
                                              {"batch", batch},
                                              {"milliseconds", middle.median},
                                              {"spread", middle.spread},
                                              {"images_per_second",
                                               1000.0 * static_cast<double>(batch) / middle.median},
                                              {"remark", network->remark()}}
                           .dump());
    std::fflush(stdout);
  }
}
