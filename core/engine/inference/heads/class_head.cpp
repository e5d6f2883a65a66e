#include "core/engine/inference/heads/class_head.h"

#include <algorithm>
#include <limits>
#include <map>
#include <memory>
#include <mutex>

#include <ATen/TensorOperators.h>
#include <ATen/ops/abs.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/log_softmax.h>
#include <c10/util/Exception.h>
#include <fmt/format.h>

#include "core/engine/inference/heads/class_figures.h"
#include "core/engine/inference/heads/queued_on_host.h"
#include "core/predictions/class_predictions.h"
#include "core/study/output_kind.h"

namespace plumbline {

namespace {

/// Which of several tensors has a column for each class, for the hint where the card names none.
std::string fitting_tensor(const NetworkOutput& given, const ModelCard& card) {
  const auto classes = static_cast<std::int64_t>(card.classes.size());
  const OutputTensor* fitting = nullptr;
  for (const OutputTensor& entry : given.tensors()) {
    if (entry.tensor.dim() != 2 || entry.tensor.size(1) != classes) continue;
    if (fitting) return {};
    fitting = &entry;
  }
  return fitting ? fitting->name : std::string();
}

/// What to do about a model with one output for two classes. Softmax of (0, z) is sigmoid(z).
constexpr std::string_view one_logit_hint =
    "make the model give two: torch.cat([torch.zeros_like(z), z], 1) of a logit z, or torch.cat([1 "
    "- p, p], 1) of a probability p with the kind 'probabilities'";

Result<void> check_classes(const NetworkOutput& given, const ModelCard& card,
                           const std::string& where) {
  const auto wrong = [&](std::string message) {
    return bad_input(std::move(message), where, "correct the model card or the model");
  };
  const auto& kind = std::get<ClassOutput>(card.output.details);
  const auto picked = given.tensor(kind.tensor);
  if (!picked) {
    const std::string fitting = kind.tensor.empty() ? fitting_tensor(given, card) : std::string();
    return bad_input(picked.error().message, where,
                     fitting.empty()
                         ? picked.error().hint
                         : fmt::format("the card names {} classes, as '{}' has: \"output\": {{…, "
                                       "\"tensor\": \"{}\"}}",
                                       card.classes.size(), fitting, fitting));
  }
  const at::Tensor output = picked->to(at::kCPU, at::kFloat);
  if (output.dim() != 2 || output.size(0) != 2) {
    std::string shape;
    for (const auto side : output.sizes())
      shape += (shape.empty() ? "" : " × ") + std::to_string(side);
    const bool flat = output.dim() == 4 && output.size(2) == 1 && output.size(3) == 1;
    return bad_input(
        fmt::format("the output is {}, not batch × classes, as it must be for the output kind '{}'",
                    shape, card.output.kind),
        where, flat ? "make the model end with flatten(1)" : "correct the model card or the model");
  }
  if (output.size(1) == 1 && card.classes.size() == 2)
    return bad_input("the model gives 1 output for the 2 classes that its card names", where,
                     std::string(one_logit_hint));
  if (!card.classes.empty() && output.size(1) != static_cast<std::int64_t>(card.classes.size()))
    return wrong(fmt::format("the model gives {} classes, its card names {}", output.size(1),
                             card.classes.size()));
  if (output.size(1) > max_classes) return wrong("the model gives too many classes");
  if (!at::isfinite(output).all().item<bool>()) return wrong("the output is not finite");
  const bool sums_to_one = output.ge(0).all().item<bool>() &&
                           (output.sum(1) - 1).abs().lt(sum_tolerance).all().item<bool>();
  if (kind.probabilities && !sums_to_one)
    return wrong(
        "the card's output kind is 'probabilities', but the output does not sum to 1: it "
        "may be 'logits'");
  if (!kind.probabilities && sums_to_one && output.size(1) > 1)
    return wrong(
        "the card's output kind is 'logits', but the output sums to 1: it may be "
        "'probabilities'");
  return {};
}

/// The classes that a run's models have and its data set has not, each name once: what two models
/// call alike has one place. It grows where a model without names gives more outputs than were
/// known, also while others read it.
class FurtherNumbers {
 public:
  /// The number of a name among them, from 0; a name that is new is added.
  std::size_t number(const std::string& name) {
    const std::lock_guard lock(mutex_);
    const auto place = static_cast<std::size_t>(std::ranges::find(names_, name) - names_.begin());
    if (place == names_.size()) names_.push_back(name);
    return place;
  }
  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return names_.size();
  }
  FurtherClasses first(std::size_t count) const {
    const std::lock_guard lock(mutex_);
    return {names_.begin(),
            names_.begin() + static_cast<std::ptrdiff_t>(std::min(count, names_.size()))};
  }

 private:
  mutable std::mutex mutex_;
  FurtherClasses names_;
};

/// What is known of one model: how its outputs become log-probabilities of the data set's classes.
struct ClassModel {
  ClassOutput output;
  ClassMatch match;
  std::size_t dataset_classes;
  std::vector<std::string> names;  ///< of its outputs; empty where its card has none
  std::shared_ptr<FurtherNumbers> further;
  mutable at::Tensor index = {};    ///< of each output, on the device, once it is needed there
  mutable std::int64_t places = 0;  ///< up to the last of them

