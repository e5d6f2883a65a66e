#pragma once

/// Lengths in device-independent pixels: a grid of 8, 4 for what belongs together.
namespace plumbline::spacing {

inline constexpr int together = 4;
inline constexpr int grid = 8;
inline constexpr int label_to_control = 8;
inline constexpr int between_controls = 18;
inline constexpr int page_margin = 12;

inline constexpr int control_height = 24;
inline constexpr int corner_radius = 2;
inline constexpr int row_height = 24;
inline constexpr int bar_height = 40;
inline constexpr int verdict_bar_height = 48;
inline constexpr int proportion_height = 6;
inline constexpr int menu_height = 32;
inline constexpr int dock_title_height = 28;
inline constexpr int status_bar_height = 24;
inline constexpr int study_width = 216;
inline constexpr int inspector_width = 368;
inline constexpr int jobs_height = 104;
inline constexpr int scroll_bar_width = 11;

}  // namespace plumbline::spacing
