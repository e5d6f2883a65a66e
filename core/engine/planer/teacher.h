#pragma once
#include <memory>

#include "core/engine/planer/language_model.h"

namespace plumbline {

/// A finished network that another one learns from beside the text (knowledge distillation, Hinton
/// et al. 2015): the loss is (1 − weight) · cross-entropy with the text + weight · cross-entropy
/// with the teacher's probabilities. It reads the same segments, with a memory of its own.
struct Teacher {
  std::shared_ptr<LanguageModel> model;
  Architecture architecture;
  double weight = 0;  ///< 0 to 1
};

}  // namespace plumbline
