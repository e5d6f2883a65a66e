#include "core/engine/training/trainer.h"

#include <cmath>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include "core/engine/inference/repeated_work.h"
#include "core/engine/sums/norm_over_ranks.h"
#include "core/engine/sums/summed_gradients.h"
#include "core/engine/training/detection_loss.h"
#include "core/types/json_object.h"
#include "core/types/number.h"

namespace plumbline {

namespace {

constexpr std::int64_t reports_per_epoch = 20;
/// Steps before one is captured, so that everything made at first use exists.
constexpr std::int64_t steps_before_graph = 3;

/// The largest shift of an augmented image: an eighth of the shorter side (4 at 32, 3 at 28).
std::int64_t largest_shift(const at::Tensor& images) {
  return std::min(images.size(1), images.size(2)) / 8;
}

/// Parameters that the optimizer treats alike.
struct Group {
  std::vector<at::Tensor> parameters, momenta;
  double weight_decay = 0;
};

}  // namespace

namespace {

/// What a network gave for a batch, judged.
struct JudgedBatch {
  at::Tensor loss;     ///< a mean; of a detector by objects, else by images
  at::Tensor objects;  ///< of a detector, how many
  at::Tensor
      right;  ///< float64: images that are right; of a detector the share of its objects found
};

}  // namespace

struct Trainer::State {
  TrainSettings settings;
  TrainData data;
  RankSum* ranks;  ///< null: one process
  std::unique_ptr<TrainableNetwork> network;
  Group decayed, plain;
  std::int64_t classes = 0;
  std::int64_t batch = 0, batches = 0;  ///< of all ranks together
  BatchShare share;                     ///< this rank's part of each batch
  std::int64_t epoch = 0, place = 0;    ///< place: batches done in the epoch
  at::Tensor
      sums;  ///< float64 [2] on the device: loss · images and right ones since the last report
  std::int64_t counted = 0;                ///< images in `sums`
  double epoch_loss = 0, epoch_right = 0;  ///< reported parts of the epoch
  std::int64_t epoch_counted = 0;
  at::Tensor order, down, right, mirrored;  ///< of the epoch that is planned
  std::int64_t planned = -1;
  std::vector<TrainMetric> history;
  // The inputs of a step; on a GPU a step is captured in a CUDA graph, since launching its few
  // hundred kernels one by one takes longer than computing them.
  at::Tensor batch_order, batch_down, batch_right, batch_mirrored;  ///< int64 [share]
  at::Tensor rate_on_device;                                        ///< float32
  double rate = 0;
  std::optional<RepeatedWork> captured;
  bool capturable = true;
  std::int64_t stepped = 0;  ///< by this object

  void plan() {
    if (planned == epoch) return;
    const auto made =
        plan_epoch(settings.seed, epoch, data.images.size(0),
                   settings.augmentation.value_or(Augmentation::none), largest_shift(data.images));
    const auto put = [&](const std::vector<std::int64_t>& numbers) {
      return at::tensor(at::ArrayRef<std::int64_t>(numbers), at::kLong).to(settings.device);
    };
    order = put(made.order);
    down = put(made.down);
    right = put(made.right);
    mirrored = put(made.mirrored);
    planned = epoch;
  }

  std::int64_t seen() const { return (epoch * batches + place) * batch; }

  at::Tensor as_input(const at::Tensor& images) const {
    const auto type = settings.precision == Precision::bf16 ? at::kBFloat16 : at::kFloat;
    return images.to(type).contiguous(at::MemoryFormat::ChannelsLast);
  }

  /// Those of both groups, the decayed first; the parameters have none afterwards.
  std::vector<at::Tensor> take_gradients() {
    std::vector<at::Tensor> gradients;
    for (Group* group : {&decayed, &plain})
      for (at::Tensor& parameter : group->parameters) {
        gradients.push_back(parameter.grad());
        parameter.mutable_grad().reset();
      }
    return gradients;
  }

