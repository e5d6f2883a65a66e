#pragma once
#include <string>

#include "core/types/voter.h"

namespace plumbline {

/// Whose predictions on which split (DESIGN 2), by names alone: a machine that has no study's
/// database knows them too.
struct VoterKey {
  std::string dataset, split;
  Voter voter;
  std::string precision;    ///< fp32, tf32, bf16, fp16, or "imported"
  std::string decoder;      ///< of the images, or "imported"
  std::string device_kind;  ///< "cpu", "cuda", or "imported"
  View condition = {};      ///< before the voter's own view; identity: none
  friend bool operator==(const VoterKey&, const VoterKey&) = default;
};

}  // namespace plumbline
