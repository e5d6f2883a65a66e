#pragma once
#include <QKeySequence>
#include <QWidget>

#include <functional>
#include <string_view>
#include <vector>

#include "core/types/error.h"
#include "widgets/page/route.h"

namespace plumbline {

class RunReview;
class Settings;
class Study;

/// Where the commands of pages stand in the window's menus.
enum class MenuPart {
  file_export,
  edit,
  view,
  study_make,  ///< what adds to the study: imports, trainings
  study_run,
};

/// A command that a page puts into the menus, and with it into the palette.
struct MenuCommand {
  MenuPart part;
  QString name;  ///< by which anchors call it, as in "train"; empty: none does
  QString words;
  QKeySequence keys;
  std::function<void()> act;
  bool writes = false;  ///< changes the study: not offered where it can only be read
};

/// A key that a page knows besides those of its commands.
struct KeyHint {
  QString keys, words;
};

/// A place that the palette offers.
struct Place {
  QString kind;  ///< "search", "sample"
  QString name;
  QString fact;
  Route route;
};

/// One page of the workbench. The window knows pages only as this: it shows the title as a tab and
/// the page's inspector, where it has one, in the dock at the right. A page's own actions stand in
/// the palette. A further page is one class and one line in the table of pages
/// (widgets/window/pages.cpp).
class Page : public QWidget {
  Q_OBJECT
 public:
  using QWidget::QWidget;

  virtual QString title() const = 0;
  virtual QString key() const = 0;  ///< in settings, routes and `screenshot --page`
  virtual QWidget* inspector() { return nullptr; }
  /// The fact in the title of the inspector's dock.
  virtual QString inspector_fact() const { return {}; }
  /// Asked for once, when the menus are made.
  virtual std::vector<MenuCommand> commands() { return {}; }

  /// Keys of the page's own, for the list of shortcuts.
  virtual std::vector<KeyHint> key_hints() const { return {}; }

  /// A study was opened, or holds more than before; null: none is open any more. Not kept.
  virtual Result<void> show_study(const Study* study);
  /// Whether the page shows runs whose predictions are of this kind (a PredictionSchema's name). Of
  /// another run it is told that none is open. Unless it says so itself, a page is for classes.
  virtual bool shows_runs_of(std::string_view predictions) const;
  /// Whether the page is about what a policy decides, so that it stays when another decision is
  /// chosen.
  virtual bool shows_decisions() const { return false; }
  /// A run was opened, or none is open any more (null). Not owned.
  virtual void show_run(RunReview* review);
  /// In place of a run: what to do next, or what is under way. Rich text.
  virtual void show_notice(const QString& text) = 0;

  /// Whether the page is one that shows what the route names besides page, study and policy.
  virtual bool shows(const Route& route) const;
  /// Makes current what the route names. What the study does not have is an error.
  virtual Result<void> go_to(const Route& route);
  /// Places of the page's own for the palette, which picks those whose names match.
  virtual std::vector<Place> places() const { return {}; }
  /// Places that match what was typed. places_changed() says that there may be others now.
  virtual std::vector<Place> places_of(const QString& text);

  /// Where Esc leads to.
  virtual QWidget* main_view() = 0;
  /// Colours that were written into texts are to be written anew.
  virtual void theme_changed() {}
  /// The jobs below begin as one line: the page says itself what is at work.
  virtual bool wants_jobs_folded() const { return false; }
  /// Nothing that a picture of the page would show is still to come.
  virtual bool settled() const { return true; }
  /// The window closes: what the page wants to find again at the next start.
  virtual void keep(Settings& settings) const;

 Q_SIGNALS:
  void inspector_fact_changed();
  void places_changed();
  void link_followed(const plumbline::Link& link);
  void reload_wanted();  ///< the study may hold more than was read
  void said(const QString& message);
  void failed(const QString& message);

 protected:
  /// Follows an anchor of a notice.
  void follow(const QString& text);
};

}  // namespace plumbline
