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
                "Failures page\nsays it of the accepted boxes alone, and misses more.")
          : QObject::tr(
                "Of the accepted boxes alone: an object whose box is below the threshold is "
                "missed. The Decision\npage's TIDE is of all boxes, and misses fewer.");
  return of + u'\n' +
         QObject::tr(
             "Cls: another class   Loc: the wrong place   Both: neither alone\nDupe: found "
             "already   Bkg: nothing is there   Miss: no box finds the object, nor would if it "
             "were mended");
}

}  // namespace plumbline
