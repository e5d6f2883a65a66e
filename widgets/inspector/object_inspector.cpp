#include "widgets/inspector/object_inspector.h"

#include <QEvent>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QScrollArea>
#include <QShortcut>
#include <QStackedWidget>
#include <QTabBar>
#include <QVBoxLayout>

#include <bit>

#include "core/review/box_table.h"
#include "core/review/box_views.h"
#include "widgets/bars/bar.h"
#include "widgets/bars/elided_label.h"
#include "widgets/decision/item_facts.h"
#include "widgets/figures/figure_tips.h"
#include "widgets/inspector/box_scene_view.h"
#include "widgets/inspector/inspector_sheets.h"
#include "widgets/inspector/remark_panel.h"
#include "widgets/inspector/voter_box_table.h"
#include "widgets/style/colours.h"
#include "widgets/style/fonts.h"
#include "widgets/style/marks.h"
#include "widgets/style/spacing.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"
#include "widgets/text/verdict_words.h"

namespace plumbline {

namespace {

constexpr int scene_share = 26, surroundings_share = 20, sheet_share = 30;

bool is_false_detection(Verdict verdict) {
  return verdict == Verdict::unjudged || verdict == Verdict::caught;
}

/// The verdict's shape in its colour; a cross for what is not there.
class ObjectMark : public QWidget {
 public:
  explicit ObjectMark(QWidget* parent) : QWidget(parent) { setFixedSize(12, 12); }
  void set_verdict(Verdict verdict) {
    verdict_ = verdict;
    update();
  }

 protected:
  void paintEvent(QPaintEvent*) override {
    QPainter painter(this);
    if (is_false_detection(verdict_))
      draw_cross(painter, rect(), verdict_text(Verdict::unjudged));
    else
      draw_verdict_mark(painter, rect(), verdict_, verdict_fill(verdict_));
  }

