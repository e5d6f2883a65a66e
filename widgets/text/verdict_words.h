#pragma once
#include <QString>

#include "core/decision/verdicts.h"

namespace plumbline {

/// What verdicts are about: whole samples, or objects and boxes.
enum class JudgedItem { sample, object };

/// verdict_name as Qt's text; of an object "found", "undetected object", "false detection",
/// "rejected false detection".
QString full_verdict_name(Verdict verdict, JudgedItem item = JudgedItem::sample);

/// The word on a counter: shorter than verdict_name, "undetected"; of objects in the plural.
QString short_verdict_name(Verdict verdict, JudgedItem item = JudgedItem::sample);

/// A number of what is judged: "1 image", "1,200 objects" (which false detections are among).
QString items_text(qint64 count, JudgedItem item);

}  // namespace plumbline
