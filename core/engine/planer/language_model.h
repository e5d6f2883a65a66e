#pragma once
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/engine/planer/parameters.h"
#include "core/engine/planer/segment.h"
#include "core/engine/planer/slot_family.h"
#include "core/engine/planer/token_layers.h"
#include "core/planer/architecture.h"
#include "core/planer/backbone_config.h"

namespace plumbline {

/// Which options each slot may have: of one network one a slot, of a super-network all of them.
using SlotOptions = std::vector<std::vector<OptionIndex>>;
SlotOptions options_of(const Architecture& architecture);
/// Every usable option in every slot.
SlotOptions every_option(const BackboneConfig& config);

/// What each slot saw of the segments before, newest last: [batch, ≤ memory, d_model] each, without
/// gradient; undefined for slots that do not look back.
using Memory = std::vector<at::Tensor>;

/// How the slots' options are weighed in a forward pass.
struct Mixture {
  /// One option a slot …
  Architecture chosen;
  /// … or, where this is defined, all of them: [slots, options of the table], rows of
  /// probabilities.
  at::Tensor weights;
};

/// A Transformer language model with recurrence memory whose slots hold options (DOMAIN 2):
/// Transformer-XL (Dai et al. 2019) or, with learned positions, GPT-2. Computes in its parameters'
/// type; the loss in float32.
class LanguageModel {
 public:
  LanguageModel(const BackboneConfig& config, const SlotOptions& options, std::uint64_t seed,
                at::Device device, at::ScalarType compute);

  struct Output {
    at::Tensor hidden;   ///< [batch, length, d_model]
    at::Tensor balance;  ///< load-balance loss of all experts; undefined without any
    Memory memory;       ///< for the next segment
  };
  /// tokens: int64 [batch, length]. `capacity`: tokens of memory that are kept.
  Output forward(const at::Tensor& tokens, const Memory& memory, std::int64_t capacity,
                 const Mixture& mixture, bool training);

  /// Losses by token, float32 [batch · length], nats.
  at::Tensor losses(const at::Tensor& hidden, const at::Tensor& targets) const;
  /// hidden → [batch · length, vocabulary], float32.
  at::Tensor log_probabilities(const at::Tensor& hidden) const;

  const BackboneConfig& config() const { return config_; }
  const SlotOptions& options() const { return options_; }
  ParameterSet& parameters() { return parameters_; }
  const ParameterSet& parameters() const { return parameters_; }
  const TokenEmbedding& embedding() const { return embedding_; }
  const TokenSoftmax& softmax() const { return softmax_; }
  /// Of learned positions: [train.length, d_model]; else undefined.
  const at::Tensor& position_table() const { return position_table_; }
  /// The last normalisation of a pre-norm network; else the same.
  at::Tensor finished(const at::Tensor& hidden) const;
  /// The family of a slot that has the option; null for skip.
  SlotFamily* family(std::size_t slot, OptionIndex option) const;

  /// Masks and distances for a segment; kept from one call to the next.
  SegmentContext context(std::int64_t length, std::int64_t memory, std::int64_t capacity,
                         bool training) const;

 private:
  struct Slot {
    std::vector<std::pair<OptionKind, std::unique_ptr<SlotFamily>>> families;
    bool uses_memory = false;
  };
  at::Tensor through(const Slot& slot, std::size_t place, const at::Tensor& x,
                     const at::Tensor& memory, const SegmentContext& context,
                     const Mixture& mixture, at::Tensor* balance) const;

  BackboneConfig config_;
  SlotOptions options_;
  ParameterSet parameters_;
  TokenEmbedding embedding_;
  TokenSoftmax softmax_;
  at::Tensor position_table_, final_weight_, final_bias_;
  std::vector<Slot> slots_;
  mutable SegmentContext kept_;
  mutable std::int64_t kept_capacity_ = -1;
};

}  // namespace plumbline
