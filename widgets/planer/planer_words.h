#pragma once
#include <QString>

#include <cstdint>
#include <string>
#include <string_view>

#include "core/planer/architecture.h"
#include "core/study/planer_records.h"
#include "widgets/figures/figure_table.h"

namespace plumbline {

/// What commands of figures name of one network; of none where the name is empty.
FigureSource network_source(const std::string& network);

/// A target as a fraction of the baseline's cost: "0.50×".
QString target_text(double target);
/// Digits behind the point that a latency of this size is shown with.
int ms_digits(double ms);
/// Milliseconds with the digits that they are shown with: 2.95, 0.0123, 64.0.
QString ms_figure(double ms);
/// The same with its unit: "2.95 ms".
QString ms_text(double ms);
/// A cost with its unit: "2.95 ms", "1.93 J".
QString cost_unit_text(CostKind kind, double cost);
/// What says of a figure what it is (figure_table.h): "network.latency", "network.energy".
std::string_view cost_figure(CostKind kind);
/// "J per 1,000 tokens", of what energies are; "ms".
QString cost_unit(CostKind kind);
/// Median ± half the distance of the quartiles, of which a digit is seen: "2.044 ± 0.003 ms".
QString measured_text(const MeasuredLatency& latency);
QString measured_text(CostKind kind, double median, double spread);
/// "41.0 M"
QString parameters_text(std::int64_t count);
/// "Transformer-XL 12 × 512": what a network is, in few words.
QString backbone_text(const BackboneConfig& config);
/// A text's file without folder and endings: "imdb8".
QString text_title(const TextReference& text);
/// "NVIDIA H200, batch 16, 512 + 512, bf16".
QString key_text(const StepKey& key);
/// An architecture in words for screen readers: "block 1 attention, 8 heads; block 2 skip".
QString architecture_words(const Architecture& architecture);

}  // namespace plumbline
