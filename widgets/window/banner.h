#pragma once
#include <QTimer>
#include <QWidget>

#include <functional>
#include <vector>

class QLabel;
class QToolButton;

namespace plumbline {

/// A calm line above the page with what was said last: a failure in full, until it is dismissed or
/// something else is said; a confirmation for a while. What can be done about it stands at its
/// right.
class Banner : public QWidget {
  Q_OBJECT
 public:
  enum class Tone { said, failed, offer };
  struct Action {
    QString words;
    std::function<void()> act;
  };

  explicit Banner(QWidget* parent = nullptr);

  /// Replaces what was said before. An offer stays until dismiss() is called.
  void show_message(Tone tone, const QString& text, std::vector<Action> actions = {});
  void dismiss();
  QString text() const;
  Tone tone() const { return tone_; }

 protected:
  void paintEvent(QPaintEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  void colour_words();

  Tone tone_ = Tone::said;
  QLabel* text_;
  QWidget* actions_;
  QToolButton* close_;
  QTimer leave_;
};

}  // namespace plumbline
