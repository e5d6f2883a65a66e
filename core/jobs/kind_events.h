#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace plumbline {

/// What one kind of job says in events of its own, beside those that every job has (see JobLog). A
/// kind derives its record from this, next to the rest of its domain; whoever follows jobs hands a
/// fresh one to the log, and reads it there.
class KindEvents {
 public:
  virtual ~KindEvents() = default;

  /// Takes an event that no log knows. Nothing: it is none of this kind's either. False: a field is
  /// missing or wrong, and nothing was kept of it. `fields` comes from a file; what is kept of it
  /// is bounded.
  virtual std::optional<bool> take(std::string_view event, const nlohmann::json& fields) = 0;
};

/// A fresh record for a job of this kind; null where a kind has no events of its own.
using KindEventsOf = std::function<std::unique_ptr<KindEvents>(std::string_view kind)>;

}  // namespace plumbline
