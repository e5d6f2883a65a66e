#include "widgets/text/tide_words.h"

#include <QObject>

namespace plumbline {

QString tide_title(TideBoxes boxes) {
  return boxes == TideBoxes::all ? QObject::tr("TIDE, all boxes") : QObject::tr("TIDE, accepted");
}

QString tide_explanation(TideBoxes boxes) {
  const QString of =
      boxes == TideBoxes::all
          ? QObject::tr(
                "Of all boxes, whatever their score: what a threshold rejects counts too. The "
                "Failures page\ncounts only accepted boxes, so more objects are missed there.")
          : QObject::tr(
                "Of the accepted boxes only: an object whose box is below the threshold is missed. "
                "On the Decision\npage TIDE is of all boxes, so fewer objects are missed there.");
  return of + u'\n' +
         QObject::tr(
             "Cls: wrong class   Loc: wrong place   Both: wrong class and place\nDupe: already "
             "found   Bkg: nothing is there   Miss: no box finds the object, even if corrected");
}

}  // namespace plumbline
