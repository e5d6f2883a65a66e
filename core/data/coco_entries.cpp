#include "core/data/coco_entries.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/data/json_bytes.h"

namespace plumbline {

namespace {

constexpr std::size_t longest_segmentation = 16U << 20;
constexpr std::size_t longest_text_field = 4096;

/// Follows the parser's events: in which list, which entry, under which key it is.
class EntryEvents {
 public:
  using number_integer_t = nlohmann::json::number_integer_t;
  using number_unsigned_t = nlohmann::json::number_unsigned_t;
  using number_float_t = nlohmann::json::number_float_t;
  using string_t = nlohmann::json::string_t;
  using binary_t = nlohmann::json::binary_t;

  EntryEvents(const std::filesystem::path& file, const CocoStream& stream, JsonBytes& bytes)
      : file_(file), stream_(stream), bytes_(bytes) {}

  bool null() { return value(CocoValue(), "null"); }
  bool boolean(bool v) { return value(std::int64_t{v ? 1 : 0}, v ? "true" : "false"); }
  bool number_integer(number_integer_t v) { return value(std::int64_t{v}, nullptr); }
  bool number_unsigned(number_unsigned_t v) {
    return v <= static_cast<number_unsigned_t>(INT64_MAX)
               ? value(static_cast<std::int64_t>(v), nullptr)
               : value(static_cast<double>(v), nullptr);
  }
  bool number_float(number_float_t v, const string_t&) { return value(v, nullptr); }
  bool string(string_t& v) { return value(std::move(v), nullptr); }
  bool binary(binary_t&) { return true; }

  bool start_object(std::size_t) {
    capture_begin('{');
    ++depth_;
    if (depth_ == 1) root_is_list_ = false;
    if (depth_ == entry_depth()) begin_entry();
    return true;
  }
  bool end_object() {
    capture_end('}');
    const bool entry_ends = in_entry_ && depth_ == entry_depth();
    --depth_;
    return !entry_ends || end_entry();
  }
  bool start_array(std::size_t) {
    if (depth_ == 0)
      root_is_list_ = true;
    else if (depth_ == entry_depth() - 1 && !in_entry_ && (*root_is_list_ || !list_.empty()))
      return wrong_entry();
    capture_begin('[');
    ++depth_;
    if (depth_ == entry_depth() - 1 && !*root_is_list_) index_ = 0;
    if (in_entry_ && depth_ == entry_depth() + 1 && key_ == "bbox") {
      entry_.has_box = true;
      entry_.box.clear();
    }
    return true;
  }
  bool end_array() {
    capture_end(']');
    --depth_;
    return true;
  }
  bool key(string_t& name) {
    if (depth_ == 1 && !*root_is_list_) list_ = list_named(name);
    if (in_entry_ && depth_ == entry_depth())
      key_ = std::move(name);
    else if (capturing())
      write_key(name);
    return true;
  }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& error) {
    std::string reason = error.what();
    // "[json.exception.parse_error.101] parse error at line 1, column 7: syntax error …"
    if (const auto begin = reason.find("] "); begin != reason.npos) reason.erase(0, begin + 2);
    fail_with({ErrorKind::bad_input,
               fmt::format("{}is not JSON at byte {}: {}", place(), position, reason),
               file_.string(), "NaN and Infinity, which Python writes, are not JSON"});
    return false;
  }

  void fail_with(Error error) {
    if (!error_) error_ = std::move(error);
  }
  const std::optional<Error>& error() const { return error_; }
  bool root_seen() const { return root_is_list_.has_value(); }

 private:
  int entry_depth() const { return root_is_list_.value_or(false) ? 2 : 3; }

  std::string place() const {
    if (!root_is_list_ || (!*root_is_list_ && list_.empty())) return "";
    return fmt::format("{}[{}]: ", list_.empty() ? "entry " : list_, index_);
  }

  static std::string_view list_named(std::string_view name) {
    for (const std::string_view known : {"images", "annotations", "categories"})
      if (name == known) return known;
    return {};
  }

  void begin_entry() {
    in_entry_ = *root_is_list_ || !list_.empty();
    if (!in_entry_) return;
    entry_ = {};
    entry_.list = list_;
    entry_.index = index_;
  }
  bool end_entry() {
    in_entry_ = false;
    key_.clear();
    entry_.share = static_cast<double>(bytes_.position()) /
                   static_cast<double>(std::max<std::uint64_t>(bytes_.size(), 1));
    auto taken = stream_.take(entry_);
    if (!taken) {
      fail_with(std::move(taken.error()));
      return false;
    }
    if (++index_ % 4096 == 0 && stream_.progress &&
        !stream_.progress(static_cast<std::int64_t>(bytes_.position()),
                          static_cast<std::int64_t>(bytes_.size()))) {
      fail_with({ErrorKind::cancelled, "cancelled", file_.string(), ""});
      return false;
    }
    return true;
  }

