#pragma once
#include <QObject>
#include <QStringList>

#include <filesystem>

#include "widgets/study/study_item.h"

class QDialog;
class QWidget;

namespace plumbline {

/// Renames and removes what a study holds, after a dialog that names what depends on it, and shows
/// what it is made of: by the functions that the engine's commands use. Whatever reads the study or
/// writes to it does so on another thread.
class StudyUpkeepDialogs : public QObject {
  Q_OBJECT
 public:
  explicit StudyUpkeepDialogs(QWidget* window);

  void set_study(const std::filesystem::path& folder) { study_ = folder; }
  void ask_rename(const StudyItem& item);
  void ask_remove(const StudyItem& item);
  void show_usage(const StudyItem& item);
  void show_card(const StudyItem& item);
  /// In the desktop's file manager.
  void show_files(const StudyItem& item);

 Q_SIGNALS:
  void renamed(const plumbline::StudyItem& item, const QString& to);
  /// `runs`: those that are gone with it.
  void removed(const plumbline::StudyItem& item, const QStringList& runs);
  void failed(const QString& message);

 private:
  void rename(const StudyItem& item, const QString& to);
  void remove(const StudyItem& item);

  QWidget* window_;
  std::filesystem::path study_;
};

/// "the run r1", for sentences.
QString words_of(const StudyItem& item);

}  // namespace plumbline
