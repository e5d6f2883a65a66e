#pragma once
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/engine/planer/parameters.h"
#include "core/engine/planer/segment.h"
#include "core/planer/backbone_config.h"
#include "core/planer/option.h"

namespace plumbline {

/// Residual and layer normalisation around what a slot computes: norm(x + f(x)) or x + f(norm(x)).
struct ResidualNorm {
  at::Tensor weight, bias;
  NormPlace place = NormPlace::post;
  std::int64_t width = 0;
  static ResidualNorm make(ParameterSet& parameters, const std::string& prefix,
                           const BackboneConfig& config);
  at::Tensor normalised(const at::Tensor& x) const;
  /// What the slot's computation sees, and what comes of its result.
  at::Tensor before(const at::Tensor& x) const;
  at::Tensor after(const at::Tensor& x, const at::Tensor& change) const;
};

/// Options of a slot that share weights: all numbers of attention heads, all widths and numbers of
/// experts. A further kind of option is one class derived from this, its entry in slot_families()
/// and its entry in core/planer/option.cpp.
class SlotFamily {
 public:
  virtual ~SlotFamily() = default;

  /// The outputs of those options, in that order: [batch, length, d_model], residual and
  /// normalisation included. `memory`: what this slot saw before, [batch, memory, d_model]; may be
  /// undefined. `balance`: a load-balance loss is added to it (Switch: N·Σ f_e·P_e), where there is
  /// one.
  virtual std::vector<at::Tensor> forward(std::span<const OptionIndex> options, const at::Tensor& x,
                                          const at::Tensor& memory, const SegmentContext& context,
                                          at::Tensor* balance) = 0;

  /// For one option at inference: what it keeps between steps and computes at each.
  class Step {
   public:
    virtual ~Step() = default;
    /// x: [batch, length, d_model] → the same; reads and renews its memory in place, so that it can
    /// be captured in a graph.
    virtual at::Tensor forward(const at::Tensor& x) = 0;
    /// Sets the memory from what the slot saw: [batch, memory, d_model]. `seen` is 0 then.
    virtual void remember(const at::Tensor& seen) { static_cast<void>(seen); }
  };
  /// `window` and `distances` as in SegmentContext, for full memory of `memory` tokens.
  struct StepShape {
    std::int64_t batch = 0, length = 0, memory = 0, window = 0;
    at::Tensor distances;
    /// int64 [1]: tokens of all steps so far, which all rings turn by; who steps a network adds to
    /// it when all slots are done.
    at::Tensor seen;
  };
  virtual std::unique_ptr<Step> make_step(OptionIndex option, const StepShape& shape) = 0;

  /// Whether an option looks at the memory.
  virtual bool uses_memory() const { return false; }
};

/// Makes a family with what the given options need.
struct SlotFamilyKind {
  OptionKind kind;
  std::unique_ptr<SlotFamily> (*make)(ParameterSet& parameters, const std::string& prefix,
                                      const BackboneConfig& config,
                                      std::span<const OptionIndex> options);
};
std::span<const SlotFamilyKind> slot_families();

std::unique_ptr<SlotFamily> make_attention_family(ParameterSet& parameters,
                                                  const std::string& prefix,
                                                  const BackboneConfig& config,
                                                  std::span<const OptionIndex> options);
std::unique_ptr<SlotFamily> make_feed_forward_family(ParameterSet& parameters,
                                                     const std::string& prefix,
                                                     const BackboneConfig& config,
                                                     std::span<const OptionIndex> options);
std::unique_ptr<SlotFamily> make_experts_family(ParameterSet& parameters, const std::string& prefix,
                                                const BackboneConfig& config,
                                                std::span<const OptionIndex> options);

/// The slot's activation: ReLU, or GELU's tanh form.
at::Tensor activated(const at::Tensor& x, Activation activation);

}  // namespace plumbline
