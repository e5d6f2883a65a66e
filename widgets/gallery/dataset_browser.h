#pragma once
#include <QDialog>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/review/name_index.h"
#include "core/types/class_index.h"
#include "widgets/gallery/gallery_content.h"

class QLabel;
class QLineEdit;

namespace plumbline {

class GalleryView;
class ImageOverlay;
class SearchCombo;
class ThumbnailLoader;

/// The images of a split as they were imported, without any run.
class DatasetGallery : public GalleryContent {
 public:
  std::vector<std::string> classes;
  std::vector<ClassIndex> labels;  ///< no_class where the class is not known
  std::shared_ptr<const NameIndex> names;

  /// Samples of the class, or of every one, whose name has the text.
  void ask(std::optional<ClassIndex> truth, const std::string& text);

  std::size_t size() const override { return order_.size(); }
  ItemRef item(std::size_t row) const override { return ItemRef(order_[row]); }
  GalleryCell cell(std::size_t row) const override;
  QString read_out(std::size_t row, const QString& file) const override;

 private:
  std::vector<std::uint32_t> order_;
};

/// How many there are of each class, behind how many there are in all: the counts of a class list
/// that begins with "any".
std::vector<std::int64_t> class_counts(const std::vector<ClassIndex>& labels, std::size_t classes);

/// A window with the images of a split: by class, by a part of the file's name, large at a key.
/// What it shows is read on another thread.
class DatasetBrowser : public QDialog {
  Q_OBJECT
 public:
  /// `split` empty: the data set's first.
  DatasetBrowser(std::filesystem::path study, const std::string& dataset, const std::string& split,
                 QWidget* parent);
  ~DatasetBrowser() override;

  GalleryView* gallery() const { return gallery_; }
  const DatasetGallery& content() const { return content_; }

 private:
  struct Read;
  void take(Read read);
  void ask();
  void show_large();

  std::filesystem::path study_;
  std::int64_t dataset_ = 0;
  std::string split_;
  DatasetGallery content_;
  ThumbnailLoader* thumbnails_;
  SearchCombo* class_;
  QLineEdit* text_;
  QLabel* count_;
  GalleryView* gallery_;
  ImageOverlay* large_;
};

}  // namespace plumbline
