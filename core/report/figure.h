#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/metrics/proportion.h"

namespace plumbline {

/// Where the parameters behind a figure were chosen, as seen from the split that it is shown on.
enum class Chosen {
  nothing,    ///< there was nothing to choose
  elsewhere,  ///< on another split: the figure is a test figure
  here,       ///< on this very split: the figure is optimistic
  by_hand,    ///< by hand: nobody knows with a look at what
};

/// What has to be known of a figure before it can be checked.
struct Provenance {
  std::string run, policy, voters, split, selected_on, rule;
  std::string condition;  ///< under which the voters saw the images; empty: as they are
  std::string device, precision;
  int batch = 0;  ///< samples; 0: of no importance
  Chosen chosen = Chosen::nothing;
};

enum class ReportUnit {
  count,
  fraction,  ///< 0 to 1; shown as a percentage, a difference in points
  relative,  ///< a change relative to something else, −1 and above; shown as a percentage
  plain,     ///< areas, sums of squares
  milliseconds,
  joules,
  times,
  bits_per_byte,
  perplexity,
};

/// "count", "fraction", "relative change", "number", "ms", "J", "times", "bits per byte",
/// "perplexity": in JSON.
std::string_view unit_name(ReportUnit unit);

/// One figure. It exists once in a report; every format rounds this one.
struct ReportFigure {
  std::string id;     ///< in files: "decision.augrc"
  std::string title;  ///< "AUGRC"
  std::string definition;
  std::optional<double> value;
  std::optional<Interval> interval;
  std::string interval_kind;  ///< "95 %, percentiles of 1,000 paired resamples"
  ReportUnit unit = ReportUnit::plain;
  bool difference = false;     ///< to something else: a finding only with an interval without 0
  std::int64_t n = 0;          ///< samples that it is made of; 0: none
  std::size_t provenance = 0;  ///< among the report's
};

/// How a figure's text is to be read: by people (thousands with commas, a true minus, the unit), or
/// by programs (as `0.0254` or `-31`, without a unit).
enum class FigureStyle { people, programs };

/// The number of decimals that a figure's interval supports, in the unit in which it is shown: the
/// second digit of half its width is the last one. Without an interval three digits. Five at most;
/// of ratios three, of percentages without an interval two. Counts are exact and have none.
int figure_decimals(const ReportFigure& figure);

/// The value as it is shown in every format; "–" (programs: empty) where there is none.
std::string value_words(const ReportFigure& figure, FigureStyle style = FigureStyle::people);
/// "538–627", "−341 to −303" (programs: "538 627"); empty without an interval.
std::string interval_words(const ReportFigure& figure, FigureStyle style = FigureStyle::people);

/// Whether a difference is one: its interval does not have 0.
bool is_finding(const ReportFigure& figure);

}  // namespace plumbline
