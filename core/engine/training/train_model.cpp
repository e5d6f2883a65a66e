#include "core/engine/training/train_model.h"

#include <algorithm>
#include <chrono>
#include <filesystem>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include "core/data/atomic_file.h"
#include "core/data/hash.h"
#include "core/engine/error_cause.h"
#include "core/engine/inference/network.h"
#include "core/engine/sums/rank_checks.h"
#include "core/engine/sums/step_agreement.h"
#include "core/engine/training/checkpoint_writer.h"
#include "core/engine/training/detector_accuracy.h"
#include "core/engine/training/trained_card.h"
#include "core/engine/training/trainer.h"
#include "core/engine/training/training_ranks.h"
#include "core/engine/training/viewed_images.h"
#include "core/jobs/file_lock.h"
#include "core/jobs/work_locks.h"
#include "core/study/study.h"
#include "core/types/json_object.h"
#include "core/types/plain_name.h"

namespace plumbline {

namespace {

using nlohmann::ordered_json;
namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// A checkpoint is begun at an epoch's end, but not more often, and within long epochs. It is
/// written while the training goes on, until a kill would lose `longest_loss`; then it is waited
/// for. A kill loses less than ten seconds.
constexpr auto shortest_interval = std::chrono::seconds(2);
constexpr auto longest_interval = std::chrono::seconds(6);
constexpr auto longest_loss = std::chrono::seconds(8);

/// One training: the study, its files, the data and the trainer.
class Training {
 public:
  Training(const TrainRequest& request, TrainSettings settings, Study& study, Job& job,
           TrainingRanks& ranks)
      : request_(request), settings_(std::move(settings)), study_(study), job_(job), ranks_(ranks) {
    weights_ = study.folder() / "models" / (request.name + ".safetensors");
    checkpoint_ = study.folder() / "checkpoints" / (request.name + ".safetensors");
  }

  Result<ordered_json> run(bool begun_before) {
    const auto begin = Clock::now();
    TRY(load_data());
    TRY(check_share(std::min(settings_.batch, data_.images.size(0)), ranks_.count(), "--batch"));
    TRY(ranks_.join(job_));
    TRY(check_same_on_ranks(ranks_.sum(), data_.images.size(0), "the number of images"));
    Trainer trainer(settings_, shape_, data_, ranks_.sum());
    if (begun_before) TRY(restore(trainer));
    TRY(check_same_on_ranks(ranks_.sum(), trainer.images_seen(), "the checkpoint's images"));
    const std::int64_t seen_before = trainer.images_seen();
    for (const TrainMetric& metric : trainer.history())
      job_.metric(metric.name, metric.value, metric.step);
    const auto training_begin = Clock::now();
    TRY(train(trainer));
    const double seconds = std::chrono::duration<double>(Clock::now() - training_begin).count();
    const double rate =
        seconds > 0 ? static_cast<double>(trainer.images_seen() - seen_before) / seconds : 0;
    // The others have done all that is theirs.
    if (!ranks_.first()) return ordered_json(nullptr);
    auto result = finish(trainer);
    if (!result) return result;
    if (ranks_.several()) (*result)["ranks"] = ranks_.count();
    (*result)["seconds"] = std::chrono::duration<double>(Clock::now() - begin).count();
    (*result)["images_per_second"] = rate;
    return result;
  }

