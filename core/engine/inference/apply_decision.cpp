#include "core/engine/inference/apply_decision.h"

#include <algorithm>
#include <chrono>
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

/// One block of images while it is decided.
class ApplyBlock {
 public:
  ApplyBlock(const ApplySetup& setup, std::int64_t first, std::span<const NamedImage> images)
      : setup_(setup), first_(first), images_(images), error_(images.size()) {
    const std::size_t n = images.size();
    for (std::size_t v = 0; v < setup.decision.voters.size(); ++v) {
      predicted_.emplace_back(n, unasked_class);
      confidence_.emplace_back(n, 0.0F);
    }
    run_.assign(n, 0);
    labels_.assign(n, no_class);
    unlikely_.assign(n, 0.0F);
  }

  std::vector<SampleInfo> samples(std::span<const std::size_t> places) const {
    std::vector<SampleInfo> infos;
    for (const std::size_t place : places) {
      const NamedImage& image = images_[place];
      infos.push_back(
          {image.name, no_class, {0, -1, image.path.relative_path().string(), std::string()}});
    }
    return infos;
  }

  /// Runs some voters on some of the block's images, and keeps what they gave. `distributions`
  /// takes them where the policy needs more than votes.
  Result<void> run(ShardComputer& computer, const SampleReader& reader,
                   const std::vector<std::size_t>& voters, const std::vector<std::size_t>& places,
                   const fs::path& scratch, const BatchProgress& progress, HeldSplit* split) {
    ShardRange range{first_, static_cast<std::int64_t>(places.size()), voters};
    for (const std::size_t place : places)
      range.places.push_back(first_ + static_cast<std::int64_t>(place));
    const auto output = computer.compute(range, reader, samples(places), progress);
    TRY(output);
    if (output->voters != voters) {
      const auto& failed = computer.failed();
      if (!failed.empty()) return tl::unexpected(failed.begin()->second);
      return fail(ErrorKind::device, "a voter could not be run", setup_.decision.name);
    }
    for (const LoadFailure& failure : output->failures)
      error_[places[static_cast<std::size_t>(failure.sample - first_)]] = failure.message;
    // As a run's predictions are stored and read, which rounds those of many classes.
    const fs::path file = scratch / "block.safetensors";
    TRY(write_predictions(file, output->predictions->draft()));
    const auto stored = ClassPredictionFile::open(file, range.first, range.count);
    TRY(stored);
    for (std::size_t row = 0; row < voters.size(); ++row)
      keep_votes(*stored, static_cast<int>(row), voters[row], places);
    for (const std::size_t place : places) run_[place] += static_cast<int>(voters.size());
    if (split != nullptr) hold(*stored, voters, *split);
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

  Result<void> take(const Decisions& decisions, const ApplyRequest& request) const {
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
      TRY(request.take(applied));
    }
    return {};
  }

 private:
  void keep_votes(const ClassPredictionFile& stored, int row, std::size_t voter,
                  const std::vector<std::size_t>& places) {
    const auto predicted = stored.predicted(row);
    const auto confidence = stored.confidence(row);
    for (std::size_t i = 0; i < places.size(); ++i) {
      const std::int32_t label = predicted[i];
      predicted_[voter][places[i]] =
          label >= 0 && label < max_classes ? static_cast<ClassIndex>(label) : no_class;
      confidence_[voter][places[i]] = confidence[i];
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
  std::span<const NamedImage> images_;
  std::vector<std::string> error_;  ///< of each image; empty: it was read
  std::vector<std::vector<ClassIndex>> predicted_;
  std::vector<std::vector<float>> confidence_;
  std::vector<ClassIndex> labels_;
  std::vector<float> unlikely_;
  std::vector<int> run_;  ///< voters that were run on each
};

/// Voters one after another on what is still open.
Result<void> run_staged(ApplyBlock& block, const ApplySetup& setup, std::size_t images,
                        ShardComputer& computer, const SampleReader& reader,
                        const fs::path& scratch, const BatchProgress& progress) {
  std::vector<std::size_t> open(images);
  for (std::size_t i = 0; i < images; ++i) open[i] = i;
  std::vector<std::vector<AskedVote>> asked(images);
  for (const std::size_t voter : setup.stages->order) {
    if (open.empty()) break;
    TRY(block.run(computer, reader, {voter}, open, scratch, progress, nullptr));
    std::erase_if(open, [&](std::size_t place) {
      if (block.is_unread(place)) return true;
      asked[place].push_back(block.vote(voter, place));
      return setup.stages->settled(asked[place]);
    });
  }
  return {};
}

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
    const SampleReader reader(DatasetFormat::image_folder, {{fs::path("/"), 0, std::string()}});
    const auto total = static_cast<std::int64_t>(request.images.size());
    const bool distributions = decision.policy.policy.traits().needs != PolicyNeeds::votes;
    std::int64_t unread = 0, voters_run = 0, accepted = 0;
    bool stopping = false;
    const ApplyRequest counting = [&] {
      ApplyRequest copy = request;
      copy.take = [&](const AppliedImage& applied) {
        unread += !applied.error.empty();
        accepted += applied.accepted;
        voters_run += applied.voters_run;
        if (!applied.error.empty()) job.warning("image", applied.error, applied.image);
        return request.take(applied);
      };
      return copy;
    }();
    for (std::int64_t first = 0; first < total; first += shard_samples) {
      const auto count = static_cast<std::size_t>(std::min(shard_samples, total - first));
      const std::span<const NamedImage> images =
          std::span(request.images).subspan(static_cast<std::size_t>(first), count);
      ApplyBlock block(*setup, first, images);
      const auto progress = [&](std::int64_t) {
        job.progress("applying", first, total, "images");
        stopping = stopping || job.should_stop();
      };
      HeldSplit split;
      if (setup->stages) {
        TRY(run_staged(block, *setup, count, *computer, reader, request.scratch, progress));
      } else {
        std::vector<std::size_t> all(count);
        for (std::size_t i = 0; i < count; ++i) all[i] = i;
        TRY(block.run(*computer, reader, setup->asked, all, request.scratch, progress,
                      distributions ? &split : nullptr));
      }
      if (stopping)
        return fail(ErrorKind::cancelled, "cancelled; nothing was written", decision.name);
      split.votes = block.table();
      Decisions decisions;
      decide(decision.policy, split, decisions);
      TRY(block.take(decisions, counting));
      job.progress("applying", first + static_cast<std::int64_t>(count), total, "images");
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
