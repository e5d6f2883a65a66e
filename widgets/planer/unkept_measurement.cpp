#include "widgets/planer/unkept_measurement.h"

#include <fmt/format.h>

#include <QCoreApplication>
#include <algorithm>
#include <ranges>

#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

bool measures(const JobFolder& job, const PlanerSubject& subject) {
  const auto* work = job.subject().as<NetworkWork>();
  const auto has = [](const auto& list, const auto& value) {
    return list.empty() || std::ranges::find(list, value) != list.end();
  };
  return work != nullptr && work->task == "profile" && !work->networks.empty() &&
         has(work->networks, subject.network) && has(work->batches, subject.key.batch) &&
         has(work->lengths, subject.key.length);
}

}  // namespace

QString unkept_measurement(const std::vector<JobFolder>& jobs, const PlanerSubject& subject) {
  // As the profile names its tables.
  const std::string table =
      fmt::format("batch {}, length {}", subject.key.batch, subject.key.length);
  for (const JobFolder& job : jobs | std::views::reverse) {
    if (job.state() != JobState::finished || !measures(job, subject)) continue;
    for (const JobWarning& warning : job.log().warnings) {
      if (warning.code != "latency" || warning.sample != table) continue;
      // "the latency table is not kept: REASON; what the command line can do". Here no option is
      // named.
      const QString reason = text_of(warning.message)
                                 .section(QStringLiteral("; "), 0, 0)
                                 .section(QStringLiteral(": "), 1);
      if (reason.isEmpty()) continue;
      return QCoreApplication::translate(
                 "unkept_measurement",
                 "The latest measurement is not kept, since an earlier one is better: %1.")
          .arg(reason);
    }
    return {};
  }
  return {};
}

}  // namespace plumbline
