#pragma once
#include <string>
#include <string_view>

#include "core/report/document.h"

namespace plumbline {

/// A plot as an SVG element with real text, `svg_width` × svg_height() units. Colours are the light
/// theme's, as attributes, so that any renderer shows them; classes (p-…) let a page's style change
/// them for a dark ground.
std::string svg_of(const ReportPlot& plot);

inline constexpr int svg_width = 460;
/// With the legend, which takes a line for some names.
int svg_height(const ReportPlot& plot);

/// Text for an XML or HTML element or attribute: what is markup, and what may not be shown
/// (visible_text), is escaped.
std::string markup_text(std::string_view words);

}  // namespace plumbline
