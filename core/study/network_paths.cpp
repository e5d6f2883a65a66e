#include "core/study/network_paths.h"

namespace plumbline {

namespace fs = std::filesystem;

fs::path network_file(const std::string& name) {
  return fs::path("networks") / (name + ".safetensors");
}

fs::path words_file(const std::string& name) { return fs::path("networks") / (name + ".words"); }

}  // namespace plumbline
