#include "core/engine/inference/apply_block.h"

#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/format.h>

namespace plumbline {

namespace {

/// What a voter that is not asked is said to vote: nobody reads it, since label and acceptance are
/// settled whatever it says.
constexpr ClassIndex unasked_class = 0;

}  // namespace

ApplyBlock::ApplyBlock(const ApplySetup& setup, std::int64_t first, std::vector<SampleInfo> images)
    : setup_(setup),
      first_(first),
      images_(std::move(images)),
      error_(images_.size()),
      kept_(setup.most_kept_bytes) {
  const std::size_t n = images_.size();
  for (std::size_t v = 0; v < setup.decision.voters.size(); ++v) {
    predicted_.emplace_back(n, unasked_class);
    confidence_.emplace_back(n, 0.0F);
  }
  run_.assign(n, 0);
  labels_.assign(n, no_class);
  unlikely_.assign(n, 0.0F);
}

Result<void> ApplyBlock::queue(ShardComputer& computer, const SampleReader& reader,
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
  auto output = computer.queue(range, reader, samples_, progress, {}, &kept_);
  TRY(output);
  if (output->voters != voters_) {
    const auto& failed = computer.failed();
    if (!failed.empty()) return tl::unexpected(failed.begin()->second);
    return fail(ErrorKind::device, "a voter could not be run", setup_.decision.name);
  }
  output_ = std::move(*output);
  return {};
}

Result<void> ApplyBlock::settle(ShardComputer& computer, const std::filesystem::path& scratch,
                                HeldSplit* split) {
  TRY(computer.settle(output_, samples_));
  for (const LoadFailure& failure : output_.failures)
    error_[places_[static_cast<std::size_t>(failure.sample - first_)]] = failure.message;
  const PredictionDraft draft = output_.predictions->draft();
  keep_votes(draft);
  for (const std::size_t place : places_) run_[place] += static_cast<int>(voters_.size());
  if (split != nullptr) {
    // As a run's predictions are stored and read, which rounds those of many classes.
    const std::filesystem::path file = scratch / "block.safetensors";
    TRY(write_predictions(file, draft));
    const auto stored =
        ClassPredictionFile::open(file, first_, static_cast<std::int64_t>(places_.size()));
    TRY(stored);
    hold(*stored, voters_, *split);
  }
  output_ = {};
  return {};
}

VoteTable ApplyBlock::table() const {
  VoteTable votes{labels_, {}};
  for (std::size_t v = 0; v < predicted_.size(); ++v)
    votes.voters.push_back({predicted_[v], confidence_[v], unlikely_, {}});
  return votes;
}

Result<void> ApplyBlock::give(const Decisions& decisions, const TakeImage& take) const {
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

void ApplyBlock::keep_votes(const PredictionDraft& draft) {
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

void ApplyBlock::hold(const ClassPredictionFile& stored, const std::vector<std::size_t>& voters,
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

std::string ApplyBlock::without_output(std::size_t place) const {
  for (std::size_t v = 0; v < predicted_.size(); ++v)
    if (predicted_[v][place] == no_class) return to_string(setup_.decision.voters[v]);
  return {};
}

std::string ApplyBlock::class_name(ClassIndex label) const {
  const auto& classes = setup_.decision.classes;
  return label < classes.size() ? classes[label] : fmt::format("class {}", label);
}

}  // namespace plumbline