 private:
  Result<void> load_data() {
    auto dataset = study_.dataset(request_.dataset);
    TRY(dataset);
    dataset_ = std::move(*dataset);
    const auto progress = [&](std::int64_t done, std::int64_t total) {
      job_.progress("reading images", done, total, "images");
      return !job_.should_stop();
    };
    const auto read = [&](const std::vector<std::string>& splits) -> Result<DecodedImages> {
      auto images = read_images(study_, dataset_, splits, progress);
      if (images)
        for (const auto& unread : images->unread) job_.warning("image", unread, "");
      return images;
    };
    const bool detector = settings_.architecture->detector;
    if (detector != format_info(dataset_.format).has_boxes)
      return bad_input(
          fmt::format("{} {}", settings_.architecture->name,
                      detector ? "is a detector, but the data set does not say where objects are"
                               : "is a classifier, but the data set says where objects are"),
          dataset_.name,
          detector ? "train it on a data set of the format coco, yolo or voc"
                   : "train a detector: --architecture centernet-small");
    const auto images = read(request_.splits);
    TRY(images);
    shape_ = {images->pixels.size(3), images->pixels.size(1), images->pixels.size(2),
              static_cast<std::int64_t>(dataset_.classes.size())};
    if (std::min(shape_.height, shape_.width) < settings_.architecture->smallest_side)
      return bad_input(
          fmt::format("{} needs images of at least {} pixels per side, but these have {} × {}",
                      settings_.architecture->name, settings_.architecture->smallest_side,
                      shape_.width, shape_.height),
          dataset_.name);
    if (shape_.channels == 1 && settings_.view.needs_colour())
      return usage_error("the view changes nothing in grey images", to_string(settings_.view));
    if (shape_.height != shape_.width &&
        views::placement_of(settings_.view.steps(), {64, 32}).transposed)
      return usage_error("images that are not square cannot be turned by 90°",
                         to_string(settings_.view));
    choose_augmentation();
    warn_of_empty_classes(detector ? classes_of_objects(images->labels) : images->labels);
    moments_ = channel_moments(images->pixels);
    data_.images = viewed_images(images->pixels, settings_.view, moments_, settings_.device);
    const auto labels = viewed_labels(images->labels);
    TRY(labels);
    data_.labels = labels->to(settings_.device);
    if (request_.validation.empty()) return {};
    const auto held = read({request_.validation});
    TRY(held);
    if (held->pixels.sizes().slice(1) != images->pixels.sizes().slice(1))
      return bad_input("the images for validation have a different size", request_.validation);
    data_.validation_images =
        viewed_images(held->pixels, settings_.view, moments_, settings_.device);
    const auto held_labels = viewed_labels(held->labels);
    TRY(held_labels);
    data_.validation_labels = held_labels->to(settings_.device);
    return {};
  }

  /// Objects move with the view, classes do not.
  Result<at::Tensor> viewed_labels(const at::Tensor& labels) const {
    if (!settings_.architecture->detector) return labels;
    return viewed_objects(labels, settings_.view, static_cast<int>(shape_.width),
                          static_cast<int>(shape_.height));
  }

  static at::Tensor classes_of_objects(const at::Tensor& objects) {
    const at::Tensor classes = objects.select(2, 4).flatten().to(at::kLong);
    return classes.masked_select(classes.ge(0));
  }

  void choose_augmentation() {
    const bool chosen = settings_.augmentation.has_value();
    settle_augmentation(settings_, shape_.channels, dataset_.classes);
    if (chosen) return;
    const bool mirrored = settings_.augmentation == Augmentation::crop_flip;
    job_.warning("augment",
                 mirrored ? "the images are shifted and mirrored at random, as colour photographs"
                          : "the images are shifted at random, but not mirrored: they are grey, or "
                            "show signs, or the view mirrors them",
                 "--augment");
  }

  void warn_of_empty_classes(const at::Tensor& labels) {
    const at::Tensor counts = at::bincount(labels, {}, shape_.classes);
    for (std::int64_t c = 0; c < shape_.classes; ++c)
      if (counts[c].item<std::int64_t>() == 0)
        job_.warning("class", "the class has no sample: it will not be learnt",
                     dataset_.classes[static_cast<std::size_t>(c)]);
  }

  Result<void> restore(Trainer& trainer) {
    const auto file = SafetensorsFile::open(checkpoint_);
    TRY(file);
    const std::string* text = file->find_metadata("settings");
    const auto before = parse_ordered_json(text ? *text : "", checkpoint_.string());
    const ordered_json now = describe(settings_, request_);
    if (!before || !before->is_object())
      return bad_input("the checkpoint is damaged", checkpoint_.string(),
                       "remove it and begin again");
    for (const auto& [key, value] : now.items())
      if (!before->contains(key))
        return usage_error(
            fmt::format("the training was begun by an older version, which had another {}", key),
            request_.name, "begin again under another name");
    for (const auto& [key, value] : now.items()) {
      if ((*before)[key] == value) continue;
      const std::string options = options_to_go_on(*before, now);
      return usage_error(fmt::format("the training was begun with {} {}, not {}", key,
                                     (*before)[key].dump(), value.dump()),
                         request_.name,
                         options.empty() ? "begin again under another name"
                                         : fmt::format("go on with {}, or begin again under "
                                                       "another name",
                                                       options));
    }
    if (const auto note = other_ranks_note(file->find_metadata("ranks"), ranks_.count());
        !note.empty())
      job_.warning("ranks", note, request_.name);
    return trainer.restore(*file, checkpoint_.string());
  }

