#include "widgets/decision_page/decision_analysis.h"

#include <algorithm>

#include "core/decision/policies/counted_costs.h"
#include "core/review/figures.h"
#include "core/review/policies_beside.h"
#include "core/study/decide_run.h"
#include "widgets/page/background.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr int rest_ms = 30;
constexpr std::size_t most_lines = 3;

struct RunFacts {
  VoterTimes times;
  KnownEnergies energies;
  std::string split;
  std::shared_ptr<const OpenedRun> run;
  VoterPairs pairs;
};

Result<RunFacts> read_facts(const OpenedRun& run) {
  const auto study = Study::open(run.folder, Access::read_only);
  TRY(study);
  RunFacts facts;
  facts.pairs = VoterPairs(run.votes->table());
  std::vector<std::size_t> all(run.info.voters.size());
  for (std::size_t v = 0; v < all.size(); ++v) all[v] = v;
  auto times = comparable_times(*study, run.info, run.split, all);
  TRY(times);
  facts.times = std::move(*times);
  facts.energies = known_energies(*study, run.info, all);
  const auto split = selection_split(*study, under(run.info, View()), run.split);
  TRY(split);
  if (!*split) return facts;
  auto held = open_run(run.folder, run.info.name, **split);
  TRY(held);
  facts.split = **split;
  facts.run = std::make_shared<const OpenedRun>(std::move(*held));
  return facts;
}

MetricData with_harm(MetricData data, const HarmCosts& costs, const VoteTable& votes,
                     const Decisions& decisions) {
  data.columns.push_back(harm_column(costs.unit(), votes.labels, decisions));
  return data;
}

}  // namespace

DecisionAnalysis::DecisionAnalysis(QObject* parent)
    : QObject(parent), generation_(std::make_shared<std::atomic<std::uint64_t>>(0)) {
  rest_.setSingleShot(true);
  rest_.setInterval(rest_ms);
  connect(&rest_, &QTimer::timeout, this, &DecisionAnalysis::refresh);
}

DecisionAnalysis::~DecisionAnalysis() { ++*generation_; }

void DecisionAnalysis::set_review(RunReview* review) {
  if (review_) review_->disconnect(this);
  ++*generation_;
  ++opened_;
  rest_.stop();
  review_ = review;
  held_ = false;
  baseline_point_.reset();
  cost_ = {};
  shares_.clear();
  times_ = {};
  energies_ = {{}, "the run is being read"};
  axis_ = CostAxis::latency;
  risk_.clear();
  curve_.reset();
  curve_of_.clear();
  curve_wanted_.clear();
  curve_current_ = false;
  shown_ = validation_ = baseline_ = {};
  shown_policy_.reset();
  lines_.clear();
  lines_voters_.clear();
  validation_name_.clear();
  validation_run_.reset();
  validation_read_ = false;
  pairs_ = {};
  if (review == nullptr) {
    Q_EMIT curves_changed();
    Q_EMIT figures_changed();
    return;
  }
  connect(review, &RunReview::decided, this, &DecisionAnalysis::take_decisions);
  connect(review, &RunReview::costs_changed, this, &DecisionAnalysis::take_costs);
  connect(review, &RunReview::busy_changed, this, &DecisionAnalysis::figures_changed);
  read_run();
  take_decisions(true);
}

bool DecisionAnalysis::settled() const {
  return review_ == nullptr || (!review_->busy() && pending_ == 0 && !rest_.isActive());
}

/// Work on another thread whose result is taken only if nothing newer was asked for.
template <class Work, class Done>
void DecisionAnalysis::in_background(std::uint64_t generation, Work work, Done done) {
  ++pending_;
  run_in_background(this, std::move(work),
                    [this, generation, done = std::move(done)](auto result) mutable {
                      --pending_;
                      if (generation == *generation_ && review_ != nullptr) done(std::move(result));
                    });
}

void DecisionAnalysis::read_run() {
  ++pending_;
  run_in_background(
      this, [run = review_->run()] { return read_facts(run); },
      [this, opened = opened_](Result<RunFacts> facts) {
        --pending_;
        if (opened != opened_ || review_ == nullptr) return;
        validation_read_ = true;
        if (!facts) {
          Q_EMIT failed(text_of(to_string(facts.error())));
        } else {
          times_ = std::move(facts->times);
          energies_ = std::move(facts->energies);
          validation_name_ = std::move(facts->split);
          validation_run_ = std::move(facts->run);
          pairs_ = std::move(facts->pairs);
        }
        follow_at_once();
        rest_.start();
        Q_EMIT moved();
        Q_EMIT figures_changed();
      });
}

void DecisionAnalysis::set_cost_axis(CostAxis axis) {
  if (axis == axis_ || (axis == CostAxis::energy && !no_energy().empty())) return;
  axis_ = axis;
  Q_EMIT curves_changed();
}

std::optional<double> DecisionAnalysis::baseline_ms() const {
  return times_.latency_ms.empty() ? std::nullopt : times_.latency_ms.front();
}