  void update(Group& group, at::TensorList gradients) const {
    if (group.parameters.empty()) return;
    if (settings.device.is_cuda()) {
      at::_fused_sgd_(group.parameters, gradients, group.momenta, group.weight_decay,
                      settings.momentum, rate_on_device, /*dampening=*/0,
                      /*nesterov=*/settings.momentum > 0, /*maximize=*/false,
                      /*is_first_step=*/false);
      return;
    }
    at::_fused_sgd_(group.parameters, gradients, group.momenta, group.weight_decay,
                    settings.momentum, rate, /*dampening=*/0, /*nesterov=*/settings.momentum > 0,
                    /*maximize=*/false, /*is_first_step=*/false);
  }

  /// Forward, backward and update of the batch that the members name.
  void compute() {
    at::Tensor labels = data.labels.index_select(0, batch_order);
    if (settings.architecture->detector)
      labels = moved_objects(labels, batch_down, batch_right, batch_mirrored, data.images.size(2));
    const at::Tensor images =
        as_input(gather_batch(data.images, batch_order, batch_down, batch_right, batch_mirrored));
    const NormsOverRanks norms(ranks);
    const JudgedBatch judged = judge(network->forward(images, true).to(at::kFloat), labels);
    const at::Tensor loss = ranks == nullptr ? judged.loss : judged.loss * share_of_mean(judged);
    loss.backward();
    const at::NoGradGuard no_grad;
    std::vector<at::Tensor> gradients = take_gradients();
    at::Tensor seen_loss = loss.detach().to(at::kDouble), seen_right = judged.right;
    if (ranks != nullptr) {
      at::Tensor figures = at::stack({loss.detach(), judged.right.to(at::kFloat)});
      gradients = summed_gradients(*ranks, gradients, figures);
      seen_loss = figures.select(0, 0).to(at::kDouble);
      seen_right = figures.select(0, 1).to(at::kDouble);
    }
    const at::TensorList all = gradients;
    update(decayed, all.slice(0, decayed.parameters.size()));
    update(plain, all.slice(decayed.parameters.size()));
    sums += at::stack({seen_loss * static_cast<double>(batch), seen_right});
  }

  /// By what the own share's mean counts in that of the batch: a mean by objects more where there
  /// are more of them.
  at::Tensor share_of_mean(const JudgedBatch& judged) const {
    const at::NoGradGuard no_grad;
    if (!judged.objects.defined()) return at::full({}, 1.0 / ranks->ranks(), judged.loss.options());
    const at::Tensor all = judged.objects.clone();
    ranks->add(all);
    return judged.objects.clamp_min(1) / all.clamp_min(1);
  }

  JudgedBatch judge(const at::Tensor& output, const at::Tensor& labels) const {
    if (settings.architecture->detector) {
      DetectionLoss judged = detection_loss(output, labels, classes);
      return {std::move(judged.loss), std::move(judged.objects), std::move(judged.found)};
    }
    return {at::cross_entropy_loss(output, labels),
            {},
            (output.detach().argmax(1) == labels).sum().to(at::kDouble)};
  }

  /// What `right` is a share of: "accuracy" of classes, "found" of objects.
  std::string figure(const char* of) const {
    return std::string(settings.architecture->detector ? "found/" : "accuracy/") + of;
  }

  /// False where the step cannot be captured; then nothing was done.
  bool replay() {
    if (!settings.device.is_cuda() || !capturable || stepped < steps_before_graph) return false;
    if (!captured) try {
        captured.emplace(RepeatedWork::captured(settings.device, [this] { compute(); }));
      } catch (const std::exception&) {
        // Something in it waits for the device: nothing was computed.
        take_gradients();
        capturable = false;
        return false;
      }
    captured->run();
    return true;
  }

  void record(const std::function<void(const TrainMetric&)>& report, std::string name,
              double value) {
    history.push_back({std::move(name), value, seen()});
    report(history.back());
  }

  Result<void> read_sums(const std::function<void(const TrainMetric&)>& report) {
    const at::Tensor host = sums.to(at::kCPU);
    const double* values = host.const_data_ptr<double>();
    const auto n = static_cast<double>(counted);
    if (!std::isfinite(values[0]))
      return bad_input(
          fmt::format("the loss is no longer finite, in epoch {} of {}, batch {} of {}",
                      epoch + (place == 0 ? 0 : 1), settings.epochs, place == 0 ? batches : place,
                      batches),
          std::string(settings.architecture->name),
          fmt::format("a learning rate below {} may help", shortest(settings.learning_rate)));
    record(report, "loss/train", values[0] / n);
    record(report, "learning_rate", rate);
    epoch_loss += values[0];
    epoch_right += values[1];
    epoch_counted += counted;
    counted = 0;
    sums.zero_();
    return {};
  }

