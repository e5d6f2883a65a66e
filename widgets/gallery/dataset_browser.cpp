#include "widgets/gallery/dataset_browser.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QVBoxLayout>

#include <algorithm>

#include "core/study/study.h"
#include "widgets/bars/bar.h"
#include "widgets/bars/search_combo.h"
#include "widgets/gallery/gallery_view.h"
#include "widgets/gallery/image_overlay.h"
#include "widgets/page/background.h"
#include "widgets/picture/sample_image.h"
#include "widgets/picture/thumbnail_loader.h"
#include "widgets/style/spacing.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr std::int64_t browser_cache_bytes = std::int64_t{64} << 20;
constexpr int longest_side_shown = 2048;

/// An image with what is said below it.
struct LargePicture {
  QImage image;
  QString name;
};

Result<LargePicture> read_large(const std::filesystem::path& folder, std::int64_t dataset,
                                const std::string& split, std::int64_t sample) {
  const auto study = Study::open(folder, Access::read_only);
  TRY(study);
  const auto info = study->samples(dataset, split, sample, 1);
  TRY(info);
  if (info->empty()) return bad_input("the study has no such sample");
  const auto reader = study->reader(dataset);
  TRY(reader);
  const auto image = reader->read(info->front().locator, longest_side_shown);
  TRY(image);
  return LargePicture{to_qimage(*image), text_of(info->front().name)};
}

}  // namespace

struct DatasetBrowser::Read {
  Result<void> outcome;
  DatasetInfo dataset;
  std::string split;
  std::vector<ClassIndex> labels;
  std::shared_ptr<const NameIndex> names;

  static Read of(const std::filesystem::path& folder, const std::string& dataset,
                 const std::string& split) {
    Read read;
    read.outcome = read.fill(folder, dataset, split);
    return read;
  }

 private:
  Result<void> fill(const std::filesystem::path& folder, const std::string& name,
                    const std::string& wanted) {
    const auto study = Study::open(folder, Access::read_only);
    TRY(study);
    auto info = study->dataset(name);
    TRY(info);
    dataset = std::move(*info);
    split = wanted.empty() && !dataset.splits.empty() ? dataset.splits.front().name : wanted;
    auto of_split = study->labels(dataset.id, split);
    TRY(of_split);
    labels = std::move(*of_split);
    auto index = std::make_shared<NameIndex>();
    TRY(study->names(dataset.id, split, [&](std::string_view file) { index->add(file); }));
    // A split of boxes has no class of its own for each image.
    labels.resize(index->size(), no_class);
    names = std::move(index);
    return {};
  }
};

void DatasetGallery::ask(std::optional<ClassIndex> truth, const std::string& text) {
  order_.clear();
  const std::vector<std::uint8_t> named =
      text.empty() || names == nullptr ? std::vector<std::uint8_t>() : names->matches(text);
  for (std::size_t i = 0; i < labels.size(); ++i)
    if ((!truth || labels[i] == *truth) && (named.empty() || named[i] != 0))
      order_.push_back(static_cast<std::uint32_t>(i));
}

GalleryCell DatasetGallery::cell(std::size_t row) const {
  const ClassIndex label = labels[order_[row]];
  GalleryCell cell;
  if (label < classes.size()) cell.predicted = text_of(classes[label]);
  return cell;
}

QString DatasetGallery::read_out(std::size_t row, const QString& file) const {
  const QString name = cell(row).predicted;
  return name.isEmpty() ? file : file + u'\n' + name;
}

