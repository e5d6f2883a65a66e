#include "core/engine/inference/apply_decision.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "core/decision/held_split.h"
#include "core/decision/staging.h"
#include "core/engine/inference/device.h"
#include "core/engine/inference/heads/output_head.h"
#include "core/engine/inference/shard_computer.h"
#include "core/predictions/class_predictions.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;
using TakeImage = std::function<Result<void>(const AppliedImage&)>;

/// What a voter that is not asked is said to vote: nobody reads it, since label and acceptance are
/// settled whatever it says.
constexpr ClassIndex unasked_class = 0;

/// The models, ready to be run, and how the policy asks them.
struct ApplySetup {
  const DeployedDecision& decision;
  RunInfo run;  ///< of the decision's voters, which no study knows
  DatasetInfo dataset;
  std::shared_ptr<OutputHead> head;
  std::vector<std::size_t> asked;    ///< voters that the policy may ask
  std::optional<StageOrder> stages;  ///< where it is staged
  bool score_needs_all = false;      ///< the score is of all that may be asked
};

Result<void> check_asked_about(const DeployedDecision& decision) {
  if (decision.policy.policy.traits().predictions == "classes") return {};
  return usage_error("only decisions on classes can be applied to images", decision.name);
}

Result<ApplySetup> set_up(const ApplyRequest& request, std::vector<StoredWarning>& warnings) {
  const DeployedDecision& decision = request.decision;
  TRY(check_asked_about(decision));
  ApplySetup setup{decision, {}, {}, nullptr, {}, std::nullopt, false};
  setup.run.name = decision.name;
  setup.run.splits = {"images"};
  setup.run.voters = decision.voters;
  setup.run.precision = decision.precision;
  setup.run.batch = request.batch > 0 ? request.batch : decision.batch;
  setup.dataset.name = decision.dataset;
  setup.dataset.classes = decision.classes;
  for (const ModelInfo& model : decision.models) {
    const auto kind = find_head(model.card, model.name);
    TRY(kind);
    if (!setup.head) setup.head = (*kind)->make();
    if ((*kind)->name != "classes")
      return bad_input("its outputs are not classes", model.name, "decide with other voters");
    TRY(setup.head->add_model(model, setup.dataset, warnings));
  }
  const auto shares = asked_shares(decision.policy);
  for (std::size_t v = 0; v < shares.size(); ++v)
    if (shares[v] > 0) setup.asked.push_back(v);
  if (request.staged) {
    setup.stages = stage_order(decision.policy);
    if (!setup.stages)
      return usage_error(
          fmt::format("the policy '{}' needs all of its voters, so it cannot be staged",
                      decision.policy.policy.kind().name),
          "--staged", "leave it out, or decide by a policy that counts votes");
    const BoundPolicy& inner = *setup.stages->policy;
    setup.score_needs_all =
        inner.policy.kind().asked_on == nullptr && !inner.policy.traits().asks_first_only;
  }
  return setup;
}

/// The images of a block, as a run's samples without labels.
std::vector<SampleInfo> images_of_block(const ApplyRequest& request, std::size_t first,
                                        std::size_t count) {
  std::vector<SampleInfo> infos;
  for (std::size_t i = first; i < first + count; ++i) {
    if (request.reader) {
      infos.push_back(request.samples[i]);
      infos.back().label = no_class;
      continue;
    }
    const NamedImage& image = request.images[i];
    infos.push_back(
        {image.name, no_class, {0, -1, image.path.relative_path().string(), std::string()}});
  }
  return infos;
}

/// One block of images while it is decided.
class ApplyBlock {
 public:
  ApplyBlock(const ApplySetup& setup, std::int64_t first, std::vector<SampleInfo> images)
      : setup_(setup), first_(first), images_(std::move(images)), error_(images_.size()) {
    const std::size_t n = images_.size();
    for (std::size_t v = 0; v < setup.decision.voters.size(); ++v) {
      predicted_.emplace_back(n, unasked_class);
      confidence_.emplace_back(n, 0.0F);
    }
    run_.assign(n, 0);
    labels_.assign(n, no_class);
    unlikely_.assign(n, 0.0F);
  }

  std::size_t size() const { return images_.size(); }