  /// All ranks have the same to save.
  Result<void> save(Trainer& trainer, CheckpointWriter& writer) {
    if (!ranks_.first()) return {};
    SafetensorsMetadata metadata = trainer.place();
    metadata.emplace_back("settings", describe(settings_, request_).dump());
    metadata.emplace_back("ranks", std::to_string(ranks_.count()));
    std::error_code code;
    fs::create_directories(checkpoint_.parent_path(), code);
    return writer.begin(metadata, trainer.state());
  }

  Result<void> train(Trainer& trainer) {
    const auto report = [&](const TrainMetric& metric) {
      job_.metric(metric.name, metric.value, metric.step);
    };
    StepAgreement agreement(ranks_.sum());
    CheckpointWriter writer(checkpoint_);
    auto saved_at = Clock::now();  // the state of the checkpoint that was begun last
    auto kept_at = saved_at;       // of the one that a kill would leave
    while (!trainer.finished()) {
      const std::size_t before = trainer.history().size();
      if (auto stepped = trainer.step(report); !stepped) return stepped;
      if (writer.is_busy() && Clock::now() - kept_at > longest_loss) TRY(writer.finish());
      if (!writer.is_busy()) kept_at = saved_at;
      const auto since = Clock::now() - saved_at;
      // An epoch has ended where its accuracy is among the new metrics.
      const bool ends_epoch =
          std::any_of(trainer.history().begin() + static_cast<std::ptrdiff_t>(before),
                      trainer.history().end(), [](const TrainMetric& metric) {
                        return metric.name == "accuracy/train" || metric.name == "found/train";
                      });
      if (!agreement.due() && !ends_epoch) continue;
      const StepWishes agreed = agreement.agree(
          {.save = since > longest_interval || (ends_epoch && since > shortest_interval),
           .stop = job_.should_stop()});
      if (agreed.save || agreed.stop) {
        if (auto saved = save(trainer, writer); !saved) return saved;
        kept_at = saved_at;  // what was begun before has been waited for
        saved_at = Clock::now();
      }
      job_.progress(
          fmt::format(
              "epoch {} of {}",
              std::min(settings_.epochs,
                       trainer.images_seen() * settings_.epochs / trainer.images_in_all() + 1),
              settings_.epochs),
          trainer.images_seen(), trainer.images_in_all(), "images");
      if (!agreed.stop) continue;
      TRY(writer.finish());
      ranks_.agreed_to_stop();
      return tl::unexpected(cancelled_error("go on with --resume"));
    }
    // Nothing is written any more when the checkpoint is removed.
    return writer.finish();
  }

  /// Writes weights and card, measures what was written, names it in the study.
  Result<ordered_json> finish(Trainer& trainer) {
    std::error_code code;
    fs::create_directories(weights_.parent_path(), code);
    TRY(save_tensors(weights_, {{"format", "pt"}}, trainer.weights(settings_.half_weights)));
    const NetworkArchitecture& architecture = *settings_.architecture;
    ordered_json card = make_trained_card({.settings = settings_,
                                           .request = request_,
                                           .classes = dataset_.classes,
                                           .shape = shape_,
                                           .moments = moments_,
                                           .images = data_.images.size(0),
                                           .ranks = ranks_.count()});
    auto parsed = parse_model_card(card.dump(), weights_.string());
    TRY(parsed);
    const auto accuracy = measure(*parsed);
    TRY(accuracy);
    double loss = 0, train_accuracy = 0;
    for (const TrainMetric& metric : trainer.history()) {
      if (metric.name == "loss/train") loss = metric.value;
      if (metric.name == "accuracy/train" || metric.name == "found/train")
        train_accuracy = metric.value;
    }
    ordered_json& training = card["training"];
    training["final_loss"] = loss;
    training[train_figure(architecture)] = train_accuracy;
    training[validation_figure(architecture)] = *accuracy;
    const std::string text = card.dump(1) + "\n";
    TRY(write_file_atomically(card_beside(weights_), text));
    parsed = parse_model_card(text, weights_.string());
    TRY(parsed);
    const auto hash = hash_file(weights_);
    TRY(hash);
    TRY(study_.add_model(request_.name, fs::canonical(weights_, code), *hash, *parsed));
    fs::remove(checkpoint_, code);
    return summarize_trained_card(card);
  }

