#pragma once
#include <QString>
#include <QStringList>

#include <cstdint>

#include "widgets/planer/planer_review.h"

namespace plumbline {

/// Writes what the plot shows: baseline, found and random networks, front and path. CSV (RFC 4180)
/// one row a point, or, where the name ends in .json, an object with the subject, the command that
/// makes it again and the same rows. Losses in nats per token and in the unit that is shown. Equal
/// studies give equal files. Returns the number of rows.
Result<std::int64_t> export_tradeoff(const QString& file, const PlanerReview& review,
                                     const QStringList& command);

}  // namespace plumbline
