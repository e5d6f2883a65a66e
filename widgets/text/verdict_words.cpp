#include "widgets/text/verdict_words.h"

#include "widgets/text/text_of.h"

namespace plumbline {

QString full_verdict_name(Verdict verdict) { return text_of(verdict_name(verdict)); }

QString short_verdict_name(Verdict verdict) {
  return verdict == Verdict::undetected ? QStringLiteral("undetected") : full_verdict_name(verdict);
}

}  // namespace plumbline