  /// The accuracy of the written file, as a run will find it; null without validation.
  Result<ordered_json> measure(const ModelCard& card) {
    auto network = load_network(weights_, card, settings_.device, Precision::fp32);
    TRY(network);
    TRY(check_against_card(**network, card, settings_.device, Precision::fp32, weights_.string()));
    if (!data_.validation_images.defined()) return ordered_json(nullptr);
    const at::NoGradGuard no_grad;
    if (settings_.architecture->detector)
      return ordered_json(
          detector_ap50(**network, card, data_.validation_images, data_.validation_labels));
    std::int64_t right = 0;
    const auto count = data_.validation_images.size(0);
    constexpr std::int64_t at_once = 500;
    for (std::int64_t first = 0; first < count; first += at_once) {
      const auto n = std::min(at_once, count - first);
      const at::Tensor images = data_.validation_images.narrow(0, first, n).permute({0, 3, 1, 2});
      const at::Tensor logits = (*network)->forward(images).only();
      right += (logits.argmax(1) == data_.validation_labels.narrow(0, first, n))
                   .sum()
                   .item<std::int64_t>();
    }
    return ordered_json(static_cast<double>(right) / static_cast<double>(count));
  }

 private:
  const TrainRequest& request_;
  TrainSettings settings_;
  Study& study_;
  Job& job_;
  TrainingRanks& ranks_;
  fs::path weights_, checkpoint_;
  DatasetInfo dataset_;
  ClassifierShape shape_;
  ChannelMoments moments_;
  TrainData data_;
};

/// What rank 0 tells the others once it knows what is to be done.
constexpr std::string_view begin_word = "begin", resume_word = "resume", done_word = "done";

Result<ordered_json> run_training(const TrainRequest& request, const TrainSettings& settings,
                                  Study& study, bool begun, TrainingRanks& ranks) {
  configure_device(settings.device, settings.precision);
  return ranks.run_job(request.job, [&](Job& job) -> Result<ordered_json> {
    try {
      return Training(request, settings, study, job, ranks).run(begun);
    } catch (const std::exception& exception) {
      return fail(ErrorKind::device, error_cause(exception), request.name,
                  "what was reached is kept: remove the cause, then go on with --resume");
    }
  });
}

/// Rank 0, or the only process.
Result<ordered_json> train_first(const TrainRequest& request, const TrainSettings& settings,
                                 TrainingRanks& ranks) {
  auto study = Study::open(request.study, Access::read_write);
  TRY(study);
  const auto models = study->models();
  TRY(models);
  if (const auto model = std::ranges::find(*models, request.name, &ModelInfo::name);
      model != models->end()) {
    if (request.resume) {
      auto summary = trained_before(*model, settings, request);
      TRY(summary);
      TRY(ranks.of_first("work", std::string(done_word)));
      return summary;
    }
    return usage_error(fmt::format("the model '{}' exists", request.name), "--name",
                       "choose another name");
  }
  std::error_code code;
  const bool begun =
      fs::exists(study->folder() / "checkpoints" / (request.name + ".safetensors"), code);
  if (begun && !request.resume)
    return usage_error(
        fmt::format("the training of '{}' was begun and is not complete", request.name), "--name",
        "go on with --resume, or choose another name");
  fs::create_directories(study->folder() / "jobs", code);
  auto lock = FileLock::try_lock(lock_file_of(study->folder(), "train " + request.name));
  TRY(lock);
  if (!*lock)
    return bad_input(fmt::format("another process is training '{}'", request.name),
                     study->folder().string(), "wait for it, or cancel it");
  TRY(ranks.of_first("work", std::string(begun ? resume_word : begin_word)));
  return run_training(request, settings, *study, begun, ranks);
}

Result<ordered_json> train_beside(const TrainRequest& request, const TrainSettings& settings,
                                  TrainingRanks& ranks) {
  const auto word = ranks.of_first("work", {});
  TRY(word);
  if (*word == done_word) return ordered_json(nullptr);
  auto study = Study::open(request.study, Access::read_only);
  TRY(study);
  return run_training(request, settings, *study, *word == resume_word, ranks);
}

Result<ordered_json> train_by(const TrainRequest& request, TrainingRanks& ranks) {
  const auto settings = train_settings(request);
  TRY(settings);
  if (request.dataset.empty() || request.splits.empty())
    return usage_error("a data set and its split are needed",
                       request.dataset.empty() ? "--dataset" : "--split");
  return ranks.first() ? train_first(request, *settings, ranks)
                       : train_beside(request, *settings, ranks);
}

}  // namespace

Result<ordered_json> train_model(const TrainRequest& request) {
  TRY(check_plain_name(request.name, "a model", "--name"));
  auto ranks = TrainingRanks::meet(request.device);
  TRY(ranks);
  TrainRequest own = request;
  own.device = ranks->device();
  return ranks->ended(train_by(own, *ranks));
}

}  // namespace plumbline
