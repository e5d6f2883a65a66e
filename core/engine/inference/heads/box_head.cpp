#include "core/engine/inference/heads/box_head.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <c10/util/Exception.h>
#include <fmt/format.h>

#include "core/engine/inference/heads/box_decoder.h"
#include "core/engine/inference/heads/detector_figures.h"
#include "core/engine/inference/heads/queued_on_host.h"
#include "core/predictions/box_predictions.h"
#include "core/study/box_mapping.h"
#include "core/types/count_text.h"
#include "kernels/box_suppression.h"

namespace plumbline {

namespace {

constexpr float absent_score = -std::numeric_limits<float>::infinity();
/// Of an image of which nothing is known when a batch begins: a warm-up's.
constexpr float everywhere = 1e9F;

/// What is known of one model: how its boxes become predictions of the data set.
struct BoxModel {
  ModelCard card;
  ClassMatch match;
  const BoxDecoder* decoder = nullptr;

  const BoxOutput& output() const { return std::get<BoxOutput>(card.output.details); }
};

/// Boxes, scores and labels of a range, by falling score, on the device until the range is done:
/// [samples, kept, …]. `odd`: an image whose output is not finite.
struct KeptBoxes {
  at::Tensor boxes, scores, labels, odd;
};

/// Which classes suppress each other.
at::Tensor suppression_groups(const at::Tensor& labels, BoxSuppression::By by) {
  return by == BoxSuppression::By::per_class ? labels : at::zeros_like(labels);
}

/// Whether a box shows anything of its image; `frames`: [batch, 4], the image's sides in the input.
at::Tensor shows_image(const at::Tensor& boxes, const at::Tensor& frames) {
  const at::Tensor limits = frames.unsqueeze(1);
  const at::Tensor near = at::maximum(boxes.narrow(2, 0, 2), limits.narrow(2, 0, 2));
  const at::Tensor far = at::minimum(boxes.narrow(2, 2, 2), limits.narrow(2, 2, 2));
  return far.gt(near).all(2);
}

/// The card's suppression of one batch, up to `most` boxes an image.
KeptBoxes suppressed(const ScoredBoxes& found, const BoxSuppression& rules,
                     const at::Tensor& frames, std::int64_t most) {
  const at::Tensor odd = at::isfinite(found.boxes)
                             .all(2)
                             .logical_and(found.scores.isnan().logical_not())
                             .all(1)
                             .logical_not();
  // A box of no image at all would be a NaN's neighbour.
  at::Tensor scores = at::where(found.scores.ge(rules.score_threshold), found.scores, absent_score);
  if (rules.by != BoxSuppression::By::none) {
    const at::Tensor kept = kernels::box_suppression(
        found.boxes, scores, suppression_groups(found.labels, rules.by), rules.iou);
    scores = at::where(kept, scores, absent_score);
  }
  scores = at::where(shows_image(found.boxes, frames), scores, absent_score);
  const auto [sorted, order] = at::sort(scores, /*stable=*/true, 1, /*descending=*/true);
  const std::int64_t count = std::min(most, sorted.size(1));
  const at::Tensor first = order.narrow(1, 0, count);
  return {found.boxes.gather(1, first.unsqueeze(2).expand({-1, -1, 4})), sorted.narrow(1, 0, count),
          found.labels.gather(1, first), odd};
}

class BoxShard final : public ShardOutput {
 public:
  BoxShard(const RunInfo& run, const ShardRange& range, std::vector<const BoxModel*> models,
           int classes, c10::Device device)
      : models_(std::move(models)), device_(device), kept_(models_.size()) {
    content_.first = range.first;
    content_.count = range.count;
    content_.classes = classes;
    for (const std::size_t voter : range.voters) content_.voters.push_back(run.voters[voter]);
    frames_.resize(static_cast<std::size_t>(range.count));
  }

  void note_frames(std::int64_t first, std::span<const views::FrameSize> frames) override {
    std::ranges::copy(frames, frames_.begin() + first);
  }

  void take(std::size_t row, std::int64_t first, const NetworkOutput& output) override {
    const BoxModel& model = *models_[row];
    const std::int64_t batch = batch_of(output, first);
    auto parts = model.decoder->read(output, model.card, batch);
    TORCH_CHECK(parts, to_string(parts.error()));
    TORCH_CHECK(parts->boxes.size(0) == batch, "the model gives boxes of ", parts->boxes.size(0),
                " images for ", batch);
    const ScoredBoxes found = scored_boxes(std::move(*parts), model.output());
    const auto& rules = model.output().suppression;
    const KeptBoxes batch_boxes =
        suppressed(found, rules, frames_in_input(row, first, batch), rules.max_detections);
    put(kept_[row], batch_boxes, first, rules.max_detections);
  }

  void begin_download() override {
    for (KeptBoxes& kept : kept_)
      for (at::Tensor* tensor : {&kept.boxes, &kept.scores, &kept.labels, &kept.odd})
        if (tensor->defined()) *tensor = queued_on_host(*tensor);
  }

