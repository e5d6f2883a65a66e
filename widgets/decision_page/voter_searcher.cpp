#include "widgets/decision_page/voter_searcher.h"

#include <algorithm>

#include "core/decision/policies/counted_costs.h"
#include "widgets/page/background.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr int progress_ms = 100;

}  // namespace

VoterSearcher::VoterSearcher(DecisionAnalysis* analysis) : QObject(analysis), analysis_(analysis) {
  tick_.setInterval(progress_ms);
  connect(&tick_, &QTimer::timeout, this, [this] {
    if (running_ == nullptr) return;
    done_ = running_->done;
    total_ = running_->total;
    Q_EMIT changed();
  });
  connect(analysis_, &DecisionAnalysis::curves_changed, this, &VoterSearcher::forget_others);
}

VoterSearcher::~VoterSearcher() { stop(); }

void VoterSearcher::forget_others() {
  if (analysis_->review() == review_ && analysis_->cost_axis() == axis_) return Q_EMIT changed();
  stop();
  review_ = analysis_->review();
  axis_ = analysis_->cost_axis();
  found_.reset();
  found_for_.clear();
  Q_EMIT changed();
}

std::string VoterSearcher::key() const {
  // The same for every choice of voters and every setting.
  const RunReview* review = analysis_->review();
  if (review == nullptr) return {};
  const Policy all = review->rules().for_voters(review->run().info.voters.size());
  const auto bound = bind(all);
  return bound ? curve_key(*bound) : std::string();
}

std::vector<double> VoterSearcher::counted() const {
  const RunReview* review = analysis_->review();
  const auto* costs = review == nullptr ? nullptr : costs_of(review->bound_policy());
  return costs == nullptr ? std::vector<double>() : *costs;
}

bool VoterSearcher::is_current() const {
  return found_ != nullptr && found_for_ == key() && found_with_ == counted();
}

void VoterSearcher::stop() {
  if (running_ != nullptr) running_->stopped = true;
  running_.reset();
  tick_.stop();
}

void VoterSearcher::start(const SelectionRule& rule) {
  stop();
  const RunReview* review = analysis_->review();
  if (review == nullptr) return;
  review_ = analysis_->review();
  running_ = std::make_shared<Flags>();
  done_ = total_ = 0;
  const OpenedRun* held = analysis_->validation_run();
  run_in_background(
      this,
      [flags = running_, shown = review->run(), held = held != nullptr ? *held : review->run(),
       policy = review->rules(), rule, costs = analysis_->voter_costs(), counted = counted()] {
        return search_voters(
            held, shown, policy, rule, costs,
            [&](std::size_t done, std::size_t total) {
              flags->done = done;
              flags->total = total;
              return !flags->stopped;
            },
            most_search_bytes, counted);
      },
      [this, flags = running_, of = key(), with = counted()](Result<VoterSearch> found) {
        if (flags != running_) return;  // stopped, or another one was asked for
        running_.reset();
        tick_.stop();
        if (found) {
          found_ = std::make_shared<const VoterSearch>(std::move(*found));
          found_for_ = of;
          found_with_ = with;
        }
        Q_EMIT changed();
        if (!found) Q_EMIT failed(text_of(to_string(found.error())));
      });
  tick_.start();
  Q_EMIT changed();
}

void VoterSearcher::take(const VoterChoice& choice) {
  if (RunReview* review = analysis_->review())
    review->set_decision(choice.staged_cost ? staged_choice(choice) : choice.policy, choice.voters);
}

}  // namespace plumbline