std::optional<VerdictCounts> DecisionAnalysis::baseline_counts() const {
  if (!baseline_point_) return std::nullopt;
  const auto points = review_->run().baseline->points();
  VerdictCounts counts;
  const auto set = [&](Verdict verdict, std::int64_t value) {
    counts.by_verdict[static_cast<std::size_t>(verdict)] = value;
  };
  set(Verdict::kept, baseline_point_->kept);
  set(Verdict::undetected, baseline_point_->undetected);
  set(Verdict::caught, points.back().undetected - baseline_point_->undetected);
  set(Verdict::needlessly_rejected, points.back().kept - baseline_point_->kept);
  return counts;
}

QString DecisionAnalysis::baseline_name() const {
  if (!baseline_point_) return QStringLiteral("mcp");
  return QStringLiteral("mcp(%1)").arg(decimal(static_cast<double>(baseline_point_->threshold), 2));
}

const DecisionFigures* DecisionAnalysis::calibrated(QString* name) const {
  if (const Line* line = calibrated_line()) {
    *name = text_of(line->kind->name);
    return line->figures.get();
  }
  if (review_ == nullptr || !shown_.figures || shown_.figures->reliability.empty()) return nullptr;
  *name = text_of(review_->policy().kind().name);
  return shown_.figures.get();
}

const DecisionAnalysis::Line* DecisionAnalysis::calibrated_line() const {
  if (review_ == nullptr || (shown_.figures && !shown_.figures->reliability.empty()))
    return nullptr;
  const auto line = std::ranges::find_if(lines_, [](const Line& beside) {
    return beside.figures && !beside.figures->reliability.empty();
  });
  return line == lines_.end() ? nullptr : &*line;
}

void DecisionAnalysis::take_decisions(bool settled) {
  held_ = !settled;
  follow_at_once();
  if (settled) {
    // What is under way is of an older policy.
    ++*generation_;
    rest_.start();
  }
  Q_EMIT moved();
}

/// Verdicts stay, unless the policy counts costs; what was computed of them is computed once more.
void DecisionAnalysis::take_costs() {
  shown_.current = validation_.current = baseline_.current = false;
  shown_.resampled_current = validation_.resampled_current = false;
  if (costs_of(review_->bound_policy()) != nullptr) curve_of_.clear();
  curve_current_ = curve_current_ && !curve_of_.empty();
  ++*generation_;
  rest_.start();
  Q_EMIT figures_changed();
}

/// What is made of the verdicts alone, and the one curve that may bend under the slider.
void DecisionAnalysis::follow_at_once() {
  const Decisions& decisions = review_->decisions();
  confusion_.count(decisions, review_->votes().labels, review_->run().dataset.classes.size());
  baseline_point_ = review_->run().baseline->at(decisions.counts[Verdict::kept]);
  const BoundPolicy& policy = review_->bound_policy();
  // Of stages what was counted last stays, as what it is.
  cost_current_ = policy.policy.kind().asked_on == nullptr;
  if (cost_current_ || shares_.size() != review_->policy_voters().size())
    take_cost(asked_shares(policy));
  const bool same = shown_policy_ && shown_voters_ == review_->policy_voters() &&
                    same_scores(*shown_policy_, review_->bound_policy());
  if (!same || risk_.empty()) risk_ = risk_curve(decisions);
  shown_.current = shown_.current && same;
  shown_.resampled_current = validation_.resampled_current = false;
  validation_.current = false;
  const std::string key = curve_key(review_->bound_policy());
  curve_current_ = curve_ && key == curve_of_ && lines_voters_ == review_->policy_voters();
}

/// One voter after another, each for its share of the samples.
void DecisionAnalysis::take_cost(std::vector<double> shares) {
  shares_ = std::move(shares);
  cost_ = cost_of_shares(shares_, times_.of(review_->policy_voters()));
  // Beside the run's first voter, whether or not the policy asks it.
  cost_.ratio = std::nullopt;
  if (cost_.latency_ms && baseline_ms() && *baseline_ms() > 0)
    cost_.ratio = *cost_.latency_ms / *baseline_ms();
}

void DecisionAnalysis::compute_cost() {
  in_background(
      *generation_,
      [votes = review_->run().votes, voters = review_->policy_voters(),
       policy = review_->bound_policy()] {
        return asked_shares(policy, select_voters(votes->table(), voters));
      },
      [this](std::vector<double> shares) {
        take_cost(std::move(shares));
        cost_current_ = true;
        Q_EMIT moved();
      });
}

void DecisionAnalysis::refresh() {
  if (review_ == nullptr || review_->busy()) return;
  if (lines_voters_ != review_->policy_voters()) {
    lines_voters_ = review_->policy_voters();
    baseline_ = {};
    lines_.clear();
    curve_of_.clear();
    curve_current_ = false;
  }
  if (!cost_current_) compute_cost();
  compute_shown();
  if (!curve_current_) compute_curve();
  compute_lines();
  compute_validation();
  Q_EMIT figures_changed();
}

