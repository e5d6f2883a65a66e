#pragma once
#include <optional>
#include <vector>

#include "kernels/resample_plan.h"

/// What a GPU does to resample the views of a plan, worked out once: which source rows a block
/// holds, and which rows of which views it makes of them.
namespace plumbline::kernels {

constexpr int most_resample_threads = 256;
constexpr int resample_tile_bytes = 57'344;  ///< of the source, in shared memory
constexpr int most_segment_steps = 256;

/// What a value of a row is made of, along x: `left` · the level at `from` + `right` · the level
/// of the next pixel there + `offset`, with the normalisation in all three.
struct alignas(16) ColumnValue {
  int from;  ///< bytes from the row's first
  float left, right, offset;
};

/// A row of a view: weights of the source row that begins `from` bytes behind its segment's first
/// one, and of the row below that.
struct alignas(16) RowStep {
  int from;
  float first_weight, second_weight;
  int to;  ///< place of the view << row_bits | row; negative where it shows nothing of the image
};
constexpr int row_bits = 20, most_resampled_places = 1 << (31 - row_bits);

/// What a block does for its images: the source rows that it holds and the steps that it goes
/// through, source rows in ascending order. Views whose columns are alike share their segments, so
/// that a row of the source is blended along x once for all of them.
struct SourceSegment {
  int columns;  ///< which of the tables of columns
  int first_step, steps;
  int first_row, rows;
};

/// A view and its place among all views.
struct PlacedResampling {
  Resampling how;
  int place;
};

struct ResampleProgram {
  std::vector<ColumnValue> columns;  ///< [tables, values of a row]
  std::vector<float> beyond;  ///< [tables, values of a row] what a row outside of the image adds
  std::vector<RowStep> steps;
  std::vector<SourceSegment> segments;
  bool borders = false;  ///< whether any row is outside of the image
  int row_values = 0;
  int values = 1, groups = 1;  ///< neighbours that are stored at once; so many times by a thread
  int lanes = 0;               ///< threads that a row takes: row_values / values / groups
  int images_a_block = 1;
  int image_bytes = 0;  ///< of an image's rows in shared memory, a multiple of 16
  int most_steps = 0;   ///< of a segment
};

/// Nothing where two rows of the source do not fit a block, or a place is too high.
std::optional<ResampleProgram> make_resample_program(const ViewPlan& plan,
                                                     const std::vector<PlacedResampling>& views);

}  // namespace plumbline::kernels
