#include "core/engine/planer/weight_trainer.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iterator>
#include <numbers>
#include <tuple>

#include <ATen/ATen.h>
#include <ATen/Context.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include "core/engine/planer/memory_file.h"
#include "core/types/number.h"

namespace plumbline {

namespace {
/// Eager steps before one is captured, so that all that is made at first use exists.
constexpr int steps_before_capture = 3;

Memory cloned(const Memory& memory) {
  Memory copy;
  for (const at::Tensor& slot : memory) copy.push_back(slot.defined() ? slot.clone() : slot);
  return copy;
}
}  // namespace

WeightTrainer::WeightTrainer(LanguageModel& model, TokenLanes lanes,
                             const WeightTrainerSettings& settings, std::optional<Teacher> teacher,
                             RankSum* ranks)
    : model_(model),
      ranks_(ranks),
      all_lanes_(lanes.batch()),
      share_(share_of(all_lanes_, ranks)),
      lanes_(lanes.some(share_.first, share_.count)),
      settings_(settings),
      adamw_(model.parameters(), settings.adamw),
      teacher_(std::move(teacher)),
      memory_(model.options().size() + (teacher_ ? teacher_->model->options().size() : 0)),
      input_(at::zeros({lanes_.batch(), lanes_.length()},
                       at::TensorOptions(model.parameters().device()).dtype(at::kLong))),
      target_(at::zeros_like(input_)),
      rate_(at::zeros({}, at::TensorOptions(model.parameters().device()).dtype(at::kFloat))),
      sums_(at::zeros({3}, at::TensorOptions(model.parameters().device()).dtype(at::kDouble))) {}

double WeightTrainer::learning_rate() const {
  const auto step = static_cast<double>(done_), all = static_cast<double>(settings_.steps),
             rise = static_cast<double>(settings_.warm_up);
  double share = 1;
  if (step < rise) {
    share = (step + 1) / rise;
  } else if (all > rise) {
    const double along = std::min(1.0, (step - rise) / (all - rise));
    share = settings_.last_rate +
            (1 - settings_.last_rate) * 0.5 * (1 + std::cos(std::numbers::pi * along));
  }
  return settings_.learning_rate * share * slower_;
}

std::pair<at::Tensor, at::Tensor> WeightTrainer::taught_loss(const at::Tensor& hidden,
                                                             Memory& renewed) {
  at::Tensor expected;
  {
    const at::NoGradGuard no_grad;
    const auto own = memory_.begin() + static_cast<std::ptrdiff_t>(model_.options().size());
    auto seen = teacher_->model->forward(input_, Memory(own, memory_.end()), settings_.memory,
                                         {teacher_->architecture, {}}, false);
    expected = teacher_->model->log_probabilities(seen.hidden).exp();
    std::ranges::move(seen.memory, std::back_inserter(renewed));
  }
  const at::Tensor said = model_.log_probabilities(hidden);
  const at::Tensor loss = at::nll_loss(said, target_.flatten());
  const at::Tensor taught = (expected * said).sum(-1).mean().neg();
  return {loss * (1 - teacher_->weight) + taught * teacher_->weight, loss};
}

Memory WeightTrainer::compute(const Mixture& mixture) {
  const auto slots = static_cast<std::ptrdiff_t>(model_.options().size());
  auto output = model_.forward(input_, Memory(memory_.begin(), memory_.begin() + slots),
                               settings_.memory, mixture, true);
  at::Tensor loss, whole;
  if (teacher_)
    std::tie(whole, loss) = taught_loss(output.hidden, output.memory);
  else
    whole = loss = model_.losses(output.hidden, target_).mean();
  if (output.balance.defined()) whole = whole + output.balance * settings_.balance;
  // Shares are equal: what is a mean over one counts by their number.
  if (ranks_ != nullptr) whole = whole * (1.0 / ranks_->ranks());
  whole.backward();
  const at::NoGradGuard no_grad;
  const at::Tensor balance =
      output.balance.defined() ? output.balance.detach() : at::zeros_like(loss.detach());
  at::Tensor figures = at::stack({loss.detach(), balance});
  if (ranks_ != nullptr) figures = figures * (1.0 / ranks_->ranks());
  const at::Tensor norm = adamw_.step(rate_, ranks_, &figures);
  sums_ += at::stack({figures.select(0, 0), norm.to(loss.device()), figures.select(0, 1)})
               .to(at::kDouble);
  return std::move(output.memory);
}

bool WeightTrainer::can_be_captured(const Mixture& mixture) const {
  if (!model_.parameters().device().is_cuda() || mixture.weights.defined() ||
      repeated_ < steps_before_capture || !capturable_ || model_.config().dropout > 0 ||
      model_.config().attention_dropout > 0)
    return false;
  // Experts in other types read their counts on the host (kernels/expert_feed_forward.h).
  if (model_.parameters().type() != at::kBFloat16)
    for (const Architecture& chosen :
         {mixture.chosen, teacher_ ? teacher_->architecture : Architecture()})
      for (const OptionIndex option : chosen)
        if (slot_option(option).kind == OptionKind::experts) return false;
  return std::ranges::all_of(memory_, [&](const at::Tensor& slot) {
    return !slot.defined() || slot.size(1) == settings_.memory;
  });
}

bool WeightTrainer::run_captured(const Mixture& mixture) {
  const at::NoGradGuard no_grad;
  if (!graph_ || captured_ != mixture.chosen) {
    graph_.reset();
    graph_memory_.clear();
    for (const at::Tensor& slot : memory_)
      graph_memory_.push_back(slot.defined() ? slot.clone() : at::Tensor());
    memory_ = graph_memory_;
    captured_ = mixture.chosen;
    const auto work = [this, mixture] {
      const at::AutoGradMode grad(true);
      const Memory renewed = compute(mixture);
      const at::NoGradGuard none;
      for (std::size_t i = 0; i < renewed.size(); ++i)
        if (renewed[i].defined()) memory_[i].copy_(renewed[i]);
    };
    try {
      graph_.emplace(RepeatedWork::captured(model_.parameters().device(), work));
    } catch (const std::exception&) {
      // Something in it waits for the device: nothing was computed, and steps are launched one by
      // one.
      for (auto& parameter : model_.parameters().all()) parameter.compute.mutable_grad().reset();
      capturable_ = false;
      return false;
    }
  }
  for (std::size_t i = 0; i < memory_.size(); ++i)
    if (memory_[i].defined() && !memory_[i].is_same(graph_memory_[i]))
      graph_memory_[i].copy_(memory_[i]);
  memory_ = graph_memory_;
  graph_->run();
  return true;
}

void WeightTrainer::step(const Mixture& mixture) {
  // Each rank drops others: the same in all shares would be less chance than there seems.
  const auto rank = static_cast<std::uint64_t>(ranks_ == nullptr ? 0 : ranks_->rank());
  at::manual_seed(mixed_seed(settings_.seed, 1 + (rank << 32), static_cast<std::uint64_t>(done_)));
  const std::int64_t segment = done_ % lanes_.segments();
  // At the text's end the lanes begin anew, and nothing is before them.
  if (segment == 0) memory_.assign(memory_.size(), at::Tensor());
  const auto [input, target] = lanes_.segment(segment);
  input_.copy_(input);
  target_.copy_(target);
  rate_.fill_(learning_rate());
  repeated_ = mixture.chosen == last_ && !mixture.weights.defined() ? repeated_ + 1 : 0;
  last_ = mixture.chosen;
  if (!can_be_captured(mixture) || !run_captured(mixture)) memory_ = compute(mixture);
  ++counted_;
  ++done_;
}

WeightTrainer::Reading WeightTrainer::read() {
  const at::Tensor host = sums_.to(at::kCPU);
  const double* sums = host.const_data_ptr<double>();
  const double n = std::max<double>(1, static_cast<double>(counted_));
  const Reading reading{sums[0] / n, sums[1] / n, sums[2] / n};
  sums_.zero_();
  counted_ = 0;
  return reading;
}

NamedTensors WeightTrainer::state() const {
  if (ranks_ == nullptr) return state_with(memory_);
  Memory whole;
  for (const at::Tensor& slot : memory_)
    whole.push_back(slot.defined() ? ranks_->gathered(slot).flatten(0, 1) : slot);
  return state_with(whole);
}

NamedTensors WeightTrainer::state_with(const Memory& memory) const {
  NamedTensors named;
  for (const auto& [name, tensor] : model_.parameters().masters())
    named.emplace_back("weights." + name, tensor);
  for (auto& [name, tensor] : adamw_.state()) named.emplace_back(name, tensor);
  const std::size_t slots = model_.options().size();
  for (std::size_t i = 0; i < memory.size(); ++i)
    if (memory[i].defined())
      named.emplace_back(
          i < slots ? fmt::format("memory.{}", i) : fmt::format("memory.teacher.{}", i - slots),
          memory[i]);
  named.emplace_back("sums", sums_);
  return named;
}

SafetensorsMetadata WeightTrainer::place() const {
  return {{"step", std::to_string(done_)},
          {"counted", std::to_string(counted_)},
          {"slower", shortest(slower_)}};
}

Result<void> WeightTrainer::restore(const SafetensorsFile& file, const std::string& where,
                                    const NamedTensors& others) {
  const auto number = [&](std::string_view key) {
    const std::string* text = file.find_metadata(key);
    return text ? parse_number(*text) : std::nullopt;
  };
  const auto step = number("step"), counted = number("counted"), slower = number("slower");
  if (!step || !counted || !slower || *step < 0 || *step > static_cast<double>(settings_.steps))
    return bad_input("the checkpoint is damaged", where, "remove it and begin again");
  // Of all lanes, by however many ranks they were shared.
  auto memory = memory_like(file, "memory.", model_, all_lanes_, settings_.memory, where);
  if (!memory) return tl::unexpected(memory.error());
  if (teacher_) {
    auto taught =
        memory_like(file, "memory.teacher.", *teacher_->model, all_lanes_, settings_.memory, where);
    if (!taught) return tl::unexpected(taught.error());
    std::ranges::move(*taught, std::back_inserter(*memory));
  }
  NamedTensors all = state_with(*memory);
  all.insert(all.end(), others.begin(), others.end());
  if (auto loaded = load_tensors(file, all, where); !loaded) return loaded;
  memory_ = std::move(*memory);
  if (ranks_ != nullptr)
    for (at::Tensor& slot : memory_)
      if (slot.defined()) slot = slot.narrow(0, share_.first, share_.count).contiguous();
  model_.parameters().refresh();
  done_ = static_cast<std::int64_t>(*step);
  counted_ = static_cast<std::int64_t>(*counted);
  slower_ = *slower;
  return {};
}

WeightTrainer::Snapshot WeightTrainer::snapshot() const {
  Snapshot snapshot{{}, cloned(memory_), done_, counted_};
  for (const auto& [name, tensor] : state_with(memory_))
    if (!name.starts_with("memory.")) snapshot.tensors.emplace_back(name, tensor.clone());
  return snapshot;
}

void WeightTrainer::go_back(const Snapshot& snapshot) {
  const at::NoGradGuard no_grad;
  memory_ = cloned(snapshot.memory);
  std::size_t i = 0;
  for (const auto& [name, tensor] : state_with(memory_)) {
    if (name.starts_with("memory.")) continue;
    tensor.copy_(snapshot.tensors[i++].second);
  }
  done_ = snapshot.done;
  counted_ = snapshot.counted;
  model_.parameters().refresh();
}

}  // namespace plumbline
