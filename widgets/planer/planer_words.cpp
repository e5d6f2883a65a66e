#include "widgets/planer/planer_words.h"

#include <QCoreApplication>
#include <QFileInfo>

#include <algorithm>
#include <cmath>

#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr QChar no_break(0x00A0);

QString planer_text(const char* text) { return QCoreApplication::translate("planer_words", text); }

QString short_unit(CostKind kind) {
  return kind == CostKind::latency ? QStringLiteral("ms") : QStringLiteral("J");
}

}  // namespace

FigureSource network_source(const std::string& network) {
  return {
      {QStringLiteral("NETWORK"), network.empty() ? QStringList() : QStringList{text_of(network)}}};
}

QString target_text(double target) { return decimal(target, 2) + QStringLiteral("×"); }

int ms_digits(double ms) {
  // Three digits that matter, as a measurement's spread supports.
  if (!std::isfinite(ms) || ms <= 0) return 2;
  return std::clamp(2 - static_cast<int>(std::floor(std::log10(ms))), 0, 4);
}

QString ms_figure(double ms) { return decimal(ms, ms_digits(ms)); }

QString cost_unit_text(CostKind kind, double cost) {
  return ms_figure(cost) + no_break + short_unit(kind);
}

std::string_view cost_figure(CostKind kind) {
  return kind == CostKind::latency ? "network.latency" : "network.energy";
}

QString cost_unit(CostKind kind) {
  return kind == CostKind::latency
             ? QStringLiteral("ms")
             : QCoreApplication::translate("planer_words", "J per 1,000 tokens");
}

QString ms_text(double ms) { return ms_figure(ms) + no_break + QStringLiteral("ms"); }

QString measured_text(CostKind kind, double median, double spread) {
  constexpr int most = 4;
  const double half = spread / 2;
  int digits = ms_digits(median);
  while (half > 0 && digits < most && half < 0.5 * std::pow(10.0, -digits)) ++digits;
  return QStringLiteral("%1 ± %2%3%4")
      .arg(decimal(median, digits), decimal(half, digits), no_break, short_unit(kind));
}

QString measured_text(const MeasuredLatency& latency) {
  return measured_text(CostKind::latency, latency.median_ms, latency.spread_ms);
}

QString parameters_text(std::int64_t count) {
  const auto value = static_cast<double>(count);
  if (count >= 1'000'000'000) return decimal(value / 1e9, 2) + no_break + u'G';
  if (count >= 1'000'000) return decimal(value / 1e6, 1) + no_break + u'M';
  if (count >= 1'000) return decimal(value / 1e3, 1) + no_break + u'k';
  return QString::number(count);
}

QString backbone_text(const BackboneConfig& config) {
  return QStringLiteral("%1 %2 × %3")
      .arg(config.positions == Positions::relative ? planer_text("Transformer-XL")
                                                   : planer_text("Transformer"))
      .arg(config.layers)
      .arg(config.d_model);
}

QString text_title(const TextReference& text) {
  const QString name = QFileInfo(text_of(text.file)).fileName();
  const auto dot = name.indexOf(u'.', 1);
  return dot > 0 ? name.left(dot) : name;
}

QString key_text(const StepKey& key) {
  return planer_text("%1, batch %2, %3 + %4, %5")
      .arg(text_of(key.device))
      .arg(key.batch)
      .arg(key.length)
      .arg(key.memory)
      .arg(text_of(key.precision));
}

QString architecture_words(const Architecture& architecture) {
  QStringList words;
  for (std::size_t slot = 0; slot < architecture.size(); ++slot) {
    const std::string_view title = slot_option(architecture[slot]).title;
    words << planer_text("block %1 %2").arg(slot + 1).arg(text_of(title));
  }
  return words.join(QStringLiteral("; "));
}

}  // namespace plumbline
