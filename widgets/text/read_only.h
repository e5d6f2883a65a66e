#pragma once
#include <QString>

namespace plumbline {

/// Why nothing is written to a study that was opened for reading: one sentence for every control.
QString read_only_words();

}  // namespace plumbline
