#pragma once
#include <QColor>
#include <QString>

#include <vector>

#include "widgets/planer/planer_review.h"

namespace plumbline {

/// A stacked bar: parts in milliseconds from left to right.
struct LatencyRow {
  struct Part {
    QString name;
    double ms = 0;
    QColor colour;
    bool inside_label = true;  ///< its share is written into it where that fits
  };
  QString label, note;  ///< note: for the tool tip
  std::vector<Part> parts;
  bool estimated = false;  ///< the sum of the table's parts, no measurement of the whole
  double total() const;
};

/// The baseline under every batch and length that was measured on this device, then the described
/// network: attention, feed-forward, MoE, norm and residual, embedding and softmax.
std::vector<LatencyRow> latency_rows_by_kind(const PlanerReview& review);

/// The same times block by block, for the baseline and the described network.
std::vector<LatencyRow> latency_rows_by_block(const PlanerReview& review);

}  // namespace plumbline