void DecisionAnalysis::compute_curve() {
  const std::string key = curve_key(review_->bound_policy());
  in_background(
      *generation_,
      [run = review_->run(), voters = review_->policy_voters(), policy = review_->bound_policy(),
       decided = review_->decisions()] {
        const CountVerdicts count = [&](const BoundPolicy& at) {
          const auto reviewed = run.source->decide(at, voters);
          return reviewed ? (*reviewed)->decisions.counts : VerdictCounts{};
        };
        return operating_curve(policy, select_voters(run.votes->table(), voters), decided, count);
      },
      [this, key](OperatingCurve curve) {
        curve_ = std::move(curve);
        curve_of_ = key;
        curve_current_ = true;
        Q_EMIT curves_changed();
      });
}

void DecisionAnalysis::compute_shown() {
  struct Both {
    std::shared_ptr<const DecisionFigures> shown, baseline;
  };
  in_background(
      *generation_,
      [votes = review_->run().votes, voters = review_->policy_voters(),
       policy = review_->bound_policy(), decided = review_->decisions(), cost = cost_,
       ms = baseline_ms(), costs = review_->costs(),
       known = baseline_.current ? baseline_.figures : nullptr] {
        const VoteTable chosen = select_voters(votes->table(), voters);
        Both both{decision_figures(with_harm(metric_data(policy, decided, chosen, cost), costs,
                                             chosen, decided)),
                  known};
        if (both.baseline) return both;
        const auto [mcp, alone, decisions] = baseline_beside(votes->table(), voters);
        both.baseline = decision_figures(with_harm(
            metric_data(mcp, decisions, alone, {1, ms, ms ? std::optional(1.0) : std::nullopt}),
            costs, alone, decisions));
        return both;
      },
      [this, policy = review_->bound_policy(), voters = review_->policy_voters()](Both both) {
        shown_policy_ = policy;
        shown_voters_ = voters;
        shown_ = {std::move(both.shown), {}, true, false};
        baseline_ = {std::move(both.baseline), {}, true, false};
        risk_ = shown_.figures->risk;
        Q_EMIT curves_changed();
        Q_EMIT figures_changed();
        resample(&DecisionAnalysis::shown_);
      });
}

void DecisionAnalysis::compute_lines() {
  const auto kinds =
      policies_beside(review_->policy().kind(), review_->policy_voters().size(), most_lines);
  std::erase_if(
      lines_, [&](const Line& line) { return std::ranges::find(kinds, line.kind) == kinds.end(); });
  for (const PolicyKind* kind : kinds) {
    if (std::ranges::find(lines_, kind, &Line::kind) != lines_.end()) continue;
    const auto policy = make_policy(*kind, review_->policy_voters().size());
    if (!policy) continue;
    in_background(
        *generation_,
        [source = review_->run().source, voters = review_->policy_voters(),
         policy = *policy]() -> Result<std::shared_ptr<const DecisionFigures>> {
          auto bound = bind(policy);
          TRY(bound);
          const auto reviewed = source->decide(*bound, voters);
          TRY(reviewed);
          return decision_figures((*reviewed)->figures);
        },
        [this, kind, text = to_string(*policy)](auto figures) {
          if (!figures) return Q_EMIT failed(text_of(to_string(figures.error())));
          // It may have been asked for twice before the first answer.
          std::erase_if(lines_, [kind](const Line& line) { return line.kind == kind; });
          lines_.push_back({kind, text, std::move(*figures)});
          const auto order = policy_kinds();
          std::ranges::sort(lines_, {}, [&](const Line& line) {
            return std::ranges::find(order, line.kind) - order.begin();
          });
          Q_EMIT curves_changed();
        });
  }
}

void DecisionAnalysis::compute_validation() {
  if (validation_run_ == nullptr) return;
  in_background(
      *generation_,
      [run = validation_run_, voters = review_->policy_voters(), policy = review_->bound_policy(),
       costs = review_->costs()]() -> Result<std::shared_ptr<const DecisionFigures>> {
        const auto reviewed = run->source->decide(policy, voters);
        TRY(reviewed);
        return decision_figures(
            with_harm((*reviewed)->figures, costs, run->votes->table(), (*reviewed)->decisions));
      },
      [this](auto figures) {
        if (!figures) return Q_EMIT failed(text_of(to_string(figures.error())));
        validation_ = {std::move(*figures), {}, true, false};
        Q_EMIT figures_changed();
        resample(&DecisionAnalysis::validation_);
      });
}

void DecisionAnalysis::resample(Column DecisionAnalysis::* column) {
  const bool paired = column == &DecisionAnalysis::shown_ && baseline_.figures &&
                      baseline_.figures->data.score.size() == shown_.figures->data.score.size();
  in_background(
      *generation_,
      [figures = (this->*column).figures,
       beside = paired ? baseline_.figures : std::shared_ptr<const DecisionFigures>(),
       generation = generation_, mine = generation_->load()] {
        BootstrapOptions options;
        options.progress = [&](int, int) { return *generation == mine; };
        return bootstrap(figures->data, beside ? &beside->data : nullptr, options);
      },
      [this, column](Result<std::vector<ResampledFigure>> resampled) {
        if (!resampled) return Q_EMIT failed(text_of(to_string(resampled.error())));
        (this->*column).resampled = std::move(*resampled);
        (this->*column).resampled_current = true;
        Q_EMIT figures_changed();
      });
}

}  // namespace plumbline
