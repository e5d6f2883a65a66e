#include "widgets/page/route.h"

#include <QUrl>
#include <QUrlQuery>

#include <algorithm>
#include <array>
#include <limits>

#include "core/types/number.h"

namespace plumbline {

namespace {

constexpr QLatin1String command_scheme("do:");

struct TextPart {
  const char* name;
  QString Route::* value;
};
constexpr std::array text_parts = {
    TextPart{"study", &Route::study},         TextPart{"run", &Route::run},
    TextPart{"split", &Route::split},         TextPart{"policy", &Route::policy},
    TextPart{"search", &Route::search},       TextPart{"network", &Route::network},
    TextPart{"verdict", &Route::verdict},     TextPart{"decision", &Route::decision},
    TextPart{"condition", &Route::condition},
};

struct ClassPart {
  const char* name;
  std::optional<ClassIndex> Route::* value;
};
constexpr std::array class_parts = {ClassPart{"truth", &Route::truth},
                                    ClassPart{"label", &Route::label}};

struct VoterPart {
  const char* name;
  std::optional<std::uint32_t> Route::* value;
};
constexpr std::array voter_parts = {VoterPart{"wrong", &Route::wrong_voter},
                                    VoterPart{"right", &Route::right_voter}};

constexpr QLatin1String sample_part("sample"), object_part("object");

/// The numbers of an item as they are written.
struct ItemNumbers {
  std::optional<std::uint32_t> sample, object;
};

/// Everything that might be taken for a part of the text's own form is encoded.
QString encoded(const QString& value) {
  return QString::fromLatin1(QUrl::toPercentEncoding(value, "/,"));
}

Result<std::uint32_t> read_number(const QString& name, const QString& value) {
  const auto number = parse_integer(value.toStdString());
  // An object's number plus one has to fit.
  if (!number || *number < 0 || *number >= std::numeric_limits<std::uint32_t>::max())
    return usage_error("'" + value.toStdString() + "' is not a number for '" + name.toStdString() +
                       "'");
  return static_cast<std::uint32_t>(*number);
}

Result<void> set_part(Route& route, ItemNumbers& item, const QString& name, const QString& value) {
  for (const TextPart& part : text_parts)
    if (name == QLatin1String(part.name)) {
      route.*part.value = value;
      return {};
    }
  const auto of_class = std::ranges::find_if(
      class_parts, [&](const ClassPart& part) { return name == QLatin1String(part.name); });
  const auto of_voter = std::ranges::find_if(
      voter_parts, [&](const VoterPart& part) { return name == QLatin1String(part.name); });
  if (of_class == class_parts.end() && of_voter == voter_parts.end() && name != sample_part &&
      name != object_part)
    return usage_error("no place has a '" + name.toStdString() + "'");
  const auto number = read_number(name, value);
  TRY(number);
  if (of_class != class_parts.end()) {
    if (*number >= no_class)
      return usage_error("'" + value.toStdString() + "' is not a class for '" + name.toStdString() +
                         "'");
    route.*of_class->value = static_cast<ClassIndex>(*number);
    return {};
  }
  if (of_voter != voter_parts.end())
    route.*of_voter->value = *number;
  else
    (name == sample_part ? item.sample : item.object) = *number;
  return {};
}

}  // namespace

QString to_text(const Route& route) {
  QStringList parts;
  for (const TextPart& part : text_parts)
    if (!(route.*part.value).isEmpty())
      parts << QString::fromLatin1(part.name) + u'=' + encoded(route.*part.value);
  const auto add_number = [&](QLatin1String name, std::uint32_t number) {
    parts << QString(name) + u'=' + QString::number(number);
  };
  for (const ClassPart& part : class_parts)
    if (const auto& value = route.*part.value) add_number(QLatin1String(part.name), *value);
  for (const VoterPart& part : voter_parts)
    if (const auto& value = route.*part.value) add_number(QLatin1String(part.name), *value);
  if (route.item) {
    add_number(sample_part, route.item->sample());
    if (const auto object = route.item->object()) add_number(object_part, *object);
  }
  QString text = encoded(route.page);
  if (!parts.isEmpty()) text += u'?' + parts.join(u'&');
  return text;
}

Result<Route> parse_route(const QString& text) {
  const auto mark = text.indexOf(u'?');
  Route route{.page = QUrl::fromPercentEncoding(text.left(mark).toUtf8())};
  if (mark < 0) return route;
  const QUrlQuery query(text.mid(mark + 1));
  ItemNumbers item;
  for (const auto& [name, value] : query.queryItems(QUrl::FullyDecoded))
    TRY(set_part(route, item, name, value));
  if (item.object && !item.sample) return usage_error("an object needs its sample");
  if (item.sample)
    route.item = item.object ? ItemRef(*item.sample, *item.object) : ItemRef(*item.sample);
  return route;
}

QString to_text(const Link& link) {
  if (const auto* command = std::get_if<CommandName>(&link)) return command_scheme + command->name;
  return to_text(std::get<Route>(link));
}

Result<Link> parse_link(const QString& text) {
  if (text.startsWith(command_scheme)) return CommandName{text.mid(command_scheme.size())};
  auto route = parse_route(text);
  TRY(route);
  return std::move(*route);
}

QString anchor(const Link& link, const QString& words) {
  return QStringLiteral("<a href='%1'>%2</a>").arg(to_text(link).toHtmlEscaped(), words);
}

}  // namespace plumbline
