#pragma once
#include <QByteArray>
#include <QString>
#include <QStringList>

#include <filesystem>
#include <set>

class QWidget;

namespace plumbline {

class Page;

/// What a walk through the window finds.
struct FiguresSeen {
  std::set<QString> keys;
  std::set<QStringList> commands;  ///< of figures that need one, and of networks
};

/// Every number in sight that nothing explains, or that no command prints although one has to, with
/// where it is.
QStringList unexplained_figures(const QWidget& root, FiguresSeen* seen);

/// Numbers that are there only once somebody has asked for them: a plan, a damaged voter,
/// parameters that were selected.
void ask_for_more(Page* page);

/// Times of an image for every voter, as a run measures them.
void add_times(const std::filesystem::path& study);

/// What a study has on the disk but for caches: paths, sizes, and the bytes of its database.
QByteArray state_of(const QString& study);

}  // namespace plumbline
