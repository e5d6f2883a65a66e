#include "core/study/network_paths.h"

namespace plumbline {

namespace fs = std::filesystem;

fs::path network_file(const std::string& name) {
  return fs::path("networks") / (name + ".safetensors");
}

fs::path network_checkpoint(const std::string& name) {
  return fs::path("checkpoints") / ("network " + name + ".safetensors");
}

fs::path search_files(const std::string& name) { return fs::path("searches") / name; }

fs::path words_file(const std::string& name) { return fs::path("networks") / (name + ".words"); }

}  // namespace plumbline