  void finish(std::span<const SampleInfo> samples, std::span<const Unread> unread) override {
    for (std::size_t row = 0; row < models_.size(); ++row) {
      KeptBoxes& kept = kept_[row];
      for (at::Tensor* tensor : {&kept.boxes, &kept.scores, &kept.labels, &kept.odd})
        if (tensor->defined()) *tensor = tensor->to(at::kCPU).contiguous();
      for (std::size_t i = 0; i < samples.size(); ++i) {
        const auto sample = static_cast<std::int64_t>(i);
        const bool failed = std::ranges::any_of(unread, [&](const Unread& gap) {
          return gap.sample == sample &&
                 (gap.row == Unread::every_row || gap.row == static_cast<int>(row));
        });
        const bool odd = !failed && kept.odd.defined() && kept.odd.const_data_ptr<bool>()[i];
        if (odd) odd_outputs_.push_back({sample, static_cast<int>(row)});
        const bool known = !failed && !odd && kept.boxes.defined() && append(row, i);
        end_sample(content_, known);
      }
      kept = {};
    }
  }

  PredictionDraft draft() const override { return draft_of(content_); }
  std::span<const Unread> odd_outputs() const override { return odd_outputs_; }
  const BoxPredictions& content() const { return content_; }

 private:
  /// How many images the batch has: what the loader noted, or, in a warm-up, what a tensor has.
  std::int64_t batch_of(const NetworkOutput& output, std::int64_t first) const {
    // Lists have an entry an image.
    std::int64_t images = 0;
    for (const OutputTensor& entry : output.tensors())
      images += entry.name.ends_with("boxes") && entry.tensor.dim() == 2 ? 1 : 0;
    if (images > 0) return std::min(images, content_.count - first);
    for (const OutputTensor& entry : output.tensors())
      if (entry.tensor.dim() >= 3) return entry.tensor.size(0);
    return 0;
  }

  /// The sides of each image in the network's input: [batch, 4].
  at::Tensor frames_in_input(std::size_t row, std::int64_t first, std::int64_t batch) const {
    at::Tensor frames = at::empty({batch, 4}, at::kFloat);
    auto* side = frames.mutable_data_ptr<float>();
    for (std::int64_t i = 0; i < batch; ++i, side += 4) {
      const auto& frame = frames_[static_cast<std::size_t>(first + i)];
      const auto mapping = mapping_of(row, frame);
      if (!mapping) {
        std::ranges::copy(std::array{-everywhere, -everywhere, everywhere, everywhere}, side);
        continue;
      }
      const BoxSides in = mapping->to_input(
          {0, 0, static_cast<double>(frame.width), static_cast<double>(frame.height)});
      std::ranges::copy(std::array{static_cast<float>(in.left), static_cast<float>(in.top),
                                   static_cast<float>(in.right), static_cast<float>(in.bottom)},
                        side);
    }
    return frames.to(device_, /*non_blocking=*/true);
  }

  Result<BoxMapping> mapping_of(std::size_t row, const views::FrameSize& frame) const {
    if (frame.width < 1 || frame.height < 1) return bad_input("the image's size is not known");
    return box_mapping(models_[row]->card.input, content_.voters[row].view, frame, "");
  }

  /// Puts a batch where it belongs. As many boxes as the card lets an image have, or as the network
  /// has; a scripted one may have more in the next batch.
  void put(KeptBoxes& all, const KeptBoxes& batch, std::int64_t first, std::int64_t most) const {
    const std::int64_t width = batch.scores.size(1), images = batch.scores.size(0);
    if (!all.boxes.defined() || all.scores.size(1) < width) {
      const std::int64_t wide = all.boxes.defined() ? most : width;
      const auto options = batch.boxes.options();
      KeptBoxes wider{at::zeros({content_.count, wide, 4}, options),
                      at::full({content_.count, wide}, absent_score, options),
                      at::zeros({content_.count, wide}, options.dtype(at::kInt)),
                      at::zeros({content_.count}, options.dtype(at::kBool))};
      if (all.boxes.defined()) {
        wider.boxes.narrow(1, 0, all.scores.size(1)).copy_(all.boxes);
        wider.scores.narrow(1, 0, all.scores.size(1)).copy_(all.scores);
        wider.labels.narrow(1, 0, all.scores.size(1)).copy_(all.labels);
        wider.odd.copy_(all.odd);
      }
      all = std::move(wider);
    }
    all.boxes.narrow(0, first, images).narrow(1, 0, width).copy_(batch.boxes);
    all.scores.narrow(0, first, images).narrow(1, 0, width).copy_(batch.scores);
    all.labels.narrow(0, first, images).narrow(1, 0, width).copy_(batch.labels);
    all.odd.narrow(0, first, images).copy_(batch.odd);
  }

