#pragma once
#include <QObject>
#include <QStringList>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/review/item_remarks.h"
#include "core/types/error.h"

class QUndoStack;

namespace plumbline {

/// Tags and notes of the open split. Every change is written to the study at once and can be
/// undone; one that cannot be written does not happen and is reported by failed().
class Remarks : public QObject {
  Q_OBJECT
 public:
  /// `undo` is not owned; it is cleared when another split is opened.
  explicit Remarks(QUndoStack* undo, QObject* parent = nullptr);

  Result<void> open(const std::filesystem::path& study, std::int64_t dataset,
                    const std::string& split);
  void close();
  /// Reads them once more on another thread: another window may have written some.
  void refresh();
  /// Where a study can only be read, nothing is to be offered.
  void set_writable(bool writable);
  bool writable() const { return writable_; }
  /// Why nothing is written to the study, as a sentence; empty where it can be written to.
  QString obstacle() const;

  const ItemRemarks& values() const { return values_; }
  QStringList all_tags() const;
  QStringList tags_of(ItemRef item) const;
  QString note_of(ItemRef item) const;
  /// Items whose note has the text, whatever its case.
  std::vector<ItemRef> noted_with(const QString& text) const;

  /// Puts a tag on items or takes it off, as one step of undo. What is so already is left alone.
  void tag(const std::vector<ItemRef>& items, const QString& tag, bool on);
  void note(ItemRef item, const QString& text);
  /// Takes every tag and the note off, as one step of undo.
  void clear(const std::vector<ItemRef>& items);

 Q_SIGNALS:
  void changed();
  void failed(const QString& message);

 private:
  class TagStep;
  class NoteStep;
  bool change_tag(const std::vector<ItemRef>& items, const std::string& tag, bool on);
  bool change_note(ItemRef item, const std::string& text);

  QUndoStack* undo_;
  std::filesystem::path study_;
  std::int64_t dataset_ = 0;
  std::string split_;
  ItemRemarks values_;
  bool writable_ = true;
  int changes_ = 0;  ///< drops what was read before the last change of this window
};

}  // namespace plumbline
