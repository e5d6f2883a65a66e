#pragma once
#include <QObject>

#include "widgets/page/context.h"

class QWidget;

namespace plumbline {

/// Imports into the study: asked for in dialogs over the window, done by the engine.
class Imports : public QObject {
  Q_OBJECT
 public:
  enum class What { dataset, model, predictions };

  Imports(PageContext context, QWidget* window);

  /// `path`: what the dialog begins with; empty: nothing.
  void ask(What what, const QString& path = {});
  /// A model file is a model, an .npy predictions, anything else a data set.
  void ask_by_path(const QString& path);

 Q_SIGNALS:
  void failed(const QString& message);

 private:
  PageContext context_;
  QWidget* window_;
};

}  // namespace plumbline
