#include "kernels/resample_program.h"

#include <algorithm>

namespace plumbline::kernels {

namespace {

constexpr int good_rows = 16;  ///< of the source in a block, below which images share none

/// Fills in how a block divides its threads and its memory. Gives the rows of the source that it
/// holds, 0 where not even two fit.
int divide_block(const ViewPlan& plan, ResampleProgram& program) {
  const auto height = static_cast<int>(plan.height);
  const int64_t row_values = plan.width * plan.channels;
  if (2 * row_values > resample_tile_bytes) return 0;
  program.row_values = static_cast<int>(row_values);
  program.values = row_values % 4 == 0 ? 4 : 1;
  program.groups = row_values % 8 == 0 ? 2 : 1;
  program.lanes = program.row_values / program.values / program.groups;
  const auto fitting = [&](int images) {
    return std::min(height, (resample_tile_bytes / images & ~15) / program.row_values);
  };
  int images = std::max(1, most_resample_threads / program.lanes);
  // Rather a few idle threads than two segments where one would do.
  const int whole = resample_tile_bytes / ((height * program.row_values + 15) / 16 * 16);
  if (whole < images && 4 * whole >= 3 * images) images = whole;
  while (images > 1 && fitting(images) < std::min(height, good_rows)) --images;
  program.images_a_block = images;
  return fitting(images);
}

/// The weights of a row of columns, normalised: what a weight is multiplied with is a level.
void add_columns(const ViewPlan& plan, const std::vector<TwoTaps>& columns,
                 ResampleProgram& program) {
  for (const TwoTaps& tap : columns)
    for (int64_t c = 0; c < plan.channels; ++c) {
      const auto channel = static_cast<std::size_t>(c);
      const auto from = static_cast<std::size_t>(plan.source_channel(c));
      const auto factor = static_cast<float>(plan.context.scale / plan.std[channel]);
      const auto zero = static_cast<float>(-plan.mean[channel] / plan.std[channel]);
      const float outside = plan.fill.outside[from] * factor + zero;
      const float offset = tap.inside ? zero : outside;
      program.columns.push_back(
          {static_cast<int>(tap.first * plan.channels + plan.source_channel(c)),
           tap.first_weight * factor, tap.second_weight * factor, offset});
      program.beyond.push_back(outside - offset);
    }
}

/// A row of the output, before its segment is known.
struct OutputRow {
  int first;  ///< row of the source
  RowStep step;
};

std::vector<OutputRow> rows_in_order(const ViewPlan& plan,
                                     const std::vector<const PlacedResampling*>& views) {
  std::vector<OutputRow> all;
  for (const PlacedResampling* view : views)
    for (std::size_t y = 0; y < view->how.rows.size(); ++y) {
      const TwoTaps& tap = view->how.rows[y];
      int to = view->place << row_bits | static_cast<int>(y);
      // Outside of the image any row of the source will do: they are spread evenly.
      int first = tap.first;
      if (!tap.inside) {
        to = static_cast<int>(static_cast<unsigned>(to) | 1U << 31);
        first = std::min(static_cast<int>(y), static_cast<int>(plan.height) - 2);
      }
      all.push_back({first, {0, tap.first_weight, tap.second_weight, to}});
    }
  std::ranges::stable_sort(all, {}, &OutputRow::first);
  return all;
}

/// Cuts the rows into segments of at most `most_rows` rows of the source, as even as it goes.
void add_segments(const std::vector<OutputRow>& rows, int columns, int most_rows,
                  ResampleProgram& program) {
  const int begin = rows.front().first, span = rows.back().first - begin + 1;
  const int count = (span + most_rows - 2) / (most_rows - 1);
  const int even = (span + count - 1) / count;
  SourceSegment segment{columns, 0, 0, 0, 0};
  const auto close = [&] {
    if (segment.steps == 0) return;
    program.segments.push_back(segment);
    program.most_steps = std::max(program.most_steps, segment.steps);
    segment.steps = 0;
  };
  for (const OutputRow& row : rows) {
    if (segment.steps == most_segment_steps ||
        (segment.steps > 0 && row.first >= segment.first_row + even))
      close();
    if (segment.steps == 0)
      segment = {columns, static_cast<int>(program.steps.size()), 0, row.first, 2};
    RowStep step = row.step;
    step.from = (row.first - segment.first_row) * program.row_values;
    segment.rows = row.first - segment.first_row + 2;
    ++segment.steps;
    program.steps.push_back(step);
  }
  close();
}

}  // namespace

std::optional<ResampleProgram> make_resample_program(const ViewPlan& plan,
                                                     const std::vector<PlacedResampling>& views) {
  ResampleProgram program;
  const int most_rows = divide_block(plan, program);
  if (most_rows < 2 || plan.height > 1 << row_bits) return std::nullopt;
  std::vector<bool> done(views.size());
  int tables = 0;
  for (std::size_t v = 0; v < views.size(); ++v) {
    if (views[v].place >= most_resampled_places) return std::nullopt;
    if (done[v]) continue;
    std::vector<const PlacedResampling*> alike;
    for (std::size_t other = v; other < views.size(); ++other)
      if (views[other].how.columns == views[v].how.columns) {
        alike.push_back(&views[other]);
        done[other] = true;
      }
    add_columns(plan, views[v].how.columns, program);
    add_segments(rows_in_order(plan, alike), tables++, most_rows, program);
  }
  program.borders = std::ranges::any_of(program.steps, [](const RowStep& s) { return s.to < 0; });
  int rows = 0;
  for (const SourceSegment& segment : program.segments) rows = std::max(rows, segment.rows);
  program.image_bytes = (rows * program.row_values + 15) / 16 * 16;
  return program;
}

}  // namespace plumbline::kernels