  void validate(const std::function<void(const TrainMetric&)>& report) {
    if (!data.validation_images.defined()) return;
    const at::NoGradGuard no_grad;
    const auto count = data.validation_images.size(0);
    at::Tensor totals = at::zeros({2}, at::TensorOptions(settings.device).dtype(at::kDouble));
    constexpr std::int64_t at_once = 1000;
    // Of several ranks each judges every so many parts.
    const std::int64_t own = ranks == nullptr ? 0 : ranks->rank(),
                       stride = ranks == nullptr ? 1 : ranks->ranks();
    for (std::int64_t first = own * at_once; first < count; first += stride * at_once) {
      const auto n = std::min(at_once, count - first);
      const at::Tensor images = data.validation_images.narrow(0, first, n).permute({0, 3, 1, 2});
      const at::Tensor labels = data.validation_labels.narrow(0, first, n);
      const JudgedBatch judged =
          judge(network->forward(as_input(images), false).to(at::kFloat), labels);
      totals += at::stack({judged.loss.to(at::kDouble) * static_cast<double>(n), judged.right});
    }
    if (ranks != nullptr) ranks->add(totals);
    const at::Tensor host = totals.to(at::kCPU);
    const auto n = static_cast<double>(count);
    record(report, "loss/validation", host.const_data_ptr<double>()[0] / n);
    record(report, figure("validation"), host.const_data_ptr<double>()[1] / n);
  }
};

Trainer::Trainer(const TrainSettings& settings, const ClassifierShape& shape, TrainData data,
                 RankSum* ranks)
    : state_(new State{settings, std::move(data), ranks, nullptr, {}, {}}) {
  State& state = *state_;
  state.classes = shape.classes;
  state.batch = std::min(settings.batch, state.data.images.size(0));
  state.share = share_of(state.batch, ranks);
  state.batches = state.data.images.size(0) / state.batch;
  const TensorSource initial = initial_tensors(settings.seed);
  const TensorSource source = [&](const std::string& name, TensorRole role,
                                  std::vector<std::int64_t> dimensions) {
    at::Tensor tensor = initial(name, role, std::move(dimensions)).to(settings.device);
    if (tensor.dim() == 4) tensor = tensor.contiguous(at::MemoryFormat::ChannelsLast);
    if (is_trained(role)) tensor.requires_grad_();
    return tensor;
  };
  state.network = settings.architecture->make(shape, source);
  state.decayed.weight_decay = settings.weight_decay;
  for (const NamedTensor& named : state.network->tensors()) {
    if (!is_trained(named.role)) continue;
    Group& group = named.role == TensorRole::weight ? state.decayed : state.plain;
    group.parameters.push_back(named.tensor);
    group.momenta.push_back(at::zeros_like(named.tensor).detach());
  }
  const auto on_device = at::TensorOptions(settings.device);
  state.sums = at::zeros({2}, on_device.dtype(at::kDouble));
  state.rate_on_device = at::zeros({}, on_device.dtype(at::kFloat));
  for (at::Tensor* part :
       {&state.batch_order, &state.batch_down, &state.batch_right, &state.batch_mirrored})
    *part = at::zeros({state.share.count}, on_device.dtype(at::kLong));
}

Trainer::~Trainer() = default;

std::int64_t Trainer::images_in_all() const {
  return state_->settings.epochs * state_->batches * state_->batch;
}
std::int64_t Trainer::images_seen() const { return state_->seen(); }
bool Trainer::finished() const { return state_->epoch >= state_->settings.epochs; }
const std::vector<TrainMetric>& Trainer::history() const { return state_->history; }

Result<void> Trainer::step(const std::function<void(const TrainMetric&)>& report) {
  State& state = *state_;
  state.plan();
  const auto take = [&](at::Tensor& target, const at::Tensor& all) {
    target.copy_(all.narrow(0, state.place * state.batch + state.share.first, state.share.count));
  };
  take(state.batch_order, state.order);
  take(state.batch_down, state.down);
  take(state.batch_right, state.right);
  take(state.batch_mirrored, state.mirrored);
  state.rate = learning_rate(state.settings.schedule, state.settings.learning_rate,
                             state.epoch * state.batches + state.place,
                             state.settings.epochs * state.batches);
  state.rate_on_device.fill_(state.rate);
  if (!state.replay()) state.compute();
  ++state.stepped;
  state.counted += state.batch;
  ++state.place;
  const bool ends_epoch = state.place == state.batches;
  const auto every = std::max<std::int64_t>(1, state.batches / reports_per_epoch);
  if (ends_epoch) {
    state.place = 0;
    ++state.epoch;
  }
  if (!ends_epoch && state.place % every != 0) return {};
  if (auto read = state.read_sums(report); !read) return read;
  if (!ends_epoch) return {};
  const auto n = static_cast<double>(state.epoch_counted);
  state.record(report, state.figure("train"), state.epoch_right / n);
  state.epoch_loss = state.epoch_right = 0;
  state.epoch_counted = 0;
  state.validate(report);
  return {};
}

NamedTensors Trainer::state() {
  NamedTensors all;
  for (const NamedTensor& named : state_->network->tensors())
    all.emplace_back("network." + named.name, named.tensor.detach());
  const auto momenta = [&](Group& group, const std::string& prefix) {
    for (std::size_t i = 0; i < group.momenta.size(); ++i)
      all.emplace_back(prefix + std::to_string(i), group.momenta[i]);
  };
  momenta(state_->decayed, "momentum.decayed.");
  momenta(state_->plain, "momentum.plain.");
  all.emplace_back("sums", state_->sums);
  return all;
}

SafetensorsMetadata Trainer::place() const {
  nlohmann::ordered_json history = nlohmann::ordered_json::array();
  for (const TrainMetric& metric : state_->history)
    history.push_back({metric.name, metric.value, metric.step});
  return {{"epoch", std::to_string(state_->epoch)},
          {"batch", std::to_string(state_->place)},
          {"counted", std::to_string(state_->counted)},
          {"epoch_loss", shortest(state_->epoch_loss)},
          {"epoch_right", shortest(state_->epoch_right)},
          {"epoch_counted", std::to_string(state_->epoch_counted)},
          {"history", history.dump()}};
}

Result<void> Trainer::restore(const SafetensorsFile& file, const std::string& where) {
  const auto number = [&](std::string_view key) {
    const std::string* text = file.find_metadata(key);
    return text ? parse_number(*text) : std::nullopt;
  };
  const auto epoch = number("epoch"), place = number("batch"), counted = number("counted"),
             loss = number("epoch_loss"), right = number("epoch_right"),
             epoch_counted = number("epoch_counted");
  const std::string* text = file.find_metadata("history");
  const auto history = parse_json(text ? *text : "", where);
  if (!epoch || !place || !counted || !loss || !right || !epoch_counted || !history ||
      !history->is_array() || *epoch < 0 || *epoch > static_cast<double>(state_->settings.epochs) ||
      *place < 0 || *place >= static_cast<double>(state_->batches))
    return bad_input("the checkpoint is damaged", where, "remove it and begin again");
  if (auto loaded = load_tensors(file, state(), where); !loaded) return loaded;
  state_->epoch = static_cast<std::int64_t>(*epoch);
  state_->place = static_cast<std::int64_t>(*place);
  state_->counted = static_cast<std::int64_t>(*counted);
  state_->epoch_loss = *loss;
  state_->epoch_right = *right;
  state_->epoch_counted = static_cast<std::int64_t>(*epoch_counted);
  state_->history.clear();
  for (const auto& entry : *history)
    if (entry.is_array() && entry.size() == 3 && entry[0].is_string() && entry[1].is_number() &&
        entry[2].is_number_integer())
      state_->history.push_back({entry[0], entry[1], entry[2]});
  return {};
}

NamedTensors Trainer::weights(bool half) const {
  NamedTensors all;
  for (const NamedTensor& named : state_->network->tensors())
    all.emplace_back(named.name,
                     half ? named.tensor.detach().to(at::kHalf) : named.tensor.detach());
  return all;
}

}  // namespace plumbline
