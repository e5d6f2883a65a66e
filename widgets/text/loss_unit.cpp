#include "widgets/text/loss_unit.h"

#include <QCoreApplication>

#include "core/front/surrogate.h"
#include "widgets/text/numbers.h"

namespace plumbline {

namespace {

constexpr double standard_errors = 1.96;

QString unit_text(const char* text) { return QCoreApplication::translate("loss_unit", text); }

}  // namespace

LossUnit::LossUnit(const std::string& tokens)
    : words_(tokens == "words"), bytes_(tokens == "bytes") {}

double LossUnit::value(double nats) const {
  return words_ ? perplexity(nats) : bits_per_token(nats);
}

QString LossUnit::name() const {
  return words_   ? unit_text("perplexity")
         : bytes_ ? unit_text("bits per byte")
                  : unit_text("bits per token");
}

QString LossUnit::nats_name() const {
  return words_   ? unit_text("nats per word")
         : bytes_ ? unit_text("nats per byte")
                  : unit_text("nats per token");
}

QString LossUnit::text(double nats) const { return decimal(value(nats), digits()); }

double LossUnit::half_width(const MeasuredLoss& loss) const {
  const double half = standard_errors * loss.error;
  return (value(loss.nats + half) - value(loss.nats - half)) / 2;
}

QString LossUnit::text(const MeasuredLoss& loss) const {
  return QStringLiteral("%1 ± %2").arg(text(loss.nats), decimal(half_width(loss), digits()));
}

}  // namespace plumbline