  /// Has some voters run on some of the block's images; `settle` has to be called before the next.
  Result<void> queue(ShardComputer& computer, const SampleReader& reader,
                     std::vector<std::size_t> voters, std::vector<std::size_t> places,
                     const BatchProgress& progress) {
    voters_ = std::move(voters);
    places_ = std::move(places);
    samples_.clear();
    ShardRange range{first_, static_cast<std::int64_t>(places_.size()), voters_};
    for (const std::size_t place : places_) {
      range.places.push_back(first_ + static_cast<std::int64_t>(place));
      samples_.push_back(images_[place]);
    }
    auto output = computer.queue(range, reader, samples_, progress);
    TRY(output);
    if (output->voters != voters_) {
      const auto& failed = computer.failed();
      if (!failed.empty()) return tl::unexpected(failed.begin()->second);
      return fail(ErrorKind::device, "a voter could not be run", setup_.decision.name);
    }
    output_ = std::move(*output);
    return {};
  }

  /// Waits for what was queued, and keeps what it gave. `split` takes distributions where the
  /// policy needs more than votes.
  Result<void> settle(ShardComputer& computer, const fs::path& scratch, HeldSplit* split) {
    TRY(computer.settle(output_, samples_));
    for (const LoadFailure& failure : output_.failures)
      error_[places_[static_cast<std::size_t>(failure.sample - first_)]] = failure.message;
    const PredictionDraft draft = output_.predictions->draft();
    keep_votes(draft);
    for (const std::size_t place : places_) run_[place] += static_cast<int>(voters_.size());
    if (split != nullptr) {
      // As a run's predictions are stored and read, which rounds those of many classes.
      const fs::path file = scratch / "block.safetensors";
      TRY(write_predictions(file, draft));
      const auto stored =
          ClassPredictionFile::open(file, first_, static_cast<std::int64_t>(places_.size()));
      TRY(stored);
      hold(*stored, voters_, *split);
    }
    output_ = {};
    return {};
  }

  bool is_unread(std::size_t place) const { return !error_[place].empty(); }

  AskedVote vote(std::size_t voter, std::size_t place) const {
    return {voter, predicted_[voter][place], confidence_[voter][place]};
  }

  VoteTable table() const {
    VoteTable votes{labels_, {}};
    for (std::size_t v = 0; v < predicted_.size(); ++v)
      votes.voters.push_back({predicted_[v], confidence_[v], unlikely_, {}});
    return votes;
  }

  Result<void> give(const Decisions& decisions, const TakeImage& take) const {
    for (std::size_t i = 0; i < images_.size(); ++i) {
      AppliedImage applied;
      applied.image = images_[i].name;
      if (is_unread(i)) {
        applied.error = error_[i];
      } else if (const std::string odd = without_output(i); !odd.empty()) {
        applied.error = "no output of " + odd;
        applied.voters_run = run_[i];
      } else {
        applied.voters_run = run_[i];
        applied.label = class_name(decisions.label[i]);
        applied.accepted = decisions.accept[i] != 0;
        if (!setup_.score_needs_all || run_[i] == static_cast<int>(setup_.asked.size()))
          applied.score = decisions.score[i];
      }
      TRY(take(applied));
    }
    return {};
  }

 private:
  /// Classes and confidences are stored as they are, so that nothing need be written for them.
  void keep_votes(const PredictionDraft& draft) {
    const auto values = [&](std::string_view name) {
      return std::ranges::find(draft.tensors, name, &TensorView::name)->data.data();
    };
    const auto* predicted = reinterpret_cast<const std::int32_t*>(values("class"));
    const auto* confidence = reinterpret_cast<const float*>(values("confidence"));
    for (const std::size_t voter : voters_)
      for (const std::size_t place : places_) {
        const std::int32_t label = *predicted++;
        predicted_[voter][place] =
            label >= 0 && label < max_classes ? static_cast<ClassIndex>(label) : no_class;
        confidence_[voter][place] = *confidence++;
      }
  }

