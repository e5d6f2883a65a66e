#pragma once
#include <QString>

#include <string>

#include "core/study/planer_records.h"

namespace plumbline {

/// How a loss is shown: bits per byte for bytes, perplexity for words, bits per token for others.
/// All rise with the loss.
class LossUnit {
 public:
  explicit LossUnit(const std::string& tokens = "bytes");

  double value(double nats) const;
  QString name() const;       ///< "bits per byte"
  QString nats_name() const;  ///< "nats per byte"
  int digits() const { return words_ ? 2 : 3; }
  QString text(double nats) const;  ///< "1.219"
  /// Half of the 95 % interval in this unit: 1.96 standard errors, through the unit's slope.
  double half_width(const MeasuredLoss& loss) const;
  QString text(const MeasuredLoss& loss) const;  ///< "1.214 ± 0.004"

 private:
  bool words_;
  bool bytes_;
};

}  // namespace plumbline
