#include "widgets/text/read_only.h"

#include <QCoreApplication>

namespace plumbline {

QString read_only_words() {
  return QCoreApplication::translate("read_only", "The study can only be read.");
}

}  // namespace plumbline