  /// The whole block's distributions; of voters that are not asked none.
  void hold(const ClassPredictionFile& stored, const std::vector<std::size_t>& voters,
            HeldSplit& split) const {
    const auto classes = static_cast<std::size_t>(stored.classes());
    HeldSplit::Block block{0, images_.size(), classes, {}};
    for (std::size_t v = 0; v < predicted_.size(); ++v) {
      auto rows = std::make_shared<std::vector<double>>(images_.size() * classes);
      const auto row = std::ranges::find(voters, v);
      if (row != voters.end())
        stored.probabilities(static_cast<int>(row - voters.begin()), 0, stored.count(),
                             stored.classes(), rows->data());
      block.probabilities.push_back(std::move(rows));
    }
    split.blocks.push_back(std::move(block));
  }

  /// The first voter that was run and gave nothing.
  std::string without_output(std::size_t place) const {
    for (std::size_t v = 0; v < predicted_.size(); ++v)
      if (predicted_[v][place] == no_class) return to_string(setup_.decision.voters[v]);
    return {};
  }

  /// Beyond the data set's classes are those that only models know.
  std::string class_name(ClassIndex label) const {
    const auto& classes = setup_.decision.classes;
    return label < classes.size() ? classes[label] : fmt::format("class {}", label);
  }

  const ApplySetup& setup_;
  std::int64_t first_;
  std::vector<SampleInfo> images_;
  std::vector<std::string> error_;  ///< of each image; empty: it was read
  std::vector<std::vector<ClassIndex>> predicted_;
  std::vector<std::vector<float>> confidence_;
  std::vector<ClassIndex> labels_;
  std::vector<float> unlikely_;
  std::vector<int> run_;  ///< voters that were run on each
  // What is queued:
  std::vector<std::size_t> voters_, places_;
  std::vector<SampleInfo> samples_;
  ShardComputer::Output output_;
};

/// How a block's voters run: all that are asked at once, or one after another on what is still
/// open.
class BlockCourse {
 public:
  BlockCourse(const ApplySetup& setup, std::int64_t first, std::vector<SampleInfo> images)
      : setup_(setup), block_(setup, first, std::move(images)), asked_(block_.size()) {
    for (std::size_t i = 0; i < block_.size(); ++i) open_.push_back(i);
  }

  ApplyBlock& block() { return block_; }
  /// Distributions, where they were asked for, and the votes.
  HeldSplit& split() { return split_; }
  /// Nothing more is to be run.
  bool done() const {
    return open_.empty() || stage_ == (setup_.stages ? setup_.stages->order.size() : 1);
  }

  Result<void> queue(ShardComputer& computer, const SampleReader& reader,
                     const BatchProgress& progress) {
    return block_.queue(computer, reader,
                        setup_.stages ? std::vector{setup_.stages->order[stage_]} : setup_.asked,
                        open_, progress);
  }

  Result<void> settle(ShardComputer& computer, const fs::path& scratch, bool distributions) {
    TRY(block_.settle(computer, scratch, distributions && !setup_.stages ? &split_ : nullptr));
    if (setup_.stages) {
      const std::size_t voter = setup_.stages->order[stage_];
      std::erase_if(open_, [&](std::size_t place) {
        if (block_.is_unread(place)) return true;
        asked_[place].push_back(block_.vote(voter, place));
        return setup_.stages->settled(asked_[place]);
      });
    }
    ++stage_;
    return {};
  }

 private:
  const ApplySetup& setup_;
  ApplyBlock block_;
  std::vector<std::vector<AskedVote>> asked_;  ///< of each image, where voters are asked in stages
  std::vector<std::size_t> open_;
  std::size_t stage_ = 0;
  HeldSplit split_;
};

/// Blocks that are in work at once on a device that runs ahead: it computes a stage of one while
/// the host decides what of another one goes on.
constexpr std::size_t most_blocks = 3;

}  // namespace

