#pragma once
#include <QString>
#include <QStringList>

namespace plumbline::test {

/// The folders that a page's picture names, as paths from the root, for each the line of the text.
/// The picture is every fenced block without a language. A folder is a word that ends in a slash;
/// one that stands further to the right than the folder at the beginning of an earlier line lies
/// within it:
///     core/     no Qt
///       types/  values
///       data/ study/
struct PictureFolder {
  int line = 0;
  QString path;
};
QList<PictureFolder> folders_of_picture(const QString& markdown);

/// A link to a file of the repository: neither an address nor a place on the same page.
struct FileLink {
  int line = 0;
  QString target;  ///< without the part after '#'
};
QList<FileLink> file_links(const QString& markdown);

/// The words that follow ./dev in a page, each once.
QStringList verbs_of(const QString& markdown);

}  // namespace plumbline::test
