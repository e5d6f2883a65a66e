#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/engine/training/checkpoint.h"

namespace plumbline {

/// How a parameter begins and whether it decays.
enum class ParameterRole {
  weight,  ///< normal, 0.02 wide (Transformer-XL's and GPT-2's); decays
  bias,    ///< 0
  scale,   ///< 1
  logits,  ///< 0; of an architecture, trained by an optimizer of its own
};

/// The parameters of a language model by name (core/planer/key_map.h lists the names). Masters are
/// float32. Where a network computes in a shorter type, each parameter has a copy of that type,
/// which forward passes use and which gathers the gradient; `refresh` renews the copies.
class ParameterSet {
 public:
  ParameterSet(std::uint64_t seed, at::Device device, at::ScalarType compute);

  /// Makes a parameter: its values depend on seed and name alone.
  at::Tensor make(const std::string& name, ParameterRole role,
                  const std::vector<std::int64_t>& shape);

  struct Parameter {
    std::string name;
    ParameterRole role;
    at::Tensor master, compute;  ///< the same tensor where the types are
  };
  std::vector<Parameter>& all() { return all_; }
  const std::vector<Parameter>& all() const { return all_; }
  const Parameter* find(std::string_view name) const;
  std::int64_t count() const;  ///< of values

  /// Copies masters to the computing copies.
  void refresh();

  NamedTensors masters() const;

  at::Device device() const { return device_; }
  at::ScalarType type() const { return compute_; }

 private:
  std::uint64_t seed_;
  at::Device device_;
  at::ScalarType compute_;
  std::vector<Parameter> all_;
  std::unordered_map<std::string, std::size_t> by_name_;
};

/// A number made of others, for seeds: splitmix64's mixing.
std::uint64_t mixed_seed(std::uint64_t seed, std::uint64_t a, std::uint64_t b = 0);

}  // namespace plumbline
