#pragma once
#include <QComboBox>
#include <QPointer>

#include <cstdint>
#include <functional>
#include <vector>

class QFrame;
class QLineEdit;
class QListView;
class QSortFilterProxyModel;

namespace plumbline {

/// A combo box whose list shows how many each entry is about; a list that is long has a line above
/// it in which a part of a name is typed.
class SearchCombo : public QComboBox {
  Q_OBJECT
 public:
  /// So many entries are searched rather than read.
  static constexpr int searched_from = 16;
  /// By entry; negative or missing: none is shown. Asked whenever the list opens.
  using Counts = std::function<std::vector<std::int64_t>()>;

  explicit SearchCombo(QWidget* parent = nullptr);

  void set_counts(Counts counts) { counts_ = std::move(counts); }
  void showPopup() override;
  void hidePopup() override;

 protected:
  bool eventFilter(QObject* object, QEvent* event) override;

 private:
  void make_popup();
  void filter(const QString& text);
  void choose();

  Counts counts_;
  QPointer<QFrame> popup_;
  QLineEdit* text_ = nullptr;
  QListView* list_ = nullptr;
  QSortFilterProxyModel* filtered_ = nullptr;
};

}  // namespace plumbline
