// The ways through the window: routes, anchors of notices, the palette.
#include <QAbstractButton>
#include <QAction>
#include <QBoxLayout>
#include <QLayout>
#include <QMenuBar>

#include <algorithm>

#include "core/study/condition.h"
#include "widgets/decision/run_review.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"
#include "widgets/window/main_window.h"
#include "widgets/window/study_session.h"

namespace plumbline {

namespace {

constexpr int palette_width = 264, least_palette_width = 96;

/// Every command of a menu and its sub-menus.
void collect(const QMenu* menu, std::vector<PaletteEntry>& entries) {
  for (QAction* action : menu->actions()) {
    if (action->menu() != nullptr) {
      collect(action->menu(), entries);
      continue;
    }
    if (action->isSeparator() || !action->isEnabled() || !action->isVisible()) continue;
    QString name = action->text();
    name.remove(u'&');
    if (action->isCheckable() && action->isChecked()) name += QStringLiteral(" ✓");
    entries.push_back({QStringLiteral("command"), name,
                       action->shortcut().toString(QKeySequence::NativeText),
                       [action] { action->trigger(); }});
  }
}

}  // namespace

Page* MainWindow::page_showing(const Route& route) const {
  const auto found =
      std::ranges::find_if(pages_, [&](const Page* page) { return page->shows(route); });
  return found == pages_.end() ? nullptr : *found;
}

Result<void> MainWindow::go(const Route& route) {
  const Study* study = session_->study();
  if (!route.study.isEmpty() &&
      (study == nullptr || text_of(study->folder().string()) != route.study))
    TRY(open_study(route.study));
  if (!route.decision.isEmpty()) return go_to_decision(route);
  if (!route.condition.isEmpty() && review() != nullptr) {
    const auto condition = choose_condition(review()->run().info, route.condition.toStdString());
    TRY(condition);
    session_->open_under(*condition);
  }
  Page* target = route.page.isEmpty() ? page_showing(route) : page(route.page);
  if (target == nullptr)
    return usage_error(route.page.isEmpty()
                           ? "no page shows " + to_text(route).toStdString()
                           : "there is no page '" + route.page.toStdString() + "'");
  // A place within the run under review does not read the run once more.
  const bool within = route.item && session_->is_under_review(route.run, route.split);
  if (!route.run.isEmpty() && !within)
    open_run(route.run, route.policy.toStdString(), route.split.toStdString());
  show_page(target);
  if (session_->is_reading()) {
    if (route.item) awaited_ = Route{.page = target->key(), .item = route.item};
    return {};
  }
  TRY(target->go_to(route));
  target->main_view()->setFocus();
  return {};
}

/// Puts a saved decision under review. A page that shows runs stays; else the first that does.
Result<void> MainWindow::go_to_decision(const Route& route) {
  const Study* study = session_->study();
  if (study == nullptr) return usage_error("no study is open");
  const auto decision = study->decision(route.decision.toStdString());
  TRY(decision);
  const Route run{.run = text_of(decision->run)};
  Page* target = !route.page.isEmpty()               ? page(route.page)
                 : current_page()->shows_decisions() ? current_page()
                                                     : page_showing(run);
  if (target == nullptr) return usage_error("there is no page '" + route.page.toStdString() + "'");
  session_->open_decision(*decision, route.split.toStdString());
  show_page(target);
  return {};
}

void MainWindow::go_or_say(const Route& route) {
  if (const auto gone = go(route); !gone) complain(text_of(to_string(gone.error())));
}

void MainWindow::follow(const Link& link) {
  if (const auto* route = std::get_if<Route>(&link)) return go_or_say(*route);
  const QString& name = std::get<CommandName>(link).name;
  auto* action = name.isEmpty() ? nullptr : menus_->findChild<QAction*>(name);
  if (action == nullptr) return complain(tr("There is no command %1.").arg(name));
  if (!action->isEnabled()) return complain(action->toolTip());
  action->trigger();
}

void MainWindow::make_palette() {
  auto* row = menuWidget();
  palette_ = new CommandPalette([this](const QString& text) { return palette_entries(text); }, row);
  palette_->setMinimumWidth(least_palette_width);
  palette_->setMaximumWidth(palette_width);
  // As wide as it may be before anything else is stretched.
  if (auto* items = qobject_cast<QBoxLayout*>(row->layout())) items->addWidget(palette_, 1000);
  auto* open = new QAction(tr("Go to…"), this);
  open->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_K));
  connect(open, &QAction::triggered, palette_, &CommandPalette::open);
  addAction(open);
  connect(palette_, &CommandPalette::left, this,
          [this] { current_page()->main_view()->setFocus(Qt::ShortcutFocusReason); });
}

PaletteEntry MainWindow::entry_of(const Place& place) {
  return {place.kind, place.name, place.fact, [this, route = place.route] { go_or_say(route); }};
}

/// What can be set on the pages, and in the inspectors: the keyboard's focus goes there.
void MainWindow::add_controls(std::vector<PaletteEntry>& entries) {
  const auto add = [&](QWidget* part, Page* page) {
    for (QWidget* widget : part->findChildren<QWidget*>()) {
      if (!(widget->focusPolicy() & Qt::TabFocus) || !widget->isEnabled() ||
          !widget->isVisibleTo(part))
        continue;
      QString name = widget->accessibleName();
      if (const auto* button = qobject_cast<const QAbstractButton*>(widget);
          name.isEmpty() && button != nullptr)
        name = button->text().remove(u'&');
      if (name.isEmpty()) continue;
      entries.push_back({tr("control"), name, page->title(), [this, page, widget] {
                           show_page(page);
                           widget->setFocus(Qt::ShortcutFocusReason);
                         }});
    }
  };
  for (Page* page : pages_) {
    add(page, page);
    if (QWidget* inspector = page->inspector()) add(inspector, page);
  }
}

std::vector<PaletteEntry> MainWindow::palette_entries(const QString& text) {
  std::vector<PaletteEntry> entries;
  for (Page* page : pages_)
    entries.push_back({tr("page"), page->title(), {}, [this, page] { show_page(page); }});
  for (const RunInfo& run : runs())
    entries.push_back(
        entry_of({tr("run"),
                  text_of(run.name),
                  counted(static_cast<qint64>(run.voters.size()), tr("voter"), tr("voters")),
                  {.run = text_of(run.name)}}));
  if (const Study* study = session_->study())
    for (const StoredDecision& decision :
         study->decisions().value_or(std::vector<StoredDecision>()))
      entries.push_back(entry_of({tr("decision"),
                                  text_of(decision.name),
                                  text_of(decision.run),
                                  {.decision = text_of(decision.name)}}));
  for (const Page* page : pages_)
    for (const Place& place : page->places()) entries.push_back(entry_of(place));
  for (Page* page : pages_)
    for (QAction* action : page->actions())
      entries.push_back({tr("command"), action->text(),
                         action->shortcut().toString(QKeySequence::NativeText),
                         [this, page, action] {
                           show_page(page);
                           action->trigger();
                         }});
  for (const QAction* action : menus_->actions())
    if (action->menu() != nullptr) collect(action->menu(), entries);
  // Controls are many: they are found by their names.
  if (!text.trimmed().isEmpty()) add_controls(entries);
  entries = matching_entries(std::move(entries), text);
  if (text.trimmed().isEmpty()) return entries;
  for (Page* page : pages_)
    for (const Place& place : page->places_of(text.trimmed())) entries.push_back(entry_of(place));
  return entries;
}

}  // namespace plumbline
