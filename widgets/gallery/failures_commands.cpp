// What menus and palette do on the Failures page, and the places that it has.
#include <QClipboard>
#include <QDesktopServices>
#include <QFileDialog>
#include <QFileInfo>
#include <QGuiApplication>
#include <QUrl>

#include <algorithm>

#include "core/review/export_run.h"
#include "core/types/number.h"
#include "widgets/gallery/failures_page.h"
#include "widgets/gallery/filter_bar.h"
#include "widgets/gallery/gallery_view.h"
#include "widgets/gallery/verdict_bar.h"
#include "widgets/study/remarks.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"
#include "widgets/text/verdict_words.h"

namespace plumbline {

namespace {

constexpr std::size_t most_samples_found = 20;
constexpr int thumbnail_step = 16;

Result<std::int64_t> export_reviewed_items(const RunReview& review, const ItemRemarks& remarks,
                                           const std::vector<ItemRef>& items,
                                           const std::filesystem::path& out) {
  const OpenedRun& run = review.run();
  if (review.has_votes())
    return export_items(run, review.policy_voters(), review.decisions(), remarks, items,
                        export_format_of(out), out);
  const auto study = Study::open(run.folder, Access::read_only);
  TRY(study);
  const ReviewTable table = review.table();
  std::vector<std::uint32_t> rows;
  for (const ItemRef item : items)
    if (const auto row = table.row_of(item)) rows.push_back(static_cast<std::uint32_t>(*row));
  return export_rows(*study, run.dataset.id, run.split, run.dataset.classes, table, rows, &remarks,
                     export_format_of(out), out);
}

}  // namespace

std::vector<MenuCommand> FailuresPage::commands() {
  return {
      {MenuPart::file_export, QStringLiteral("export"), tr("&Export selection…"),
       QKeySequence(Qt::CTRL | Qt::Key_E), [this] { export_selection(); }},
      // The keys T, N and Ctrl+A belong to the gallery, so that they can be typed elsewhere.
      {MenuPart::edit,
       {},
       tr("Add &tag… (T)"),
       {},
       [this] { show_and(&FailuresPage::begin_tag); },
       true},
      {MenuPart::edit,
       {},
       tr("Write &note… (N)"),
       {},
       [this] { show_and(&FailuresPage::begin_note); },
       true},
      {MenuPart::edit, {}, tr("Select &all images"), {}, [this] { gallery_->select_all(); }},
      {MenuPart::edit,
       {},
       tr("&Copy files of the selection"),
       QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_C),
       [this] { copy_files(); }},
      {MenuPart::view,
       {},
       tr("&Larger thumbnails"),
       QKeySequence(Qt::CTRL | Qt::Key_Plus),
       [this] { zoom(1); }},
      {MenuPart::view,
       {},
       tr("&Smaller thumbnails"),
       QKeySequence(Qt::CTRL | Qt::Key_Minus),
       [this] { zoom(-1); }},
      {MenuPart::view,
       all_verdicts_command(),
       tr("Show images of all &verdicts"),
       {},
       [this] { show_all_verdicts(); }},
      {MenuPart::view,
       clear_filters_command(),
       tr("Clear the &filters"),
       {},
       [this] { clear_filters(); }},
      {MenuPart::view,
       clear_text_command(),
       tr("Clear the te&xt filter"),
       {},
       [this] { clear_text(); }},
  };
}

std::vector<KeyHint> FailuresPage::key_hints() const {
  return {
      {tr("Arrows, Page Up, Page Down, Home, End"), tr("move in the gallery")},
      {tr("Shift with these"), tr("extend the selection")},
      {tr("Ctrl with a click"), tr("select or deselect one image; on a counter: show it alone")},
      {tr("Space, Enter"), tr("open the image large; Esc closes it")},
      {tr("Ctrl with the wheel"), tr("larger or smaller thumbnails")}};
}

void FailuresPage::clear_text() {
  filter_->clear_text();
  gallery_->setFocus();
}

void FailuresPage::clear_filters() {
  ReviewQuery query = content_.first_query();
  query.sort = content_.query.sort;
  query.descending = content_.query.descending;
  filter_->set_query(query);
  filter_->clear_tag();
  // Clearing a text asks again by itself.
  if (filter_->text().isEmpty())
    ask_again();
  else
    filter_->clear_text();
  gallery_->setFocus();
}

void FailuresPage::show_all_verdicts() {
  VerdictBar::Chosen all;
  all.fill(true);
  // What a threshold rejected rightly is no item of the gallery.
  if (content_.is_of_objects())
    for (const Verdict verdict : {Verdict::caught, Verdict::needlessly_rejected})
      all[static_cast<std::size_t>(verdict)] = false;
  verdicts_->set_chosen(all);
  clear_filters();
}

void FailuresPage::show_and(void (FailuresPage::*act)()) {
  Q_EMIT link_followed(Route{.page = key()});
  (this->*act)();
}

void FailuresPage::zoom(int steps) {
  gallery_->set_thumbnail_side(gallery_->thumbnail_side() + steps * thumbnail_step);
}

void FailuresPage::copy_files() {
  if (review_ == nullptr) return;
  const auto items = selected_items();
  const auto paths = item_paths(review_->run(), items);
  if (!paths) return Q_EMIT failed(text_of(to_string(paths.error())));
  QGuiApplication::clipboard()->setText(text_of(*paths));
  Q_EMIT said(
      tr("Copied %1").arg(counted(static_cast<qint64>(items.size()), tr("path"), tr("paths"))));
}

