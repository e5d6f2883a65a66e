#pragma once
#include <QObject>
#include <QStringList>

#include <deque>

#include "widgets/page/context.h"

class QWidget;

namespace plumbline {

class JobFolder;

/// Imports into the study: asked for in dialogs over the window, one after the other, done by the
/// engine.
class Imports : public QObject {
  Q_OBJECT
 public:
  enum class What { dataset, model, predictions };

  Imports(PageContext context, QWidget* window);

  /// `path`: what the dialog begins with; empty: nothing.
  void ask(What what, const QString& path = {});
  /// A dialog for each path by what it is: a model's file, an .npy of predictions, a folder of
  /// images or a data file. A file of labels belongs to its images. What is none of them is named
  /// in failed().
  void ask_by_paths(const QStringList& paths);
  /// The dialog of an import that did not come to its end, with what was entered.
  void ask_again(const JobFolder& job);

 Q_SIGNALS:
  void failed(const QString& message);

 private:
  struct Request {
    What what = What::dataset;
    QString path, labels;
    QStringList command;  ///< of an earlier import; empty: none
  };
  void ask_next();
  void open_dialog(const Request& request, const QString& place);

  PageContext context_;
  QWidget* window_;
  std::deque<Request> queue_;
  int asked_ = 0;  ///< of those that came together
  bool open_ = false;
};

}  // namespace plumbline
