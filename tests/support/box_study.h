#pragma once
#include <QTemporaryDir>
#include <optional>
#include <random>

#include "core/review/box_run.h"
#include "core/study/study.h"

namespace plumbline::test {

/// What a run of boxes is drawn from.
struct BoxScenes {
  int images = 40, objects = 8;  ///< at most so many objects an image
  int classes = 5;
  std::vector<std::string> voters = {"alpha:identity", "alpha:flip_x", "beta:identity",
                                     "beta:flip_x"};
  int width = 320, height = 240;
  unsigned seed = 1;
};

/// A run in memory: detectors that miss, misplace and confuse objects and see some that are not
/// there; crowds among them. The same for the same request.
BoxRun drawn_run(const BoxScenes& scenes);

/// A study in a temporary folder with the data set "scenes" (split "test"), its pictures, the
/// detectors' predictions and the run "r".
class BoxStudy {
 public:
  explicit BoxStudy(const BoxScenes& scenes = {});

  std::filesystem::path folder() const;
  BoxRun drawn;  ///< what is in it

 private:
  std::unique_ptr<QTemporaryDir> directory_;
};

/// The same study without pictures, of any size, as `folder`: for benchmarks.
void make_box_study(const std::filesystem::path& folder, const BoxScenes& scenes);

/// A study of 50 real photographs and two real detectors in two views: ../shared/data or
/// $PLUMBLINE_DATA; the error names what is missing. `folder` is made.
Result<void> make_coco_study(const std::filesystem::path& folder);
std::optional<std::filesystem::path> shared_coco_folder();

}  // namespace plumbline::test
