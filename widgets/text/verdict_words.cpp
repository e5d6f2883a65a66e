#include "widgets/text/verdict_words.h"

#include <QObject>

#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

QString full_verdict_name(Verdict verdict, JudgedItem item) {
  if (item == JudgedItem::sample) return text_of(verdict_name(verdict));
  switch (verdict) {
    case Verdict::kept: return QObject::tr("found");
    case Verdict::undetected: return QObject::tr("undetected object");
    case Verdict::caught: return QObject::tr("rejected false detection");
    default: return QObject::tr("false detection");
  }
}

QString short_verdict_name(Verdict verdict, JudgedItem item) {
  if (item == JudgedItem::sample)
    return verdict == Verdict::undetected ? QStringLiteral("undetected")
                                          : full_verdict_name(verdict);
  switch (verdict) {
    case Verdict::kept: return QObject::tr("found");
    case Verdict::undetected: return QObject::tr("undetected objects");
    case Verdict::caught: return QObject::tr("rejected");
    default: return QObject::tr("false detections");
  }
}

QString items_text(qint64 count, JudgedItem item) {
  return item == JudgedItem::sample ? counted(count, QObject::tr("image"), QObject::tr("images"))
                                    : counted(count, QObject::tr("object"), QObject::tr("objects"));
}

}  // namespace plumbline
