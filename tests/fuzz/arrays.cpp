#include "core/data/npy.h"
#include "core/data/safetensors.h"
#include "core/planer/backbone_config.h"
#include "core/planer/key_map.h"
#include "tests/fuzz/reader.h"

/// Files of numbers.
namespace plumbline::fuzz {

void read_npy_content(Content content) {
  const auto array = read_npy(scratch_file("array.npy", content));
  if (!taken(array)) return;
  std::size_t count = 1;
  for (const std::int64_t length : array->shape) count *= static_cast<std::size_t>(length);
  expect(array->values.size() == count, "an array has the values that its shape says");
}

void read_safetensors_content(Content content) {
  const auto file = SafetensorsFile::open(scratch_file("file.safetensors", content));
  if (!taken(file)) return;
  for (const TensorView& tensor : file->tensors()) {
    touch(tensor.data);
    expect(file->find(tensor.name) == &tensor, "a tensor is found by its name");
  }
  for (const auto& [key, value] : file->metadata())
    expect(file->find_metadata(key) != nullptr, "metadata are found by their key");
}

void read_key_maps(Content content) {
  const auto file = SafetensorsFile::open(scratch_file("weights.safetensors", content));
  if (!taken(file)) return;
  BackboneConfig config;
  config.layers = 1;
  config.d_model = config.d_inner = 4;
  config.heads = 2;
  config.d_head = 2;
  config.vocabulary = 3;
  config.train = config.evaluation = {2, 2};
  for (const std::string& map : key_map_names()) {
    config.positions = map == "gpt2" ? Positions::learned : Positions::relative;
    config.norm = map == "gpt2" ? NormPlace::pre : NormPlace::post;
    config.projection_biases = map == "gpt2";
    taken(map_keys(map, file->tensors(), config, "weights.safetensors"));
  }
}

}  // namespace plumbline::fuzz
