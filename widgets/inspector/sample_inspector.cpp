#include "widgets/inspector/sample_inspector.h"

#include <QEvent>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QPainter>
#include <QScrollArea>
#include <QStackedWidget>
#include <QTabBar>
#include <QVBoxLayout>

#include "core/study/view_picture.h"
#include "widgets/bars/bar.h"
#include "widgets/bars/elided_label.h"
#include "widgets/bars/wrap_layout.h"
#include "widgets/decision/item_facts.h"
#include "widgets/decision/reason.h"
#include "widgets/decision/review_command.h"
#include "widgets/figures/figure_tips.h"
#include "widgets/inspector/class_probabilities.h"
#include "widgets/inspector/inspector_sheets.h"
#include "widgets/inspector/remark_panel.h"
#include "widgets/inspector/vote_table.h"
#include "widgets/page/background.h"
#include "widgets/picture/image_panel.h"
#include "widgets/picture/sample_image.h"
#include "widgets/style/colours.h"
#include "widgets/style/fonts.h"
#include "widgets/style/marks.h"
#include "widgets/style/spacing.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"
#include "widgets/text/verdict_words.h"

namespace plumbline {

namespace {

constexpr int picture_side = 256;

/// The verdict's shape in its colour.
class MarkWidget : public QWidget {
 public:
  explicit MarkWidget(QWidget* parent) : QWidget(parent) { setFixedSize(12, 12); }
  void set_verdict(Verdict verdict) {
    verdict_ = verdict;
    update();
  }

 protected:
  void paintEvent(QPaintEvent*) override {
    QPainter painter(this);
    draw_verdict_mark(painter, rect(), verdict_, verdict_fill(verdict_));
  }

