#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/report/report_request.h"
#include "core/study/search_front.h"
#include "core/study/study.h"

namespace plumbline {

/// A network beside its search: what was measured of it.
struct ReportedNetwork {
  NetworkInfo info;
  std::optional<NetworkLatency> latency;  ///< for the search's key
  std::optional<NetworkEnergy> energy;    ///< likewise, where the device told
  std::string role;                       ///< "existing", "found", "random", "most parameters"
};

/// All that a report's sections say of a search.
struct SearchFindings {
  SearchInfo search;
  std::optional<SearchFront> front;  ///< nothing where increments are still to come
  std::string why_no_front;
  std::vector<ReportedNetwork> networks;  ///< the existing one first
  std::vector<SearchPoint> points;        ///< the search's course
  /// What a search for latency can do without and cannot be read: energies, as SearchFront says.
  std::vector<std::string> damaged = {};

  const ReportedNetwork* baseline() const;
  /// Whether any network's energy was measured.
  bool has_energies() const;
};

/// Nothing where the study has no search and none was asked for.
Result<std::optional<SearchFindings>> gather_search(const Study& study,
                                                    const ReportRequest& request);

}  // namespace plumbline
