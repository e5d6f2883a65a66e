#include "widgets/text/numbers.h"

#include <cmath>

namespace plumbline {

namespace {

constexpr QChar minus(0x2212), no_break(0x00A0), dash(0x2013);

}  // namespace

QString with_thousands(qint64 value) {
  QString digits = QString::number(value);
  const bool negative = digits.startsWith(u'-');
  if (negative) digits.remove(0, 1);
  for (qsizetype i = digits.size() - 3; i > 0; i -= 3) digits.insert(i, u',');
  if (negative) digits.prepend(minus);
  return digits;
}

QString decimal(double value, int digits) {
  if (!std::isfinite(value)) return dash;
  QString text = QString::number(std::abs(value), 'f', digits);
  if (value < 0 && text.toDouble() != 0) text.prepend(minus);
  return text;
}

QString counted(qint64 count, const QString& one, const QString& many) {
  return with_thousands(count) + u' ' + (count == 1 ? one : many);
}

QString percent(double fraction, int digits) {
  if (!std::isfinite(fraction)) return dash;
  return decimal(100 * fraction, digits) + no_break + u'%';
}

QString bytes_text(quint64 bytes) {
  if (bytes < 1000) return QString::number(bytes) + no_break + QStringLiteral("B");
  static const char* const units[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  value /= 1000;
  for (; value >= 999.95 && unit + 1 < std::size(units); ++unit) value /= 1000;
  return decimal(value, 1) + no_break + QString::fromLatin1(units[unit]);
}

}  // namespace plumbline
