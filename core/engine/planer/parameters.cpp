#include "core/engine/planer/parameters.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/grad_mode.h>

namespace plumbline {

namespace {

constexpr double initial_width = 0.02;

std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 14695981039346656037ULL;  // FNV-1a
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return hash;
}

}  // namespace

std::uint64_t mixed_seed(std::uint64_t seed, std::uint64_t a, std::uint64_t b) {
  std::uint64_t x = seed;
  for (const std::uint64_t part : {a, b}) {
    x += part + 0x9e3779b97f4a7c15ULL;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    x ^= x >> 31;
  }
  return x;
}

ParameterSet::ParameterSet(std::uint64_t seed, at::Device device, at::ScalarType compute)
    : seed_(seed), device_(device), compute_(compute) {}

at::Tensor ParameterSet::make(const std::string& name, ParameterRole role,
                              const std::vector<std::int64_t>& shape) {
  const at::NoGradGuard no_grad;
  at::Tensor values = at::zeros(shape, at::kFloat);
  if (role == ParameterRole::scale) values.fill_(1.0);
  if (role == ParameterRole::weight) {
    // A generator of its own, so that the order of making does not matter.
    auto generator = at::detail::createCPUGenerator(mixed_seed(seed_, hash_of(name)));
    values.normal_(0.0, initial_width, generator);
  }
  const at::Tensor master = values.to(device_);
  at::Tensor compute = compute_ == at::kFloat ? master : master.to(compute_);
  compute.set_requires_grad(true);
  by_name_.emplace(name, all_.size());
  all_.push_back({name, role, master, compute});
  return compute;
}

const ParameterSet::Parameter* ParameterSet::find(std::string_view name) const {
  const auto found = by_name_.find(std::string(name));
  return found == by_name_.end() ? nullptr : &all_[found->second];
}

std::int64_t ParameterSet::count() const {
  std::int64_t sum = 0;
  for (const auto& parameter : all_) sum += parameter.master.numel();
  return sum;
}

void ParameterSet::refresh() {
  if (compute_ == at::kFloat) return;
  const at::NoGradGuard no_grad;
  std::vector<at::Tensor> to, from;
  for (auto& parameter : all_) {
    to.push_back(parameter.compute);
    from.push_back(parameter.master);
  }
  at::_foreach_copy_(to, from);
}

NamedTensors ParameterSet::masters() const {
  NamedTensors named;
  for (const auto& parameter : all_) named.emplace_back(parameter.name, parameter.master.detach());
  return named;
}

}  // namespace plumbline
