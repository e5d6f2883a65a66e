#pragma once
#include <QObject>
#include <QStringList>

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

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

  QStringList all_tags() const;
  QStringList tags_of(std::uint32_t sample) const;
  bool has_tag(const std::string& tag, std::uint32_t sample) const;
  const std::set<std::uint32_t>* samples_of(const std::string& tag) const;  ///< null: no such tag
  QString note_of(std::uint32_t sample) const;
  std::set<std::uint32_t> noted() const;  ///< samples with a note
  /// Samples whose note has the text, whatever its case.
  std::vector<std::uint32_t> noted_with(const QString& text) const;

  /// Puts a tag on samples or takes it off, as one step of undo. What is so already is left alone.
  void tag(const std::vector<std::uint32_t>& samples, const QString& tag, bool on);
  void note(std::uint32_t sample, const QString& text);

 Q_SIGNALS:
  void changed();
  void failed(const QString& message);

 private:
  class TagStep;
  class NoteStep;
  bool write_tag(const std::vector<std::uint32_t>& samples, const std::string& tag, bool on);
  bool write_note(std::uint32_t sample, const std::string& text);

  QUndoStack* undo_;
  std::filesystem::path study_;
  std::int64_t dataset_ = 0;
  std::string split_;
  std::map<std::string, std::set<std::uint32_t>> tags_;
  std::unordered_map<std::uint32_t, std::string> notes_;
};

}  // namespace plumbline