  /// Appends a sample's boxes in pixels of its image. False where its size is not known.
  bool append(std::size_t row, std::size_t sample) {
    const views::FrameSize frame = frames_[sample];
    const auto mapping = mapping_of(row, frame);
    if (!mapping) return false;
    const KeptBoxes& kept = kept_[row];
    const std::int64_t width = kept.scores.size(1);
    const auto begin = static_cast<std::int64_t>(sample) * width;
    const float* box = kept.boxes.const_data_ptr<float>() + 4 * begin;
    const float* score = kept.scores.const_data_ptr<float>() + begin;
    const std::int32_t* label = kept.labels.const_data_ptr<std::int32_t>() + begin;
    const auto& to_dataset = models_[row]->match.to_dataset;
    for (std::int64_t i = 0; i < width && score[i] > absent_score; ++i, box += 4) {
      if (label[i] < 0 || static_cast<std::size_t>(label[i]) >= to_dataset.size()) continue;
      const ClassIndex place = to_dataset[static_cast<std::size_t>(label[i])];
      if (place >= content_.classes) continue;
      const BoxSides in = mapping->to_image({box[0], box[1], box[2], box[3]});
      const auto limited = [](double value, int most) {
        return static_cast<float>(std::clamp(value, 0.0, static_cast<double>(most)));
      };
      const PredictedBox put{limited(in.left, frame.width), limited(in.top, frame.height),
                             limited(in.right, frame.width), limited(in.bottom, frame.height)};
      if (!(put.right > put.left && put.bottom > put.top)) continue;
      content_.boxes.push_back(put);
      content_.scores.push_back(std::clamp(score[i], 0.0F, 1.0F));
      content_.labels.push_back(static_cast<std::int32_t>(place));
    }
    return true;
  }

  std::vector<const BoxModel*> models_;  ///< per row
  c10::Device device_;
  std::vector<KeptBoxes> kept_;           ///< per row
  std::vector<views::FrameSize> frames_;  ///< per sample
  std::vector<Unread> odd_outputs_;
  BoxPredictions content_;
};

class BoxRunFigures final : public RunFigures {
 public:
  explicit BoxRunFigures(const RunInfo& run) : figures_(run) {}

  Result<void> load(const Study& study) override { return figures_.load(study); }
  void add(const ShardRange& range, const ShardOutput& output, std::span<const SampleInfo> samples,
           Job& job) override {
    figures_.add(range, static_cast<const BoxShard&>(output).content(), samples, job);
  }
  void report(std::size_t voter, Job& job) const override { figures_.report(voter, job); }
  std::int64_t counted(std::size_t voter) const override { return figures_.counted(voter); }
  std::int64_t unreadable() const override { return figures_.unreadable(); }
  void summarise(std::size_t voter, nlohmann::ordered_json& entry) const override {
    figures_.summarise(voter, entry);
  }

 private:
  DetectorFigures figures_;
};

class BoxHead final : public OutputHead {
 public:
  Result<void> add_model(const ModelInfo& model, DatasetInfo& dataset,
                         std::vector<StoredWarning>& warnings) override {
    auto match = match_with_warnings(model, dataset, "its objects stay undetected", warnings);
    TRY(match);
    if (!match->further.empty())
      warnings.push_back({"class", model.name,
                          fmt::format("boxes of {} that the data set lacks are left out",
                                      count_text(std::ssize(match->further), "class", "classes"))});
    const BoxDecoder* decoder = box_decoders().find(model.card.output.kind);
    if (decoder == nullptr && !model.file.empty())
      return bad_input(fmt::format("there is no decoder for '{}'", model.card.output.kind),
                       model.name);
    classes_ = static_cast<int>(dataset.classes.size());
    models_.emplace(model.name, BoxModel{model.card, std::move(*match), decoder});
    return {};
  }

  Result<void> check_view(const ModelInfo& model, const View& view) override {
    const CardInput& input = model.card.input;
    const auto mapping = box_mapping(input, view, {input.width, input.height}, model.name);
    if (!mapping) return tl::unexpected(mapping.error());
    return {};
  }

  std::unique_ptr<ShardOutput> begin(const RunInfo& run, const ShardRange& range,
                                     c10::Device device) override {
    std::vector<const BoxModel*> models;
    for (const std::size_t voter : range.voters)
      models.push_back(&models_.at(run.voters[voter].model));
    return std::make_unique<BoxShard>(run, range, std::move(models), classes_, device);
  }

  std::unique_ptr<RunFigures> figures(const RunInfo& run) const override {
    return std::make_unique<BoxRunFigures>(run);
  }

 private:
  std::map<std::string, BoxModel> models_;  ///< by name
  int classes_ = 0;                         ///< of the data set
};

Result<void> check_box_output(const NetworkOutput& output, const ModelCard& card,
                              const std::string& where) {
  constexpr std::int64_t checked_batch = 2;
  return check_boxes(output, card, checked_batch, where);
}

}  // namespace

const HeadKind& box_head() {
  static constexpr HeadKind head = {"boxes", check_box_output, []() -> std::unique_ptr<OutputHead> {
                                      return std::make_unique<BoxHead>();
                                    }};
  return head;
}

}  // namespace plumbline