 private:
  Verdict verdict_ = Verdict::unjudged;
};

QLabel* small_label(QWidget* parent) {
  auto* label = new SecondaryLabel({}, parent);
  label->setFont(ui_font(TextSize::small));
  return label;
}

}  // namespace

SampleInspector::SampleInspector(QWidget* parent)
    : QWidget(parent),
      loader_(new SampleDetailLoader(this)),
      image_(new ImagePanel(this)),
      below_(new QWidget(this)),
      mark_(new MarkWidget(below_)),
      verdict_(new QLabel(below_)),
      file_(new ElidedLabel(below_)),
      classes_(new QLabel(below_)),
      reason_(small_label(below_)),
      tabs_(new QTabBar(below_)),
      sheets_(new QStackedWidget(below_)) {
  setAccessibleName(tr("Inspector"));
  image_->setFixedHeight(picture_side);
  image_->set_picture_side(picture_side);
  verdict_->setObjectName(QStringLiteral("verdict"));
  verdict_->setFont(ui_font(TextSize::normal, QFont::DemiBold));
  classes_->setObjectName(QStringLiteral("classes"));
  classes_->setTextFormat(Qt::RichText);
  reason_->setObjectName(QStringLiteral("reason"));
  reason_->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
  file_->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
  file_->setObjectName(QStringLiteral("file"));
  explain(file_, "sample.file");
  explain(classes_, "sample.votes");
  explain(reason_, "sample.why");

  auto* first = new QHBoxLayout;
  first->setContentsMargins(spacing::page_margin, 9, spacing::page_margin, 0);
  first->setSpacing(7);
  first->addWidget(mark_);
  first->addWidget(verdict_);
  first->addWidget(file_, 1);
  // Long class names put the reason below them.
  auto* second = new QWidget(below_);
  QSizePolicy as_high_as_needed(QSizePolicy::Preferred, QSizePolicy::Minimum);
  as_high_as_needed.setHeightForWidth(true);
  second->setSizePolicy(as_high_as_needed);
  auto* words = new WrapLayout(second, 19, spacing::together, spacing::page_margin);
  words->addWidget(classes_);
  words->add_trailing(reason_);

  add_sheets(tabs_, sheets_, tr("Inspector tabs"),
             {{tr("Votes"), make_votes()}, {tr("Metadata"), make_metadata()}});

  auto* lower = new QVBoxLayout(below_);
  lower->setContentsMargins(0, 0, 0, 0);
  lower->setSpacing(0);
  lower->addLayout(first);
  lower->addWidget(second);
  lower->addSpacing(4);
  lower->addWidget(tabs_);
  auto* line = new QFrame(below_);
  line->setFrameShape(QFrame::HLine);
  line->setFixedHeight(1);
  lower->addWidget(line);
  lower->addWidget(sheets_, 1);
  auto* rows = new QVBoxLayout(this);
  rows->setContentsMargins(0, 0, 0, 0);
  rows->setSpacing(0);
  rows->addWidget(image_);
  rows->addWidget(below_, 1);
  rows->addStretch(0);  // keeps the picture at the top where there is nothing below it

  set_figure_source(this, [this]() -> FigureSource {
    if (review_ == nullptr) return {};
    FigureSource source = figure_source_of(*review_);
    if (review_->has_votes() && item_ && detail_ != nullptr && detail_->item == *item_)
      source.insert(QStringLiteral("SAMPLE"), {detail_->name});
    return source;
  });
  connect(loader_, &SampleDetailLoader::loaded, this, &SampleInspector::take);
  set_review(nullptr);
}

QWidget* SampleInspector::make_votes() {
  auto* sheet = new QWidget;
  auto* rows = new QVBoxLayout(sheet);
  rows->setContentsMargins(spacing::page_margin, spacing::grid, spacing::page_margin,
                           spacing::page_margin);
  rows->setSpacing(0);
  votes_ = new VoteTableView(sheet);
  agreement_ = small_label(sheet);
  shading_ = small_label(sheet);
  shading_->setText(tr("shaded: the policy's voters"));
  mean_title_ = small_label(sheet);
  probabilities_ = new ClassProbabilities(sheet);
  explain(votes_, "sample.votes");
  explain(agreement_, "sample.agreement");
  for (QWidget* part : {static_cast<QWidget*>(mean_title_), static_cast<QWidget*>(probabilities_)})
    explain(part, "sample.distribution");
  // Of a voter that is chosen its own, which it would decide by alone.
  for (QWidget* part : {static_cast<QWidget*>(mean_title_), static_cast<QWidget*>(probabilities_)})
    set_figure_source(part, [this]() -> FigureSource {
      const auto chosen = votes_->chosen();
      if (review_ == nullptr || !chosen || *chosen >= review_->run().info.voters.size()) return {};
      return {{QStringLiteral("DECIDE"), decide_alone(*review_, *chosen)}};
    });
  rows->addWidget(votes_);
  rows->addSpacing(5);
  auto* legend = new QHBoxLayout;
  legend->addWidget(agreement_);
  legend->addStretch(1);
  legend->addWidget(shading_);
  rows->addLayout(legend);
  rows->addSpacing(12);
  rows->addWidget(mean_title_);
  rows->addSpacing(4);
  rows->addWidget(probabilities_);
  rows->addSpacing(12);
  remarks_ = new RemarkPanel(sheet);
  rows->addWidget(remarks_);
  rows->addStretch(1);
  connect(votes_, &VoteTableView::voter_chosen, this, [this](std::optional<std::size_t> voter) {
    probabilities_->set_voter(voter);
    show_picture();
    refresh();
  });
  return scrolled_sheet(sheet);
}

QWidget* SampleInspector::make_metadata() {
  auto* sheet = new QWidget;
  metadata_ = make_fact_rows(sheet);
  return sheet;
}

void SampleInspector::set_review(RunReview* review) {
  if (review_ != nullptr) review_->disconnect(this);
  review_ = review;
  // Votes and distributions are of runs of classes; the columns of other kinds stand in the facts.
  const bool has_votes = review != nullptr && review->has_votes();
  votes_->set_review(has_votes ? review : nullptr);
  probabilities_->set_review(has_votes ? review : nullptr);
  for (QWidget* widget :
       std::initializer_list<QWidget*>{votes_, agreement_, mean_title_, probabilities_})
    widget->setVisible(has_votes);
  if (review != nullptr) {
    loader_->set_run(std::make_shared<const OpenedRun>(review->run()));
    connect(review, &RunReview::decided, this, &SampleInspector::refresh);
    connect(review, &RunReview::policy_changed, this, &SampleInspector::refresh);
  }
  show_item(std::nullopt);
}

void SampleInspector::show_item(std::optional<ItemRef> item) {
  if (item && item == item_ && review_ != nullptr) return refresh();
  item_ = item;
  below_->setVisible(item.has_value() && review_ != nullptr);
  votes_->show_item(item);
  if (!item || review_ == nullptr) {
    detail_.reset();
    image_->show_image({}, {}, tr("No image is selected."));
    return;
  }
  // The last picture stays until the new one is there; where there was none, nothing is said of it.
  if (detail_ == nullptr) image_->show_image({}, {}, {});
  loader_->ask(*item);
  refresh();
}

void SampleInspector::begin_remark(bool tag) {
  tabs_->setCurrentIndex(0);
  if (tag)
    remarks_->begin_tag();
  else
    remarks_->begin_note();
  // The panel is below the votes: it comes into sight.
  if (auto* scroll = qobject_cast<QScrollArea*>(sheets_->currentWidget()))
    scroll->ensureWidgetVisible(remarks_);
}

void SampleInspector::take(const std::shared_ptr<const SampleDetail>& detail) {
  if (!item_ || detail->item != *item_) return;
  detail_ = detail;
  show_picture();
  file_->setText(detail->name);
  votes_->set_detail(detail);
  probabilities_->set_detail(detail);
  refresh_metadata();
  Q_EMIT detail_loaded();
}

/// The file, or what the chosen voter sees of it.
void SampleInspector::show_picture() {
  const int asked = ++view_asked_;
  making_view_ = false;
  if (detail_ == nullptr || review_ == nullptr) return;
  const auto chosen = votes_->chosen();
  if (!chosen || *chosen >= review_->run().info.voters.size()) {
    image_->set_title({});
    return image_->show_image(detail_->image, detail_->image_size, detail_->image_error);
  }
  making_view_ = true;
  const OpenedRun& run = review_->run();
  run_in_background(
      this,
      [folder = run.folder, dataset = run.dataset.id, split = run.split,
       sample = detail_->item.sample(), voter = run.info.voters[*chosen]]() -> Result<Image> {
        const auto study = Study::open(folder, Access::read_only);
        TRY(study);
        const auto model = study->model(voter.model);
        TRY(model);
        if (model->file.empty())
          return bad_input("the outputs were imported: what the network saw is not known");
        const auto info = study->samples(dataset, split, sample, 1);
        TRY(info);
        const auto reader = study->reader(dataset);
        TRY(reader);
        if (info->empty()) return bad_input("the study has no such sample");
        const auto image = reader->read(info->front().locator);
        TRY(image);
        return view_picture(*image, model->card, voter.view, static_cast<std::int64_t>(sample));
      },
      [this, asked, name = text_of(to_string(run.info.voters[*chosen]))](Result<Image> picture) {
        if (asked != view_asked_) return;
        making_view_ = false;
        image_->set_title(tr("as %1 sees it").arg(name));
        if (picture)
          image_->show_image(to_qimage(*picture), QSize(picture->width, picture->height), {});
        else
          image_->show_image({}, {}, text_of(to_string(picture.error())));
        Q_EMIT detail_loaded();
      });
}

void SampleInspector::refresh() {
  if (!item_ || review_ == nullptr) return;
  const ReviewTable table = review_->table();
  const auto row = table.row_of(*item_);
  below_->setVisible(row.has_value());
  if (!row) return;
  const Verdict verdict = table.verdict[*row];
  static_cast<MarkWidget*>(mark_)->set_verdict(verdict);
  verdict_->setText(full_verdict_name(verdict));
  QPalette coloured = verdict_->palette();
  coloured.setColor(QPalette::WindowText, verdict_text(verdict));
  verdict_->setPalette(coloured);
  const auto class_text = [&](ClassIndex index) {
    return QStringLiteral("<b>%1</b>")
        .arg(text_of(review_->run().class_name(index)).toHtmlEscaped());
  };
  const auto class_in = [&](std::span<const ClassIndex> column) {
    return class_text(column.empty() ? no_class : column[*row]);
  };
  classes_->setText(tr("true %1, predicted %2").arg(class_in(table.truth), class_in(table.label)));
  reason_->setText(reason_for(*review_, *row));
  if (!review_->has_votes()) return refresh_metadata();
  votes_->refresh();
  agreement_->setText(votes_->summary());
  const auto voters = review_->policy_voters().size();
  shading_->setVisible(voters < review_->run().info.voters.size());
  if (const auto chosen = votes_->chosen(); chosen && *chosen < review_->run().info.voters.size())
    mean_title_->setText(
        tr("%1 alone").arg(text_of(to_string(review_->run().info.voters[*chosen]))));
  else
    mean_title_->setText(voters == 1 ? tr("The voter's distribution")
                                     : tr("Mean of the %1 voters").arg(voters));
  probabilities_->refresh();
}

void SampleInspector::refresh_metadata() {
  if (detail_ == nullptr || !item_ || detail_->item != *item_) return;
  while (metadata_->rowCount() > 0) metadata_->removeRow(0);
  const auto add = [&](const QString& name, const QString& value) {
    auto* label = new SecondaryLabel(name);
    auto* text = new QLabel(value);
    text->setWordWrap(true);
    text->setTextFormat(Qt::PlainText);
    text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    explain(text, "sample.file");
    metadata_->addRow(label, text);
  };
  const OpenedRun& run = review_->run();
  const bool file = format_info(run.dataset.format).is_folder;
  add(file ? tr("File") : tr("Record"), detail_->name);
  if (!detail_->image.isNull())
    add(tr("Size"), tr("%1 × %2 px, %3")
                        .arg(detail_->image_size.width())
                        .arg(detail_->image_size.height())
                        .arg(detail_->channels == 1 ? tr("grey") : tr("RGB")));
  else
    add(tr("Image"), detail_->image_error);
  const ReviewTable table = review_->table();
  const auto row = table.row_of(*item_);
  if (row && !table.truth.empty()) add(tr("Label"), text_of(run.class_name(table.truth[*row])));
  if (const auto object = item_->object())
    add(tr("Object"), with_thousands(static_cast<qint64>(*object) + 1));
  // What the votes do not show already.
  if (row && !review_->has_votes())
    for (const ItemFact& fact : item_facts(table, *row)) add(fact.name, fact.value);
  add(tr("Data set"), text_of(run.dataset.name));
  add(tr("Split"), text_of(run.split));
  add(tr("Position"), tr("%1 of %2")
                          .arg(with_thousands(detail_->item.sample() + 1),
                               with_thousands(static_cast<qint64>(run.samples()))));
}

void SampleInspector::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.fillRect(rect(), colours().base);
  if (below_->isVisible())
    painter.fillRect(QRect(0, image_->geometry().bottom() + 1, width(), 1), colours().line);
}

void SampleInspector::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) refresh();
}

}  // namespace plumbline