Result<ordered_json> apply_decision(const ApplyRequest& request) {
  const auto begin = std::chrono::steady_clock::now();
  const DeployedDecision& decision = request.decision;
  const auto precision = parse_precision(decision.precision);
  TRY(precision);
  const auto device =
      parse_device(request.device == "auto" ? decision.device_kind : request.device);
  TRY(device);
  configure_device(*device, *precision);
  return run_job(request.job, [&](Job& job) -> Result<ordered_json> {
    std::vector<StoredWarning> warnings;
    auto setup = set_up(request, warnings);
    TRY(setup);
    setup->run.device_kind = device_kind(*device);
    for (const StoredWarning& warning : warnings)
      job.warning(warning.code, warning.message, warning.where);
    if (device_kind(*device) != decision.device_kind)
      job.warning(
          "device",
          fmt::format(
              "the decision was made on a {}: on a {} scores may differ in their last digits",
              decision.device_kind, device_kind(*device)),
          decision.name);
    auto decoder = decoder_named(decision.decoder, *device);
    if (!decoder) {
      job.warning(
          "decoder",
          fmt::format("{}; images are decoded by {}: scores may differ in their last digits",
                      decoder.error().message, decoder_name()),
          decision.name);
      decoder = host_decoder();
    }
    std::vector<VoterSetup> voters;
    for (std::size_t v = 0; v < decision.voters.size(); ++v) {
      const bool used = std::ranges::find(setup->asked, v) != setup->asked.end();
      const auto model =
          std::ranges::find(decision.models, decision.voters[v].model, &ModelInfo::name);
      voters.push_back({decision.voters[v], used ? &*model : nullptr});
    }
    auto computer = ShardComputer::make(
        std::move(voters), setup->head, {setup->run, *device, *precision, *decoder},
        load_checked_network, [&](std::string_view phase, std::int64_t done, std::int64_t total) {
          job.progress(phase, done, total, "models");
          return job.should_stop();
        });
    TRY(computer);
    if (!computer->failed().empty()) return tl::unexpected(computer->failed().begin()->second);
    const SampleReader files(DatasetFormat::image_folder, {{fs::path("/"), 0, std::string()}});
    const SampleReader& reader = request.reader ? *request.reader : files;
    const auto total =
        static_cast<std::int64_t>(request.reader ? request.samples.size() : request.images.size());
    const bool distributions = decision.policy.policy.traits().needs != PolicyNeeds::votes;
    std::int64_t unread = 0, voters_run = 0, accepted = 0;
    bool stopping = false;
    const TakeImage count_and_take = [&](const AppliedImage& applied) {
      unread += !applied.error.empty();
      accepted += applied.accepted;
      voters_run += applied.voters_run;
      if (!applied.error.empty()) job.warning("image", applied.error, applied.image);
      return request.take(applied);
    };
    std::int64_t first = 0, finished = 0;
    const auto progress = [&](std::int64_t) {
      job.progress("applying", finished, total, "images");
      stopping = stopping || job.should_stop();
    };
    std::deque<BlockCourse> blocks;   // in the order of the images
    std::deque<BlockCourse*> queued;  // in that of what the device does
    const auto begin_blocks = [&]() -> Result<void> {
      const std::size_t most = computer->runs_ahead() ? most_blocks : 1;
      for (; !stopping && blocks.size() < most && first < total; first += shard_samples) {
        const auto count = static_cast<std::size_t>(std::min(shard_samples, total - first));
        blocks.emplace_back(*setup, first,
                            images_of_block(request, static_cast<std::size_t>(first), count));
        TRY(blocks.back().queue(*computer, reader, progress));
        queued.push_back(&blocks.back());
      }
      return {};
    };
    TRY(begin_blocks());
    while (!blocks.empty()) {
      BlockCourse& course = *queued.front();
      queued.pop_front();
      TRY(course.settle(*computer, request.scratch, distributions));
      if (stopping)
        return fail(ErrorKind::cancelled, "cancelled; nothing was written", decision.name);
      if (!course.done()) {
        TRY(course.queue(*computer, reader, progress));
        queued.push_back(&course);
      }
      while (!blocks.empty() && blocks.front().done()) {
        BlockCourse& front = blocks.front();
        front.split().votes = front.block().table();
        Decisions decisions;
        decide(decision.policy, front.split(), decisions);
        TRY(front.block().give(decisions, count_and_take));
        finished += static_cast<std::int64_t>(front.block().size());
        blocks.pop_front();
        job.progress("applying", finished, total, "images");
      }
      TRY(begin_blocks());
    }
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    const std::int64_t judged = total - unread;
    ordered_json summary = {{"decision", decision.name},
                            {"images", total},
                            {"unreadable", unread},
                            {"accepted", accepted},
                            {"rejected", judged - accepted}};
    summary["voters_run"] =
        judged > 0 ? ordered_json(static_cast<double>(voters_run) / static_cast<double>(judged))
                   : ordered_json();
    summary["seconds"] = seconds;
    return summary;
  });
}

}  // namespace plumbline