/// In the desktop's file manager, the folder where the current image lies.
void FailuresPage::show_file() {
  if (review_ == nullptr || !gallery_->current()) return;
  const std::vector<ItemRef> current{content_.item(*gallery_->current())};
  const auto path = item_paths(review_->run(), current);
  if (!path) return Q_EMIT failed(text_of(to_string(path.error())));
  // Of a record its file is named, and its number behind it.
  QFileInfo file(text_of(*path));
  while (!file.exists() && file.absolutePath() != file.absoluteFilePath())
    file = QFileInfo(file.absolutePath());
  const QString folder = file.isDir() ? file.absoluteFilePath() : file.absolutePath();
  if (!QDesktopServices::openUrl(QUrl::fromLocalFile(folder)))
    Q_EMIT failed(tr("No file manager could be opened. The image is in %1.").arg(folder));
}

void FailuresPage::export_selection() {
  if (review_ == nullptr) return Q_EMIT failed(tr("Open a run first."));
  const auto items = selected_items();
  if (items.empty())
    return Q_EMIT failed(review_->boxes()
                             ? tr("Select objects first: Shift or Ctrl with a click, or Ctrl+A.")
                             : tr("Select images first: Shift or Ctrl with a click, or Ctrl+A."));
  const QString file = QFileDialog::getSaveFileName(
      this,
      tr("Export %1")
          .arg(items_text(static_cast<qint64>(items.size()),
                          review_->boxes() ? JudgedItem::object : JudgedItem::sample)),
      QStringLiteral("selection.csv"), tr("CSV (*.csv);;JSON (*.json)"));
  if (file.isEmpty()) return;
  const auto rows = export_reviewed_items(*review_, remarks_->values(), items, file.toStdString());
  if (!rows) return Q_EMIT failed(text_of(to_string(rows.error())));
  Q_EMIT said(tr("Wrote %1 to %2").arg(counted(*rows, tr("row"), tr("rows")), file));
}

bool FailuresPage::shows(const Route& route) const {
  return !route.run.isEmpty() || route.item.has_value();
}

Result<void> FailuresPage::go_to(const Route& route) {
  if (!route.verdict.isEmpty() || route.truth || route.label || route.wrong_voter ||
      route.right_voter)
    TRY(show_filtered(route));
  if (!route.item) return {};
  if (!review_ || !content_.table().row_of(*route.item))
    return bad_input("there is no image number " + std::to_string(route.item->sample() + 1) +
                     " in what is open");
  show_item(*route.item);
  return {};
}

/// The images of a verdict, a true and a decided class, whatever was filtered before.
Result<void> FailuresPage::show_filtered(const Route& route) {
  if (!review_) return bad_input("no run is open");
  const auto classes = review_->run().dataset.classes.size();
  for (const auto& index : {route.truth, route.label})
    if (index && *index >= classes)
      return bad_input("the data set has no class number " + std::to_string(*index));
  for (const auto& voter : {route.wrong_voter, route.right_voter})
    if (voter && *voter >= review_->run().info.voters.size())
      return bad_input("the run has no voter number " + std::to_string(*voter));
  VerdictBar::Chosen chosen{};
  chosen.fill(route.verdict.isEmpty());
  for (std::size_t i = 0; i < verdict_kinds; ++i)
    if (route.verdict == short_verdict_name(static_cast<Verdict>(i))) chosen[i] = true;
  if (std::ranges::count(chosen, true) == 0)
    return bad_input("there is no verdict '" + route.verdict.toStdString() + "'");
  ReviewQuery query = content_.first_query();
  query.sort = content_.query.sort;
  query.descending = content_.query.descending;
  query.truth = route.truth;
  query.label = route.label;
  if (route.wrong_voter)
    query.members.push_back({std::string(column::wrong), *route.wrong_voter, true});
  if (route.right_voter)
    query.members.push_back({std::string(column::wrong), *route.right_voter, false});
  filter_->set_query(query);
  filter_->clear_tag();
  verdicts_->set_chosen(chosen);
  if (filter_->text().isEmpty())
    ask_again();
  else
    filter_->clear_text();
  return {};
}

void FailuresPage::show_item(ItemRef item) {
  const ReviewTable table = content_.table();
  const auto place = table.row_of(item);
  if (!place) return;
  if (!content_.row_of(item)) {
    VerdictBar::Chosen all = verdicts_->chosen();
    all[static_cast<std::size_t>(table.verdict[*place])] = true;
    verdicts_->set_chosen(all);
    ask_again();
  }
  if (!content_.row_of(item)) show_all_verdicts();
  if (const auto row = content_.row_of(item)) gallery_->set_current(*row);
  gallery_->setFocus();
}

std::shared_ptr<const NameIndex> FailuresPage::names() {
  if (!content_.has_names()) read_names_then_ask();
  return content_.names();
}

std::vector<Place> FailuresPage::places_of(const QString& text) {
  std::vector<Place> samples;
  if (review_ == nullptr) return samples;
  const auto add = [&](std::uint32_t sample, const QString& name) {
    samples.push_back({tr("sample"),
                       name,
                       tr("no. %1").arg(with_thousands(sample + 1)),
                       {.item = ItemRef(sample)}});
  };
  const auto count = static_cast<std::int64_t>(review_->run().samples());
  if (const auto number = parse_integer(text.toStdString());
      number && *number >= 1 && *number <= count)
    add(static_cast<std::uint32_t>(*number - 1), tr("number %1").arg(text));
  const auto known = names();
  if (known == nullptr || text.size() < 2) return samples;
  const auto matches = known->matches(text.toStdString());
  for (std::size_t i = 0; i < matches.size() && samples.size() < most_samples_found; ++i)
    if (matches[i] != 0) add(static_cast<std::uint32_t>(i), text_of(known->name(i)));
  return samples;
}

}  // namespace plumbline