  bool capturing() const {
    return stream_.segmentation && in_entry_ && key_ == "segmentation" && depth_ >= entry_depth();
  }
  void separate() {
    std::string& text = entry_.segmentation;
    if (!text.empty() && text.back() != '[' && text.back() != '{' && text.back() != ':')
      text += ',';
  }
  void write(std::string_view text) {
    if (entry_.segmentation.size() + text.size() < longest_segmentation) {
      separate();
      entry_.segmentation += text;
    } else {
      too_long_ = true;
    }
  }
  void write_key(std::string_view name) {
    write(nlohmann::json(name).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    entry_.segmentation += ':';
  }
  void capture_begin(char bracket) {
    if (capturing()) write(std::string_view(&bracket, 1));
  }
  void capture_end(char bracket) {
    if (capturing() && depth_ > entry_depth()) entry_.segmentation += bracket;
  }

  bool value(CocoValue v, const char* literal) {
    if (depth_ == 0) return true;  // a root that is neither list nor object
    if (root_is_list_.value() && depth_ == 1) return wrong_entry();
    if (!*root_is_list_ && depth_ == 2 && !list_.empty()) return wrong_entry();
    if (!in_entry_) return true;
    if (depth_ == entry_depth() + 1 && key_ == "bbox" && entry_.box.size() < 5)
      entry_.box.push_back(v);
    if (capturing()) {
      write(literal != nullptr ? literal : written(v));
      if (too_long_) {
        fail_with({ErrorKind::bad_input, place() + "the segmentation is longer than 16 MiB",
                   file_.string(), ""});
        return false;
      }
    }
    if (depth_ == entry_depth()) set(std::move(v));
    return true;
  }
  bool wrong_entry() {
    fail_with({ErrorKind::bad_input, place() + "is not an object", file_.string(), ""});
    return false;
  }
  static std::string written(const CocoValue& v) {
    const nlohmann::json value_json = std::visit(
        [](const auto& held) -> nlohmann::json {
          if constexpr (std::is_same_v<std::decay_t<decltype(held)>, std::monostate>)
            return {};
          else
            return held;
        },
        v);
    return value_json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }

  void set(CocoValue v) {
    struct Target {
      std::string_view key;
      CocoValue CocoEntry::* field;
    };
    static constexpr std::array targets = {Target{"id", &CocoEntry::id},
                                           Target{"image_id", &CocoEntry::image_id},
                                           Target{"category_id", &CocoEntry::category_id},
                                           Target{"area", &CocoEntry::area},
                                           Target{"iscrowd", &CocoEntry::crowd},
                                           Target{"ignore", &CocoEntry::ignore},
                                           Target{"score", &CocoEntry::score},
                                           Target{"width", &CocoEntry::width},
                                           Target{"height", &CocoEntry::height}};
    for (const Target& target : targets)
      if (key_ == target.key) {
        entry_.*target.field = std::move(v);
        return;
      }
    std::string* text = key_ == "name"        ? &entry_.name
                        : key_ == "file_name" ? &entry_.file_name
                                              : nullptr;
    if (auto* given = std::get_if<std::string>(&v); text != nullptr && given != nullptr)
      *text = given->substr(0, longest_text_field);
  }

  const std::filesystem::path& file_;
  const CocoStream& stream_;
  JsonBytes& bytes_;
  std::optional<Error> error_;
  std::optional<bool> root_is_list_;
  int depth_ = 0;
  bool in_entry_ = false, too_long_ = false;
  std::string_view list_;
  std::int64_t index_ = 0;
  std::string key_;
  CocoEntry entry_;
};

}  // namespace

Result<void> stream_coco(const std::filesystem::path& file, const CocoStream& stream) {
  const auto handle = FileHandle::open(file);
  TRY(handle);
  JsonBytes bytes(*handle);
  EntryEvents events(file, stream, bytes);
  bool whole = false;
  try {
    whole = nlohmann::json::sax_parse(bytes.begin(), bytes.end(), &events);
  } catch (const std::bad_alloc&) {
    return fail(ErrorKind::device, "out of memory", file.string());
  }
  if (const Error* failed = bytes.failed()) return tl::unexpected(*failed);
  if (events.error()) return tl::unexpected(*events.error());
  if (!whole || !events.root_seen())
    return bad_input("is neither a list of entries nor an object with such lists", file.string());
  return {};
}

std::string entry_name(const CocoEntry& entry) {
  return entry.list.empty() ? fmt::format("entry [{}]", entry.index)
                            : fmt::format("{}[{}]", entry.list, entry.index);
}

}  // namespace plumbline