 private:
  Verdict verdict_ = Verdict::unjudged;
};

QRectF to_rect(const PixelBox& given) {
  const PixelBox box = upright(given);
  return {box.x, box.y, box.width, box.height};
}

QString fused_outcome(const VoterBoxView& fused, bool is_false) {
  if (is_false)
    return fused.outcome == BoxOutcome::found ? QObject::tr("false") : QObject::tr("rejected");
  return text_of(to_string(fused.outcome));
}

QShortcut* key_of(QWidget* widget, Qt::Key key, const QString& words) {
  auto* shortcut = new QShortcut(QKeySequence(key), widget);
  shortcut->setContext(Qt::WidgetWithChildrenShortcut);
  shortcut->setWhatsThis(words);
  return shortcut;
}

}  // namespace

ObjectInspector::ObjectInspector(QWidget* parent)
    : QWidget(parent),
      loader_(new SampleDetailLoader(this)),
      scene_(new BoxSceneView(this)),
      surroundings_(new BoxSceneView(this)),
      words_(new QWidget(this)),
      below_(new QWidget(this)),
      mark_(new ObjectMark(words_)),
      verdict_(new QLabel(words_)),
      facts_(new QLabel(words_)),
      found_by_(new QLabel(words_)),
      file_(new ElidedLabel(words_)),
      tabs_(new QTabBar(below_)),
      sheets_(new QStackedWidget(below_)) {
  setAccessibleName(tr("Inspector"));
  scene_->setObjectName(QStringLiteral("scene"));
  scene_->setAccessibleName(tr("The whole image"));
  surroundings_->setObjectName(QStringLiteral("surroundings"));
  surroundings_->setAccessibleName(tr("The object with every voter's box"));
  const QString keys = tr("Wheel: zoom   drag: pan   0: fit   G: ground truth   V: voters");
  scene_->setToolTip(keys);
  surroundings_->setToolTip(keys);
  scene_->set_shown(true, false);
  verdict_->setObjectName(QStringLiteral("object_verdict"));
  verdict_->setFont(ui_font(TextSize::normal, QFont::DemiBold));
  facts_->setObjectName(QStringLiteral("object_facts"));
  facts_->setTextFormat(Qt::RichText);
  facts_->setWordWrap(true);
  found_by_->setObjectName(QStringLiteral("object_found_by"));
  found_by_->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
  file_->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
  for (QLabel* label : {facts_, found_by_}) label->setFont(ui_font(TextSize::small));
  file_->setFont(ui_font(TextSize::small));

  explain(facts_, "object.size");
  explain(found_by_, "object.finders");
  explain(file_, "sample.file");
  auto* first = new QHBoxLayout;
  first->setSpacing(7);
  first->addWidget(mark_);
  first->addWidget(verdict_);
  first->addWidget(file_, 1);
  auto* second = new QHBoxLayout;
  second->addWidget(facts_, 1);
  second->addWidget(found_by_, 0, Qt::AlignTop);
  auto* lines = new QVBoxLayout(words_);
  lines->setContentsMargins(spacing::page_margin, 7, spacing::page_margin, 7);
  lines->setSpacing(3);
  lines->addLayout(first);
  lines->addLayout(second);

  add_sheets(tabs_, sheets_, tr("Inspector tabs"),
             {{tr("Voters"), make_voter_sheet()}, {tr("Metadata"), make_metadata()}});
  auto* lower = new QVBoxLayout(below_);
  lower->setContentsMargins(0, 0, 0, 0);
  lower->setSpacing(0);
  lower->addWidget(tabs_);
  lower->addWidget(sheets_, 1);

  auto* rows = new QVBoxLayout(this);
  rows->setContentsMargins(0, 0, 0, 0);
  rows->setSpacing(0);
  rows->addWidget(scene_, scene_share);
  rows->addWidget(words_);
  rows->addWidget(surroundings_, surroundings_share);
  rows->addWidget(below_, sheet_share);

  connect(loader_, &SampleDetailLoader::loaded, this, &ObjectInspector::take);
  connect(key_of(this, Qt::Key_G, tr("Inspector of objects: show or hide the ground truth")),
          &QShortcut::activated, this, &ObjectInspector::toggle_truth);
  connect(key_of(this, Qt::Key_V, tr("Inspector of objects: show or hide the voters' boxes")),
          &QShortcut::activated, this, &ObjectInspector::toggle_voters);
  set_review(nullptr);
}

QWidget* ObjectInspector::make_voter_sheet() {
  auto* sheet = new QWidget;
  auto* rows = new QVBoxLayout(sheet);
  rows->setContentsMargins(0, 0, 0, spacing::grid);
  rows->setSpacing(0);
  table_ = new VoterBoxTable(sheet);
  rows->addWidget(table_);
  rows->addSpacing(spacing::grid);
  auto* inset = new QHBoxLayout;
  inset->setContentsMargins(spacing::page_margin, 0, spacing::page_margin, 0);
  remarks_ = new RemarkPanel(sheet);
  inset->addWidget(remarks_);
  rows->addLayout(inset);
  rows->addStretch(1);
  connect(table_, &VoterBoxTable::hidden_changed, this, [this] {
    surroundings_->set_hidden(table_->hidden());
    scene_->set_hidden(table_->hidden());
  });
  connect(table_, &VoterBoxTable::chosen_changed, this, [this] {
    surroundings_->set_highlight(table_->chosen());
    scene_->set_highlight(table_->chosen());
  });
  voter_sheet_ = scrolled_sheet(sheet);
  voter_sheet_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  return voter_sheet_;
}

QWidget* ObjectInspector::make_metadata() {
  auto* sheet = new QWidget;
  metadata_ = make_fact_rows(sheet);
  return scrolled_sheet(sheet);
}

void ObjectInspector::set_review(RunReview* review) {
  if (review_) review_->disconnect(this);
  review_ = review;
  if (review != nullptr) {
    looks_ = VoterLooks(review->run().info.voters);
    table_->set_looks(looks_);
    surroundings_->set_hidden(0);
    scene_->set_hidden(0);
    loader_->set_run(std::make_shared<const OpenedRun>(review->run()));
    connect(review, &RunReview::decided, this, &ObjectInspector::refresh);
  }
  show_item(std::nullopt);
}

void ObjectInspector::show_item(std::optional<ItemRef> item) {
  const bool same_sample = item && detail_ && detail_->item.sample() == item->sample();
  item_ = item;
  const bool shown = item && review_;
  words_->setVisible(shown);
  below_->setVisible(shown);
  surroundings_->setVisible(shown);
  if (!shown) {
    detail_.reset();
    scene_->set_boxes({}, {});
    scene_->show_image({}, {}, tr("No object is selected."));
    return;
  }
  if (!same_sample) loader_->ask(*item);  // the last picture stays until the new one is there
  refresh();
  if (same_sample) Q_EMIT detail_loaded();
}

void ObjectInspector::begin_remark(bool tag) {
  tabs_->setCurrentIndex(0);
  if (tag)
    remarks_->begin_tag();
  else
    remarks_->begin_note();
  voter_sheet_->ensureWidgetVisible(remarks_);
}

void ObjectInspector::take(const std::shared_ptr<const SampleDetail>& detail) {
  if (!item_ || detail->item.sample() != item_->sample()) return;
  detail_ = detail;
  refresh();
  Q_EMIT detail_loaded();
}

void ObjectInspector::toggle_truth() {
  scene_->set_shown(!scene_->shows_truth(), scene_->shows_voters());
  surroundings_->set_shown(scene_->shows_truth(), surroundings_->shows_voters());
}

void ObjectInspector::toggle_voters() {
  surroundings_->set_shown(surroundings_->shows_truth(), !surroundings_->shows_voters());
}

void ObjectInspector::refresh() {
  if (!item_ || !review_ || review_->boxes() == nullptr) return;
  const auto row = review_->table().row_of(*item_);
  words_->setVisible(row.has_value());
  below_->setVisible(row.has_value());
  if (!row) return;
  refresh_words(*row);
  refresh_boxes(*row);
  show_pictures();
  refresh_metadata(*row);
}

void ObjectInspector::refresh_words(std::size_t row) {
  const ReviewTable table = review_->table();
  const Verdict verdict = table.verdict[row];
  static_cast<ObjectMark*>(mark_)->set_verdict(verdict);
  verdict_->setText(full_verdict_name(verdict, JudgedItem::object));
  QPalette coloured = verdict_->palette();
  coloured.setColor(QPalette::WindowText,
                    verdict_text(verdict == Verdict::caught ? Verdict::unjudged : verdict));
  verdict_->setPalette(coloured);
  const ClassIndex truth = table.truth[row];
  const ClassIndex shown = truth == no_class ? table.label[row] : truth;
  const PixelRect box = table.place(row).value_or(PixelRect());
  const WordColumn *size = table.word(box_column::size_class), *tide = table.word(box_column::tide);
  const TideWord type = static_cast<TideWord>(tide->values[row]);
  facts_->setText(tr("<b>%1</b>, %2 × %3 px, size %4%5")
                      .arg(text_of(review_->run().class_name(shown)).toHtmlEscaped())
                      .arg(box.width)
                      .arg(box.height)
                      .arg(text_of(size->words[size->values[row]]),
                           type == TideWord::found
                               ? QString()
                               : tr(", TIDE %1").arg(text_of(tide->words[tide->values[row]]))));
  const int finders = std::popcount(finders_of_row(*review_->boxes(), row));
  found_by_->setText(is_false_detection(verdict)
                         ? tr("from %1 of %2").arg(finders).arg(looks_.size())
                         : tr("found by %1 of %2").arg(finders).arg(looks_.size()));
}

void ObjectInspector::refresh_boxes(std::size_t row) {
  const auto boxes = review_->boxes();
  const ReviewTable table = review_->table();
  const auto& run = review_->run();
  const BoxRow& at = boxes->ledger->rows[row];
  const bool is_false = at.object < 0;
  std::vector<BoxSceneView::TruthBox> truth;
  for (const FlatObject& object : boxes->flat->objects_of(item_->sample()))
    if (is_false || &object != &boxes->flat->objects[static_cast<std::size_t>(at.object)])
      truth.push_back({to_rect(object.box), TruthStyle::plain});
  truth.push_back(
      {to_rect(box_of_row(*boxes, row)), is_false ? TruthStyle::claimed : TruthStyle::bold});
  const ClassIndex category = is_false ? table.label[row] : table.truth[row];
  std::vector<BoxSceneView::VoterBox> shown;
  std::vector<VoterBoxTable::Row> rows;
  const auto views = voter_views(*boxes, row);
  for (std::size_t v = 0; v < views.size(); ++v) {
    VoterBoxTable::Row of_voter;
    of_voter.model = text_of(run.info.voters[v].model);
    of_voter.view = text_of(to_string(run.info.voters[v].view));
    of_voter.outcome = views[v].outcome;
    of_voter.in_policy = std::ranges::find(boxes->voters, v) != boxes->voters.end();
    of_voter.has_box = views[v].box.has_value();
    of_voter.label = of_voter.has_box ? QString() : QString(no_value);
    if (views[v].box) {
      const DetectedBox& box = *views[v].box;
      of_voter.label = text_of(run.class_name(static_cast<ClassIndex>(box.category)));
      of_voter.differs = box.category != static_cast<std::int32_t>(category);
      of_voter.score = box.score;
      of_voter.overlap = views[v].overlap;
      shown.push_back({to_rect(box.box), looks_.pen_on_image(v, 1.4), looks_.pen_on_image(v, 2.6),
                       v, views[v].overlap});
    }
    rows.push_back(std::move(of_voter));
  }
  scene_->set_boxes(truth, shown);
  surroundings_->set_boxes(std::move(truth), std::move(shown));
  const auto fused = fused_view(*boxes, row);
  VoterBoxTable::Fused decision;
  decision.has_box = fused.box.has_value();
  decision.outcome = fused_outcome(fused, is_false);
  if (fused.box) {
    decision.label = text_of(run.class_name(static_cast<ClassIndex>(fused.box->category)));
    decision.score = fused.box->score;
    if (!is_false) decision.overlap = fused.overlap;
  }
  // A false detection is drawn as what it claims to be.
  surroundings_->set_fused(fused.box && !is_false ? to_rect(fused.box->box) : QRectF());
  table_->set_rows(is_false ? QString() : text_of(run.class_name(category)), std::move(decision),
                   std::move(rows));
}

void ObjectInspector::show_pictures() {
  if (detail_ == nullptr || detail_->item.sample() != item_->sample()) return;
  scene_->show_image(detail_->image, detail_->image_size, detail_->image_error);
  surroundings_->show_image(detail_->image, detail_->image_size, detail_->image_error);
  file_->setText(tr("%1, %2 × %3")
                     .arg(detail_->name)
                     .arg(detail_->image_size.width())
                     .arg(detail_->image_size.height()));
  const ReviewTable table = review_->table();
  const auto row = table.row_of(*item_);
  const auto box = row ? table.place(*row) : std::nullopt;
  if (!box || surroundings_->height() <= 0) return;
  const PixelRect part = surroundings_of(*box, std::max(1, surroundings_->width()),
                                         std::max(1, surroundings_->height()));
  const QRectF region(part.left, part.top, part.width, part.height);
  surroundings_->set_region(region);
}

void ObjectInspector::refresh_metadata(std::size_t row) {
  while (metadata_->rowCount() > 0) metadata_->removeRow(0);
  const auto add = [&](const QString& name, const QString& value) {
    auto* text = new QLabel(value);
    text->setWordWrap(true);
    text->setTextFormat(Qt::PlainText);
    text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    explain(text, "sample.file");
    metadata_->addRow(new SecondaryLabel(name), text);
  };
  const OpenedRun& run = review_->run();
  if (detail_) add(tr("File"), detail_->name);
  const auto boxes = review_->boxes();
  const std::int32_t object = boxes->ledger->rows[row].object;
  if (object >= 0)
    add(tr("Annotation"), text_of(to_string(boxes->flat->id_of(
                              boxes->flat->objects[static_cast<std::size_t>(object)]))));
  for (const ItemFact& fact : item_facts(review_->table(), row))
    if (fact.name != text_of(box_column::found_by) && fact.name != text_of(box_column::category))
      add(fact.name, fact.value);
  add(tr("Data set"), text_of(run.dataset.name));
  add(tr("Split"), text_of(run.split));
  add(tr("Position"), tr("%1 of %2")
                          .arg(with_thousands(item_->sample() + 1),
                               with_thousands(static_cast<qint64>(run.samples()))));
}

void ObjectInspector::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.fillRect(rect(), colours().base);
}

void ObjectInspector::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) refresh();
}

}  // namespace plumbline