  /// The data set's class of an output, or its place behind them.
  std::size_t place_of(std::size_t i) const {
    if (i < match.to_dataset.size() && match.to_dataset[i] < dataset_classes)
      return match.to_dataset[i];
    return dataset_classes + further->number(i < names.size() ? names[i] : std::to_string(i));
  }

  /// [batch, outputs] in float32 whatever the network computed in. NaN where a row is no
  /// distribution: it is not finite, or probabilities do not sum to 1.
  at::Tensor log_probs(const NetworkOutput& given) const {
    const auto picked = given.tensor(output.tensor);
    TORCH_CHECK(picked, to_string(picked.error()));
    const at::Tensor values = picked->to(at::kFloat);
    const auto least = static_cast<std::int64_t>(match.to_dataset.size());
    TORCH_CHECK(
        values.dim() == 2 && (names.empty() ? values.size(1) >= least : values.size(1) == least),
        fmt::format("the model gives a number of classes other than {}", least));
    const at::Tensor own = output.probabilities ? values.log() : at::log_softmax(values, 1);
    if (!output.probabilities) return own;
    const at::Tensor odd = (values.sum(1) - 1).abs().gt(sum_tolerance).unsqueeze(1);
    return own.masked_fill(odd, std::numeric_limits<float>::quiet_NaN());
  }

  /// Finds the place of each of so many outputs.
  void place_outputs(std::int64_t outputs, c10::Device device) const {
    if (index.defined() && index.device() == device && index.size(0) == outputs) return;
    index = at::empty({outputs}, at::kLong);
    places = static_cast<std::int64_t>(dataset_classes);
    for (std::int64_t i = 0; i < outputs; ++i) {
      const auto place = static_cast<std::int64_t>(place_of(static_cast<std::size_t>(i)));
      index.mutable_data_ptr<std::int64_t>()[i] = place;
      places = std::max(places, place + 1);
    }
    index = index.to(device);
  }

  /// [batch, classes] in the data set's order, once the outputs have their places.
  at::Tensor spread(const at::Tensor& own, std::int64_t classes) const {
    at::Tensor spread =
        at::full({own.size(0), classes}, -std::numeric_limits<float>::infinity(), own.options());
    return spread.index_copy_(1, index, own);
  }
};

template <class T>
void copy_out(const at::Tensor& tensor, std::vector<T>& out) {
  const at::Tensor host = tensor.to(at::kCPU).contiguous();
  const T* values = host.const_data_ptr<T>();
  out.assign(values, values + host.numel());
}

class ClassShard final : public ShardOutput {
 public:
  ClassShard(const RunInfo& run, const ShardRange& range, std::vector<const ClassModel*> models,
             int classes, c10::Device device)
      : models_(std::move(models)) {
    content_.first = range.first;
    content_.count = range.count;
    content_.classes = classes;
    for (const std::size_t voter : range.voters) content_.voters.push_back(run.voters[voter]);
    const auto rows = static_cast<std::int64_t>(models_.size());
    const auto on_device = at::TensorOptions(device).dtype(at::kFloat);
    log_probs_ = at::empty({rows, range.count, classes}, on_device);
    confidence_ = at::empty({rows, range.count}, on_device);
    predicted_ = at::empty({rows, range.count}, on_device.dtype(at::kInt));
  }

  void take(std::size_t row, std::int64_t first, const NetworkOutput& output) override {
    const at::Tensor own = models_[row]->log_probs(output);
    models_[row]->place_outputs(own.size(1), own.device());
    widen(models_[row]->places);
    const at::Tensor log_probs = models_[row]->spread(own, content_.classes);
    const at::Tensor absent = own.isnan().any(1);
    const auto [top, top_class] = log_probs.max(1);
    const auto r = static_cast<std::int64_t>(row);
    const auto n = log_probs.size(0);
    log_probs_[r].narrow(0, first, n).copy_(log_probs);
    confidence_[r].narrow(0, first, n).copy_(top.exp());
    predicted_[r].narrow(0, first, n).copy_(top_class.masked_fill(absent, -1));
  }

  void begin_download() override {
    for (at::Tensor* tensor : {&predicted_, &confidence_, &log_probs_})
      *tensor = queued_on_host(*tensor);
  }

