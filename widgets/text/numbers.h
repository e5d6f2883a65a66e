#pragma once
#include <QString>

namespace plumbline {

/// What stands where there is no value.
inline constexpr QChar no_value(0x2013);

/// 160,000; a true minus before what is negative.
QString with_thousands(qint64 value);

/// "1 image", "12,000 images".
QString counted(qint64 count, const QString& one, const QString& many);

/// "82.7 %" with a no-break space; – where there is no value. `fraction` is 0 to 1.
QString percent(double fraction, int digits = 1);

/// 0.997; – where there is no value.
QString decimal(double value, int digits);

/// 1.2 kB, 3.4 MB.
QString bytes_text(quint64 bytes);

}  // namespace plumbline
