#include "tests/house/documents.h"

#include <QList>
#include <QRegularExpression>

namespace plumbline::test {

QList<PictureFolder> folders_of_picture(const QString& markdown) {
  static const QRegularExpression folder(
      QStringLiteral(R"((?<![\w./-])([\w.-]+(?:/[\w.-]+)*)/(?=\s|$))"));
  struct Level {
    qsizetype indent;
    QString path;
  };
  QList<PictureFolder> folders;
  QList<Level> parents;
  bool fenced = false;
  bool picture = false;
  int number = 0;
  for (const QString& line : markdown.split('\n')) {
    ++number;
    if (const QString mark = line.trimmed(); mark.startsWith("```")) {
      fenced = !fenced;
      picture = fenced && mark == "```";
      parents.clear();
      continue;
    }
    if (!picture) continue;
    qsizetype indent = 0;
    while (indent < line.size() && line[indent] == ' ') ++indent;
    while (!parents.isEmpty() && parents.last().indent >= indent) parents.removeLast();
    const QString parent = parents.isEmpty() ? QString() : parents.last().path + "/";
    qsizetype expected = indent;  // only the line's first words are folders, the rest is prose
    for (auto match = folder.globalMatch(line); match.hasNext();) {
      const auto found = match.next();
      if (found.capturedStart() != expected) break;
      const QString path = parent + found.captured(1);
      folders << PictureFolder{number, path};
      if (found.capturedStart() == indent) parents << Level{indent, path};
      expected = found.capturedEnd();
      while (expected < line.size() && line[expected] == ' ') ++expected;
    }
  }
  return folders;
}

QList<FileLink> file_links(const QString& markdown) {
  static const QRegularExpression link(QStringLiteral(R"(\]\(\s*<?([^)\s>]+)>?[^)]*\))"));
  static const QRegularExpression scheme(QStringLiteral("^[a-z][a-z0-9+.-]*:"));
  QList<FileLink> links;
  bool fenced = false;
  int number = 0;
  for (const QString& line : markdown.split('\n')) {
    ++number;
    if (line.trimmed().startsWith("```")) fenced = !fenced;
    if (fenced) continue;
    for (auto match = link.globalMatch(line); match.hasNext();) {
      const QString target = match.next().captured(1);
      if (target.startsWith('#') || scheme.match(target).hasMatch()) continue;
      links << FileLink{number, target.section('#', 0, 0)};
    }
  }
  return links;
}

QStringList verbs_of(const QString& markdown) {
  static const QRegularExpression verb(QStringLiteral(R"(\./dev ([a-z]+))"));
  QStringList verbs;
  for (auto match = verb.globalMatch(markdown); match.hasNext();) verbs << match.next().captured(1);
  verbs.removeDuplicates();
  return verbs;
}

}  // namespace plumbline::test
