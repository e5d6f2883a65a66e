#pragma once
#include <QPointer>
#include <QWidget>

#include <optional>
#include <vector>

class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QTimer;

namespace plumbline {

class Remarks;

/// Tags and note of the current sample. A tag that is added here is put on every selected sample.
class RemarkPanel : public QWidget {
  Q_OBJECT
 public:
  explicit RemarkPanel(QWidget* parent = nullptr);

  void set_remarks(Remarks* remarks);
  /// The current sample, and all that are selected with it.
  void show_samples(std::optional<std::uint32_t> current, std::vector<std::uint32_t> selected);
  void begin_tag();
  void begin_note();
  void keep_note();  ///< writes what was typed

 Q_SIGNALS:
  void left();  ///< Enter or Esc: back to the gallery

 protected:
  bool eventFilter(QObject* object, QEvent* event) override;

 private:
  void refresh();
  void add_tag();

  QPointer<Remarks> remarks_;
  std::optional<std::uint32_t> sample_;
  std::vector<std::uint32_t> selected_;
  QWidget* chips_;
  QLineEdit* add_;
  QPlainTextEdit* note_;
  QLabel* title_;
  bool edited_ = false, refreshing_ = false;
};

}  // namespace plumbline
