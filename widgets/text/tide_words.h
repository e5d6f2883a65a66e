#pragma once
#include <QString>

namespace plumbline {

/// TIDE's kinds of errors are said of two lists of boxes, which have other counts. Of all boxes, as
/// tidecv has it, they say what mending would gain in AP50; of the accepted ones they say why an
/// object is undetected now, and a box below the threshold neither finds nor nearly finds anything.
enum class TideBoxes { all, accepted };

/// "TIDE, all boxes", "TIDE, accepted": beside which the kinds are shown.
QString tide_title(TideBoxes boxes);

/// Which boxes are meant, and what each kind is.
QString tide_explanation(TideBoxes boxes);

}  // namespace plumbline