  void finish(std::span<const SampleInfo> samples, std::span<const Unread> unread) override {
    content_.log_prob_label.assign(content_.voters.size() * samples.size(),
                                   std::numeric_limits<float>::quiet_NaN());
    copy_out(predicted_, content_.predicted);
    copy_out(confidence_, content_.confidence);
    copy_out(log_probs_, content_.log_probs);
    log_probs_ = confidence_ = predicted_ = at::Tensor();
    const auto width = static_cast<std::size_t>(content_.classes);
    content_.further = models_.front()->further->first(width - models_.front()->dataset_classes);
    for (std::size_t cell = 0; cell < content_.predicted.size(); ++cell) {
      if (content_.predicted[cell] >= 0) continue;
      content_.confidence[cell] = 0;
      std::fill_n(content_.log_probs.begin() + static_cast<std::ptrdiff_t>(cell * width), width,
                  -std::numeric_limits<float>::infinity());
      odd_outputs_.push_back({static_cast<std::int64_t>(cell % samples.size()),
                              static_cast<int>(cell / samples.size())});
    }
    for (const Unread& gap : unread)
      for (std::size_t row = 0; row < models_.size(); ++row) {
        if (gap.row != Unread::every_row && gap.row != static_cast<int>(row)) continue;
        const auto cell = row * samples.size() + static_cast<std::size_t>(gap.sample);
        content_.predicted[cell] = -1;
        content_.confidence[cell] = 0;
        std::fill_n(content_.log_probs.begin() + static_cast<std::ptrdiff_t>(cell * width), width,
                    -std::numeric_limits<float>::infinity());
      }
    for (std::size_t cell = 0; cell < content_.predicted.size(); ++cell) {
      const ClassIndex label = samples[cell % samples.size()].label;
      if (label < width && content_.predicted[cell] >= 0)
        content_.log_prob_label[cell] = content_.log_probs[cell * width + label];
    }
  }

  PredictionDraft draft() const override { return draft_of(content_); }
  std::span<const Unread> odd_outputs() const override { return odd_outputs_; }

  const ClassPredictions& content() const { return content_; }

 private:
  /// More places than were known of, for a model whose card does not say how many outputs it has.
  void widen(std::int64_t classes) {
    const std::int64_t further = classes - content_.classes;
    if (further <= 0) return;
    TORCH_CHECK(classes <= max_classes,
                "the data set and the model have too many classes together");
    const at::Tensor none = at::full({log_probs_.size(0), log_probs_.size(1), further},
                                     -std::numeric_limits<float>::infinity(), log_probs_.options());
    log_probs_ = at::cat({log_probs_, none}, 2);
    content_.classes = static_cast<int>(classes);
  }

  std::vector<const ClassModel*> models_;  ///< per row
  std::vector<Unread> odd_outputs_;
  at::Tensor log_probs_, confidence_, predicted_;
  ClassPredictions content_;
};

class ClassRunFigures final : public RunFigures {
 public:
  explicit ClassRunFigures(const RunInfo& run) : figures_(run) {}

  Result<void> load(const Study& study) override { return figures_.load(study); }
  void add(const ShardRange& range, const ShardOutput& output, std::span<const SampleInfo> samples,
           Job& job) override {
    figures_.add(range, static_cast<const ClassShard&>(output).content(), samples, job);
  }
  void report(std::size_t voter, Job& job) const override { figures_.report(voter, job); }
  std::int64_t counted(std::size_t voter) const override { return figures_.voter(voter).judged; }
  std::int64_t unreadable() const override { return figures_.unreadable(); }
  void summarise(std::size_t voter, nlohmann::ordered_json& entry) const override {
    entry["accuracy"] = nullptr;
    if (counted(voter) > 0) entry["accuracy"] = figures_.voter(voter).fraction();
  }

 private:
  ClassFigures figures_;
};

class ClassHead final : public OutputHead {
 public:
  Result<void> add_model(const ModelInfo& model, DatasetInfo& dataset,
                         std::vector<StoredWarning>& warnings) override {
    auto match = match_with_warnings(model, dataset, "its samples count as mispredicted", warnings);
    TRY(match);
    ClassModel added{std::get<ClassOutput>(model.card.output.details), std::move(*match),
                     dataset.classes.size(), model.card.classes, further_};
    added.place_outputs(static_cast<std::int64_t>(added.match.to_dataset.size()), at::kCPU);
    classes_ = static_cast<int>(dataset.classes.size() + further_->size());
    if (classes_ > max_classes)
      return bad_input("the data set and the models have too many classes together", model.name);
    models_.emplace(model.name, std::move(added));
    return {};
  }

  std::unique_ptr<ShardOutput> begin(const RunInfo& run, const ShardRange& range,
                                     c10::Device device) override {
    std::vector<const ClassModel*> models;
    for (const std::size_t voter : range.voters) {
      models.push_back(&models_.at(run.voters[voter].model));
    }
    return std::make_unique<ClassShard>(run, range, std::move(models), classes_, device);
  }

  std::unique_ptr<RunFigures> figures(const RunInfo& run) const override {
    return std::make_unique<ClassRunFigures>(run);
  }

 private:
  std::map<std::string, ClassModel> models_;  ///< by name
  std::shared_ptr<FurtherNumbers> further_ = std::make_shared<FurtherNumbers>();
  int classes_ = 0;  ///< the data set's and further ones of the models
};

}  // namespace

const HeadKind& class_head() {
  static constexpr HeadKind head = {"classes", check_classes, []() -> std::unique_ptr<OutputHead> {
                                      return std::make_unique<ClassHead>();
                                    }};
  return head;
}

}  // namespace plumbline
