#include "widgets/page/route.h"

#include <QUrl>
#include <QUrlQuery>

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
    TextPart{"study", &Route::study},   TextPart{"run", &Route::run},
    TextPart{"split", &Route::split},   TextPart{"policy", &Route::policy},
    TextPart{"search", &Route::search}, TextPart{"network", &Route::network},
};

struct NumberPart {
  const char* name;
  std::optional<std::uint32_t> Route::* value;
};
constexpr std::array number_parts = {
    NumberPart{"sample", &Route::sample},
    NumberPart{"object", &Route::object},
};

/// Everything that might be taken for a part of the text's own form is encoded.
QString encoded(const QString& value) {
  return QString::fromLatin1(QUrl::toPercentEncoding(value, "/,"));
}

Result<void> set_part(Route& route, const QString& name, const QString& value) {
  for (const TextPart& part : text_parts)
    if (name == QLatin1String(part.name)) {
      route.*part.value = value;
      return {};
    }
  for (const NumberPart& part : number_parts) {
    if (name != QLatin1String(part.name)) continue;
    const auto number = parse_integer(value.toStdString());
    if (!number || *number < 0 || *number > std::numeric_limits<std::uint32_t>::max())
      return usage_error("'" + value.toStdString() + "' is no number for '" + part.name + "'");
    route.*part.value = static_cast<std::uint32_t>(*number);
    return {};
  }
  return usage_error("no place has a '" + name.toStdString() + "'");
}

}  // namespace

QString to_text(const Route& route) {
  QStringList parts;
  for (const TextPart& part : text_parts)
    if (!(route.*part.value).isEmpty())
      parts << QString::fromLatin1(part.name) + u'=' + encoded(route.*part.value);
  for (const NumberPart& part : number_parts)
    if (route.*part.value)
      parts << QString::fromLatin1(part.name) + u'=' + QString::number(*(route.*part.value));
  QString text = encoded(route.page);
  if (!parts.isEmpty()) text += u'?' + parts.join(u'&');
  return text;
}

Result<Route> parse_route(const QString& text) {
  const auto mark = text.indexOf(u'?');
  Route route{.page = QUrl::fromPercentEncoding(text.left(mark).toUtf8())};
  if (mark < 0) return route;
  const QUrlQuery query(text.mid(mark + 1));
  for (const auto& [name, value] : query.queryItems(QUrl::FullyDecoded))
    TRY(set_part(route, name, value));
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
