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

  /// Takes an event that JobLog does not know. Returns nothing where this kind does not know it
  /// either, false where a field is missing or wrong; then nothing of it is kept. `fields` comes
  /// from a file, so that an implementation bounds what it keeps.
  virtual std::optional<bool> take(std::string_view event, const nlohmann::json& fields) = 0;
};

/// A fresh record for a job of this kind; null where a kind has no events of its own.
using KindEventsOf = std::function<std::unique_ptr<KindEvents>(std::string_view kind)>;

}  // namespace plumbline
