#pragma once
#include <string>

#include "core/detection/coco_figures.h"

namespace plumbline {

/// COCO's curves as CSV: class, size, threshold, recall, precision; classes without objects of a
/// size are left out. 101 rows a class, size and threshold.
std::string pr_curves_csv(const BoxDataset& truth, const CocoFigures& figures);

}  // namespace plumbline
