#pragma once
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/data/box_dataset.h"

namespace plumbline {

/// TIDE's kinds of errors (Bolya et al. 2020), in the order of `tide_names`.
enum class TideError : std::uint8_t {
  wrong_class,  ///< Cls: overlaps an object of another class by t_f
  wrong_place,  ///< Loc: overlaps one of its class by t_b to t_f
  both,         ///< Both: neither alone
  duplicate,    ///< Dupe: its object is taken by a surer detection
  background,   ///< Bkg: overlaps nothing by t_b
  missed,       ///< Miss: an object that no detection would find if it were mended
};
inline constexpr std::size_t tide_errors = 6;
extern const std::array<std::string_view, tide_errors> tide_names;

/// What a detection is: one of TideError's (not `missed`), or one of these.
enum class TideVerdict : std::uint8_t {
  wrong_class,
  wrong_place,
  both,
  duplicate,
  background,
  right = 16,   ///< found its object
  in_crowd,     ///< lies in a crowd of its class: neither right nor wrong
  not_counted,  ///< beyond the 100 surest of its image
};
std::string_view to_string(TideVerdict verdict);

struct TideRules {
  double foreground = 0.5, background = 0.1;  ///< t_f, t_b
  std::size_t limit = 100;                    ///< detections an image, the surest
  /// Classes without an object count as AP 0 in tidecv wherever something is detected of them, so
  /// that every figure shrinks. true: they are left out, detections and all.
  bool classes_with_objects = false;
};

struct TideResult {
  double ap50 = 0;  ///< tidecv's own, in points (0 to 100)
  std::array<double, tide_errors>
      dap{};  ///< what mending all errors of a kind would gain, in points
  double false_positives = 0, false_negatives = 0;  ///< dAP of all false detections, of all misses
  std::array<std::int64_t, tide_errors> counts{};
  std::vector<TideVerdict> detections;  ///< a verdict each
  /// Of each object: what went wrong where it was not found (wrong_class and wrong_place: a
  /// detection that would have found it), `right`, or `in_crowd` for one that does not count.
  /// `background` stands for missed.
  std::vector<TideVerdict> objects;
};

/// tidecv 1.0.1's figures by its rules. Known of it, and kept: a dAP is never negative; a class
/// whose last detection is mended away leaves the mean, which flatters Bkg; equal scores put errors
/// before hits once they are mended; with an overlap of exactly t_f to an object that is taken, a
/// duplicate is Loc; on an image without objects a detection within a crowd is Bkg.
TideResult tide(const BoxDataset& truth, const DetectionSet& detections,
                const TideRules& rules = {});

}  // namespace plumbline
