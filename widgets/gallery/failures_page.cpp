#include "widgets/gallery/failures_page.h"

#include <QShortcut>
#include <QVBoxLayout>

#include "widgets/decision/policy_bar.h"
#include "widgets/gallery/filter_bar.h"
#include "widgets/gallery/gallery_view.h"
#include "widgets/gallery/image_overlay.h"
#include "widgets/gallery/thumbnail_loader.h"
#include "widgets/gallery/verdict_bar.h"
#include "widgets/inspector/sample_inspector.h"
#include "widgets/study/background.h"
#include "widgets/text/numbers.h"

namespace plumbline {

namespace {

Result<std::shared_ptr<const NameIndex>> read_names(const OpenedRun& run) {
  const auto study = Study::open(run.folder, Access::read_only);
  if (!study) return tl::unexpected(study.error());
  auto names = std::make_shared<NameIndex>();
  const auto read =
      study->names(run.dataset.id, run.split, [&](std::string_view name) { names->add(name); });
  if (!read) return tl::unexpected(read.error());
  return std::shared_ptr<const NameIndex>(std::move(names));
}

QString link(const QString& target, const QString& words) {
  return QStringLiteral("<a href='%1'>%2</a>").arg(target, words);
}

}  // namespace

FailuresPage::FailuresPage(QWidget* parent)
    : Page(parent),
      thumbnails_(new ThumbnailLoader(std::int64_t{128} << 20, this)),
      policy_(new PolicyBar(this)),
      verdicts_(new VerdictBar(this)),
      filter_(new FilterBar(this)),
      gallery_(new GalleryView(thumbnails_, this)),
      large_(new ImageOverlay(this)),
      inspector_(new SampleInspector) {
  auto* rows = new QVBoxLayout(this);
  rows->setContentsMargins(0, 0, 0, 0);
  rows->setSpacing(0);
  rows->addWidget(policy_);
  rows->addWidget(verdicts_);
  rows->addWidget(filter_);
  rows->addWidget(gallery_, 1);
  verdicts_->setEnabled(false);
  verdicts_->set_chosen(content_.query.verdicts);

  connect(verdicts_, &VerdictBar::chosen_changed, this, &FailuresPage::ask_again);
  connect(filter_, &FilterBar::query_changed, this, &FailuresPage::ask_again);
  connect(filter_, &FilterBar::text_changed, this, &FailuresPage::ask_with_text);
  connect(gallery_, &GalleryView::current_changed, this, &FailuresPage::show_current);
  connect(gallery_, &GalleryView::activated, this, &FailuresPage::show_large);
  connect(gallery_, &GalleryView::notice_link, this, &FailuresPage::follow_link);
  connect(large_, &ImageOverlay::moved, this, [this](int key) { gallery_->move_by_key(key); });
  connect(large_, &ImageOverlay::closed, this, [this] { gallery_->setFocus(); });
  connect(inspector_, &SampleInspector::detail_loaded, this, &FailuresPage::refresh_large);
  make_shortcuts();
}

FailuresPage::~FailuresPage() {
  gallery_->set_content(nullptr);
  // The dock that shows it may outlive the page, or never have taken it.
  if (inspector_) delete inspector_;
}

void FailuresPage::make_shortcuts() {
  for (int i = 0; i < static_cast<int>(verdict_kinds); ++i) {
    auto* shortcut = new QShortcut(QKeySequence(Qt::Key_1 + i), this);
    shortcut->setContext(Qt::WidgetWithChildrenShortcut);
    connect(shortcut, &QShortcut::activated, this,
            [this, i] { verdicts_->toggle(static_cast<Verdict>(i)); });
  }
}

QWidget* FailuresPage::inspector() { return inspector_; }

QString FailuresPage::inspector_fact() const {
  if (!gallery_->current()) return {};
  return tr("%1 of %2")
      .arg(with_thousands(static_cast<qint64>(*gallery_->current()) + 1),
           with_thousands(static_cast<qint64>(content_.size())));
}

QWidget* FailuresPage::main_view() { return gallery_; }

bool FailuresPage::settled() const {
  return review_ == nullptr ||
         (!review_->busy() && !reading_names_ && gallery_->complete() && inspector_->idle());
}

void FailuresPage::show_run(RunReview* review) {
  if (review_) review_->disconnect(this);
  review_ = review;
  gallery_->set_content(nullptr);
  content_.set_review(review);
  content_.query = default_failure_query();
  policy_->set_review(review);
  inspector_->set_review(review);
  verdicts_->set_chosen(content_.query.verdicts);
  filter_->clear_text();
  filter_->set_query(content_.query);
  verdicts_->setEnabled(review != nullptr);
  filter_->setEnabled(review != nullptr);
  if (review == nullptr) {
    filter_->set_classes({});
    filter_->set_baseline({});
    verdicts_->show_counts({}, std::nullopt, false);
    return;
  }
  gallery_->set_notice({});
  const OpenedRun& run = review->run();
  thumbnails_->set_source(run.folder, run.dataset.id, run.split);
  filter_->set_classes(run.dataset.classes);
  filter_->set_baseline(QString::fromStdString(run.info.voters.front().model));
  gallery_->set_content(&content_);
  connect(review, &RunReview::decided, this, &FailuresPage::take_decisions);
  connect(review, &RunReview::busy_changed, this, &FailuresPage::show_counts);
  take_decisions(true);
}

void FailuresPage::show_notice(const QString& text) { gallery_->set_notice(text); }

void FailuresPage::take_decisions(bool settled) {
  show_counts();
  if (settled)
    ask_again();
  else
    gallery_->cells_changed();
}

void FailuresPage::show_counts() {
  if (review_)
    verdicts_->show_counts(review_->decisions().counts, review_->baseline_undetected(),
                           review_->busy());
}

void FailuresPage::ask_again() {
  if (!review_) return;
  const std::optional<std::size_t> row = gallery_->current();
  const std::optional<std::uint32_t> sample =
      row && *row < content_.size() ? std::optional(content_.sample(*row)) : std::nullopt;
  content_.query.verdicts = verdicts_->chosen();
  filter_->fill(content_.query);
  content_.ask();
  // The same image stays current; where it is gone, the one that took its place.
  std::optional<std::size_t> current;
  if (content_.size() > 0) {
    if (sample) current = content_.row_of(*sample);
    if (!current) current = std::min(row.value_or(0), content_.size() - 1);
  }
  gallery_->content_changed(current);
  filter_->show_count(static_cast<qint64>(content_.size()),
                      static_cast<qint64>(review_->votes().samples()));
  explain_emptiness();
  show_current();
}

void FailuresPage::ask_with_text() {
  if (!review_) return;
  const std::string text = filter_->text().toStdString();
  if (text.empty() || content_.has_names()) {
    content_.set_text(text);
    return ask_again();
  }
  if (reading_names_) return;  // what is typed meanwhile is read when the names are there
  reading_names_ = true;
  run_in_background(
      this, [run = review_->run()] { return read_names(run); },
      [this, review = review_](Result<std::shared_ptr<const NameIndex>> names) {
        reading_names_ = false;
        if (review == nullptr || review != review_) return;
        if (!names) return Q_EMIT review_->failed(names.error());
        content_.set_names(std::move(*names));
        content_.set_text(filter_->text().toStdString());
        ask_again();
      });
}

void FailuresPage::explain_emptiness() {
  if (content_.size() > 0) return gallery_->set_notice({});
  FailureQuery open = content_.query;
  open.true_class.reset();
  open.predicted_class.reset();
  open.lowest_confidence = 0;
  open.highest_confidence = 1;
  const bool narrowed = open != content_.query;
  if (!content_.text().empty()) {
    const auto without = content_.count(content_.query, false);
    if (without > 0)
      return gallery_->set_notice(
          tr("No image matches. %1 do %2.")
              .arg(with_thousands(without),
                   link(QStringLiteral("text"), tr("without the text filter"))));
  }
  const auto without = content_.count(open, false);
  if ((narrowed || !content_.text().empty()) && without > 0)
    return gallery_->set_notice(tr("No image matches. %1 do %2.")
                                    .arg(with_thousands(without), link(QStringLiteral("filters"),
                                                                       tr("without the filters"))));
  gallery_->set_notice(tr("No image has one of the chosen verdicts. %1")
                           .arg(link(QStringLiteral("verdicts"), tr("Show all verdicts"))));
}

void FailuresPage::follow_link(const QString& target) {
  if (target == QStringLiteral("text")) {
    filter_->clear_text();
  } else if (target == QStringLiteral("filters") || target == QStringLiteral("verdicts")) {
    FailureQuery query = default_failure_query();
    query.sort = content_.query.sort;
    query.descending = content_.query.descending;
    filter_->set_query(query);
    if (target == QStringLiteral("verdicts")) {
      VerdictBar::Chosen all;
      all.fill(true);
      verdicts_->set_chosen(all);
    }
    if (filter_->text().isEmpty())
      ask_again();
    else
      filter_->clear_text();
  } else {
    Q_EMIT link_activated(target);
  }
  gallery_->setFocus();
}

void FailuresPage::show_current() {
  const auto row = gallery_->current();
  const auto sample = row ? std::optional(content_.sample(*row)) : std::nullopt;
  if (inspector_->sample() != sample) inspector_->show_sample(sample);
  Q_EMIT inspector_fact_changed();
}

void FailuresPage::show_large() {
  large_->setGeometry(rect());
  refresh_large();
  large_->show();
  large_->raise();
  large_->setFocus();
}

void FailuresPage::refresh_large() {
  const auto detail = inspector_->detail();
  const auto row = gallery_->current();
  if (detail == nullptr || !row) return large_->show_image({}, {}, {}, {});
  const GalleryCell cell = content_.cell(*row);
  const QString words =
      cell.truth.isEmpty() ? cell.predicted : cell.truth + QStringLiteral(" → ") + cell.predicted;
  large_->show_image(
      detail->image, detail->image_size, detail->image_error,
      QStringLiteral("%1   %2   %3").arg(full_verdict_name(cell.verdict), words, detail->name));
}

}  // namespace plumbline
