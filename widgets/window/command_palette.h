#pragma once
#include <QLineEdit>

#include <functional>
#include <vector>

class QListWidget;

namespace plumbline {

/// One thing that the palette leads to.
struct PaletteEntry {
  QString kind;  ///< "run", "sample", "command"
  QString name;
  QString hint;  ///< a shortcut, or a fact
  std::function<void()> act;
};

/// The search for samples, runs and commands. What is typed asks `find`; arrows choose, Enter goes
/// there, Esc goes back.
class CommandPalette : public QLineEdit {
  Q_OBJECT
 public:
  using Find = std::function<std::vector<PaletteEntry>(const QString& text)>;
  CommandPalette(Find find, QWidget* parent);

  void open();
  QListWidget* list() const { return list_; }
  void refresh();  ///< asks again

 Q_SIGNALS:
  void left();

 protected:
  bool event(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;

 private:
  void close_list();
  void go(int row);

  Find find_;
  std::vector<PaletteEntry> entries_;
  QListWidget* list_;
};

/// Entries whose name holds every word of the text, those that begin with it first.
std::vector<PaletteEntry> matching_entries(std::vector<PaletteEntry> entries, const QString& text);

}  // namespace plumbline
