#include "core/jobs/control_lines.h"

namespace plumbline {

void ControlLines::feed(std::string_view bytes) {
  constexpr std::size_t longest = 16;  // more than any word, so that a longer line is none
  for (const char c : bytes) {
    if (c != '\n') {
      if (line_.size() < longest) line_ += c;
      continue;
    }
    if (line_ == "pause") paused = true;
    if (line_ == "resume") paused = false;
    if (line_ == "cancel") cancelled = true;
    line_.clear();
  }
}

}  // namespace plumbline
