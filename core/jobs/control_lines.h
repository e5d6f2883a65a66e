#pragma once
#include <string>
#include <string_view>

namespace plumbline {

/// What the lines of a job's `control` file ask for so far: pause, resume, cancel. Fed with its
/// bytes as they arrive, in whatever pieces; a line counts when it is whole, and one that is
/// neither of these is left out. Of a line no more is kept than the longest word has.
class ControlLines {
 public:
  void feed(std::string_view bytes);

  bool paused = false, cancelled = false;

 private:
  std::string line_;  ///< that is not yet whole
};

}  // namespace plumbline