DatasetBrowser::DatasetBrowser(std::filesystem::path study, const std::string& dataset,
                               const std::string& split, QWidget* parent)
    : QDialog(parent),
      study_(std::move(study)),
      split_(split),
      thumbnails_(new ThumbnailLoader(browser_cache_bytes, this)),
      class_(new SearchCombo(this)),
      text_(new QLineEdit(this)),
      count_(new SecondaryLabel({}, this)),
      gallery_(new GalleryView(thumbnails_, this)),
      large_(new ImageOverlay(gallery_)) {
  setObjectName(QStringLiteral("dataset_browser"));
  setWindowTitle(split.empty() ? text_of(dataset) : text_of(dataset + " " + split));
  class_->setObjectName(QStringLiteral("browsed_class"));
  class_->setSizeAdjustPolicy(QComboBox::AdjustToContents);
  class_->addItem(tr("any"));
  text_->setObjectName(QStringLiteral("browsed_text"));
  text_->setPlaceholderText(tr("Text"));
  text_->setAccessibleName(tr("Part of the file name"));
  text_->setMaximumWidth(200);
  count_->setObjectName(QStringLiteral("browsed_count"));
  gallery_->set_notice(tr("Reading the data set…"));
  auto* bar = new Bar(this);
  bar->setFixedHeight(spacing::bar_height);
  auto* items = new QHBoxLayout(bar);
  items->setContentsMargins(spacing::page_margin, 0, spacing::page_margin, 0);
  items->setSpacing(spacing::between_controls);
  items->addWidget(labelled(tr("Class"), class_, bar));
  items->addWidget(text_);
  items->addStretch(1);
  items->addWidget(count_);
  auto* rows = new QVBoxLayout(this);
  rows->setContentsMargins(0, 0, 0, 0);
  rows->setSpacing(0);
  rows->addWidget(bar);
  rows->addWidget(gallery_, 1);
  resize(900, 620);
  connect(class_, &QComboBox::activated, this, &DatasetBrowser::ask);
  connect(text_, &QLineEdit::textChanged, this, &DatasetBrowser::ask);
  connect(gallery_, &GalleryView::activated, this, &DatasetBrowser::show_large);
  connect(large_, &ImageOverlay::moved, this, [this](int key) {
    if (gallery_->move_by_key(key)) show_large();
  });
  connect(large_, &ImageOverlay::closed, this, [this] { gallery_->setFocus(); });
  run_in_background(
      this, [folder = study_, dataset, split] { return Read::of(folder, dataset, split); },
      [this](Read read) { take(std::move(read)); });
}

DatasetBrowser::~DatasetBrowser() { gallery_->set_content(nullptr); }

void DatasetBrowser::take(Read read) {
  if (!read.outcome)
    return gallery_->set_notice(text_of(to_string(read.outcome.error())).toHtmlEscaped());
  dataset_ = read.dataset.id;
  split_ = read.split;
  setWindowTitle(tr("%1 %2").arg(text_of(read.dataset.name), text_of(split_)));
  content_.classes = read.dataset.classes;
  content_.labels = std::move(read.labels);
  content_.names = std::move(read.names);
  for (const std::string& name : content_.classes) class_->addItem(text_of(name));
  class_->set_counts(
      [counts = class_counts(content_.labels, content_.classes.size())] { return counts; });
  thumbnails_->set_source(study_, dataset_, split_);
  gallery_->set_content(&content_);
  ask();
  gallery_->setFocus();
}

void DatasetBrowser::ask() {
  std::optional<ClassIndex> truth;
  if (class_->currentIndex() > 0) truth = static_cast<ClassIndex>(class_->currentIndex() - 1);
  content_.ask(truth, text_->text().trimmed().toStdString());
  gallery_->content_changed(content_.size() > 0 ? std::optional<std::size_t>(0) : std::nullopt);
  gallery_->set_notice(content_.size() > 0 ? QString() : tr("No image matches."));
  count_->setText(tr("%1 of %2")
                      .arg(with_thousands(static_cast<qint64>(content_.size())),
                           with_thousands(static_cast<qint64>(content_.labels.size()))));
}

void DatasetBrowser::show_large() {
  const auto row = gallery_->current();
  if (!row) return;
  const std::int64_t sample = content_.item(*row).sample();
  large_->setGeometry(gallery_->rect());
  large_->show();
  large_->raise();
  large_->setFocus();
  run_in_background(
      this,
      [folder = study_, dataset = dataset_, split = split_, sample] {
        return read_large(folder, dataset, split, sample);
      },
      [this, sample](const Result<LargePicture>& picture) {
        // Another one may be current by now.
        const auto now = gallery_->current();
        if (!now || content_.item(*now).sample() != sample) return;
        if (!picture) return large_->show_image({}, {}, text_of(to_string(picture.error())), {});
        large_->show_image(picture->image, picture->image.size(), {}, picture->name);
      });
}

std::vector<std::int64_t> class_counts(const std::vector<ClassIndex>& labels, std::size_t classes) {
  std::vector<std::int64_t> counts(classes + 1, 0);
  counts[0] = static_cast<std::int64_t>(labels.size());
  for (const ClassIndex label : labels)
    if (label < classes) ++counts[label + std::size_t{1}];
  return counts;
}

}  // namespace plumbline
