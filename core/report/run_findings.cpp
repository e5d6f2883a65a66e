#include "core/report/run_findings.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/data/hash.h"
#include "core/decision/policies/counted_costs.h"
#include "core/review/figures.h"
#include "core/study/decide_run.h"
#include "core/study/run_dataset.h"
#include "core/study/run_gaps.h"
#include "core/types/number.h"

namespace plumbline {

namespace {

/// So many that a million samples take seconds, and never fewer than a percentile needs.
int resamples_for(std::size_t samples) {
  const double affordable = 1e8 / static_cast<double>(std::max<std::size_t>(samples, 1));
  return static_cast<int>(std::clamp(affordable, 200.0, 1000.0));
}

Result<void> tell(const ReportProgress& progress, std::string_view what, double done) {
  if (progress && !progress(what, done))
    return fail(ErrorKind::cancelled, "the report was cancelled", {}, "nothing was written");
  return {};
}

/// What decides: a saved decision, a policy as it is written, the run's last decision, or the
/// policy that the kind begins with.
Result<void> choose_policy(const Study& study, const ReportRequest& request, const ReviewKind& kind,
                           RunFindings& facts) {
  std::optional<StoredDecision> saved;
  if (!request.decision.empty()) {
    auto decision = study.decision(request.decision);
    TRY(decision);
    saved = std::move(*decision);
  } else if (request.policy.empty()) {
    auto decisions = study.decisions();
    TRY(decisions);
    for (StoredDecision& decision : *decisions)
      if (decision.run == facts.run.name) saved = std::move(decision);
  }
  if (saved) {
    std::string named;
    for (const Voter& voter : saved->voters) named += (named.empty() ? "" : ",") + to_string(voter);
    auto voters = choose_voters(facts.run, named);
    TRY(voters);
    facts.own.voters = std::move(*voters);
    facts.own.policy = saved->policy;
    facts.decision = saved->name;
    facts.selected_on = saved->selected_on;
    facts.rule = saved->rule;
    facts.certificate = saved->certificate;
    return check_suits(facts.own.policy.policy, kind.name);
  }
  auto voters = choose_voters(facts.run, request.voters);
  TRY(voters);
  facts.own.voters = std::move(*voters);
  auto policy =
      parse_policy(request.policy.empty() ? kind.first_policy : std::string_view(request.policy),
                   facts.own.voters.size());
  TRY(policy);
  TRY(check_suits(*policy, kind.name));
  BindData data;
  data.classes = facts.dataset.classes;
  if (!request.costs.empty()) policy = without_cost_file(*policy);
  auto bound = bind(std::move(*policy), data);
  if (!bound) {
    Error error = bound.error();
    if (error.hint.empty())
      error.hint = "save what it learns: plumbline-engine decide --fit-on SPLIT --save NAME";
    return tl::unexpected(std::move(error));
  }
  facts.own.policy = with_costs_unless_read(std::move(*bound), request.costs);
  return {};
}

void note_where_chosen(RunFindings& facts) {
  const auto fitted = fitted_on(facts.own.policy);
  if (facts.selected_on == facts.split || std::ranges::find(fitted, facts.split) != fitted.end())
    facts.chosen = Chosen::here;
  else if (!facts.selected_on.empty())
    facts.chosen = Chosen::elsewhere;
  else
    facts.chosen = Chosen::by_hand;
}

/// The first voter's confidence at the threshold where it keeps as many: what redundancy has to
/// beat. The threshold is set on the very split that is shown, in the baseline's favour.
Result<void> judge_baseline(RunFindings& facts) {
  std::vector<std::size_t> voters{0};
  for (const std::size_t voter : facts.own.voters)
    if (voter != 0) voters.push_back(voter);
  const VoteTable table = select_voters(facts.votes->table(), voters);
  const EqualKeptCurve curve(table, 0);
  facts.baseline_points.assign(curve.points().begin(), curve.points().end());
  const auto point = curve.at(facts.reviewed->decisions.counts[Verdict::kept]);
  facts.equal_kept = point && std::isfinite(point->threshold);
  auto policy = make_policy("mcp", voters.size());
  TRY(policy);
  if (facts.equal_kept) *policy = policy->with_value(0, static_cast<double>(point->threshold));
  auto bound = bind(std::move(*policy));
  TRY(bound);
  auto reviewed = facts.source->decide(*bound, voters);
  TRY(reviewed);
  facts.baseline_reviewed = *reviewed;
  MetricData data = (*reviewed)->figures;
  const auto first = std::ranges::find(facts.own.voters, std::size_t{0});
  if (facts.cost.latency_ms && facts.cost.ratio && *facts.cost.ratio > 0 &&
      first == facts.own.voters.begin() && first != facts.own.voters.end()) {
    data.latency_ms = *facts.cost.latency_ms / *facts.cost.ratio;
    data.latency_ratio = 1;
  }
  if (facts.energy.joules && facts.energy.ratio && *facts.energy.ratio > 0 &&
      first == facts.own.voters.begin() && first != facts.own.voters.end())
    set_energy(data, {*facts.energy.joules / *facts.energy.ratio, 1}, {});
  facts.baseline =
      JudgedPolicy{std::move(*bound), {}, voters, decision_figures(std::move(data)), {}};
  facts.baseline->words = short_policy_words(facts.baseline->policy.policy);
  return {};
}

Result<void> judge_where_selected(const Study& study, RunFindings& facts) {
  if (facts.selected_on.empty() || facts.selected_on == facts.split) return {};
  const auto committed = study.committed(facts.run, facts.selected_on);
  if (!committed || *committed == 0) return {};
  const auto source = open_review(study, facts.run, facts.selected_on);
  TRY(source);
  const auto reviewed = (*source)->decide(facts.own.policy, facts.own.voters);
  TRY(reviewed);
  JudgedPolicy there{facts.own.policy,
                     facts.own.words,
                     facts.own.voters,
                     decision_figures((*reviewed)->figures),
                     {}};
  BootstrapOptions options;
  options.resamples = resamples_for(there.figures->data.right.size());
  auto resampled = bootstrap(there.figures->data, nullptr, options);
  TRY(resampled);
  there.resampled = std::move(*resampled);
  facts.drift =
      drift_of(there.figures->data, there.resampled, facts.own.figures->data, facts.own.resampled);
  facts.on_selected = std::move(there);
  facts.reviewed_on_selected = *reviewed;
  return {};
}

/// Of the names and labels of the split, in their order: another split, or another order, has
/// another hash.
Result<void> hash_inputs(const Study& study, RunFindings& facts) {
  Hasher hasher;
  const auto add = [&](std::string_view text) {
    hasher.add(std::as_bytes(std::span(text.data(), text.size())));
    const std::byte end{0};
    hasher.add(std::span(&end, 1));
  };
  TRY(study.names(facts.run.dataset, facts.split, add));
  const auto labels = study.labels(facts.run.dataset, facts.split);
  TRY(labels);
  hasher.add(std::as_bytes(std::span(*labels)));
  facts.hashes.emplace_back(
      fmt::format("names and labels of {}/{}", facts.dataset.name, facts.split), hasher.digest());
  std::vector<std::string> said;
  for (const std::size_t voter : facts.own.voters) {
    const std::string& model = facts.run.voters[voter].model;
    const auto found = std::ranges::find(facts.models, model, &ModelInfo::name);
    if (found == facts.models.end() || found->hash.empty() ||
        std::ranges::find(said, model) != said.end())
      continue;
    said.push_back(model);
    facts.hashes.emplace_back("model " + model, found->hash);
  }
  return {};
}

Result<void> read_surroundings(const Study& study, RunFindings& facts) {
  auto sets = study.prediction_sets(facts.run, facts.split);
  TRY(sets);
  facts.sets = std::move(*sets);
  auto models = study.models();
  TRY(models);
  facts.models = std::move(*models);
  if (auto warnings = study.warnings(facts.run.name)) facts.warnings = std::move(*warnings);
  const auto gaps = gaps_of(study, facts.run);
  TRY(gaps);
  facts.gaps = to_text(*gaps, facts.run);
  auto remarks = read_remarks(study, facts.run.dataset, facts.split);
  TRY(remarks);
  facts.remarks = std::move(*remarks);
  for (const std::string& split : facts.run.splits) {
    const auto samples = study.sample_count(facts.run.dataset, split);
    TRY(samples);
    facts.splits.emplace_back(split, *samples);
  }
  return hash_inputs(study, facts);
}

Result<void> resample_all(RunFindings& facts, const ReportProgress& progress) {
  BootstrapOptions options;
  options.resamples = facts.resamples = resamples_for(facts.own.figures->data.right.size());
  options.progress = [&](int done, int total) {
    return !progress || progress("resampling for the intervals", 0.2 + 0.3 * done / total);
  };
  const bool paired = facts.baseline && facts.baseline->figures->data.right.size() ==
                                            facts.own.figures->data.right.size();
  auto own = bootstrap(facts.own.figures->data, paired ? &facts.baseline->figures->data : nullptr,
                       options);
  TRY(own);
  facts.own.resampled = std::move(*own);
  if (!facts.baseline) return {};
  options.progress = [&](int done, int total) {
    return !progress || progress("resampling the baseline", 0.5 + 0.2 * done / total);
  };
  auto baseline = bootstrap(facts.baseline->figures->data, nullptr, options);
  TRY(baseline);
  facts.baseline->resampled = std::move(*baseline);
  return {};
}

}  // namespace

std::string RunFindings::class_name(ClassIndex index) const {
  return plumbline::class_name(dataset, index);
}

std::string RunFindings::device() const {
  for (const PredictionSet& set : sets)
    if (set.latency) return set.latency->device;
  return run.device_kind;
}

/// Of the many parameters of a fusion what is not as usual, by name.
std::string short_fusion_words(const Policy& policy) {
  std::string values;
  const auto usual = make_policy(policy.kind().name, policy.voters());
  for (std::size_t i = 0; i < policy.kind().parameters.size(); ++i) {
    const PolicyParameter& parameter = policy.kind().parameters[i];
    const std::string text = parameter.type == ParameterType::number
                                 ? value_text(policy.number(i), false)
                                 : argument_text(policy, i);
    const bool is_usual = usual && argument_text(*usual, i) == argument_text(policy, i);
    if (parameter.use == ParameterUse::accepts || !is_usual)
      values += fmt::format("{}{} {}", values.empty() ? "" : ", ", parameter.name, text);
  }
  return fmt::format("{}({})", policy.kind().name, values);
}

std::string short_policy_words(const Policy& policy) {
  if (policy.traits().needs == PolicyNeeds::boxes) return short_fusion_words(policy);
  std::string values;
  for (std::size_t i = 0; i < policy.kind().parameters.size(); ++i) {
    const ParameterType type = policy.kind().parameters[i].type;
    const bool number = type == ParameterType::number || type == ParameterType::integer;
    std::string text = number ? value_text(policy.number(i), type == ParameterType::integer)
                              : argument_text(policy, i);
    if (type == ParameterType::file)
      text = std::filesystem::path(policy.text(i)).filename().string();
    if (!text.empty()) values += (values.empty() ? "" : ", ") + text;
  }
  const std::string name(policy.kind().name);
  return values.empty() ? name : name + "(" + values + ")";
}

std::string written_policy(const Policy& policy, bool paths) {
  Policy shown = policy;
  for (std::size_t i = 0; i < policy.kind().parameters.size() && !paths; ++i)
    if (policy.kind().parameters[i].type == ParameterType::file && !policy.text(i).empty())
      if (auto named =
              shown.with_text(i, std::filesystem::path(policy.text(i)).filename().string()))
        shown = std::move(*named);
  return to_string(shown);
}

Result<std::optional<RunFindings>> gather_run(const Study& study, const ReportRequest& request,
                                              const ReportProgress& progress) {
  RunFindings facts;
  if (request.no_run) return std::optional<RunFindings>();
  std::string wanted = request.run;
  if (wanted.empty()) {
    const auto runs = study.runs();
    TRY(runs);
    if (!request.decision.empty()) {
      const auto decision = study.decision(request.decision);
      TRY(decision);
      wanted = decision->run;
    } else if (runs->empty()) {
      return std::optional<RunFindings>();
    } else {
      wanted = runs->back().name;
    }
  }
  TRY(tell(progress, "reading the run", 0));
  auto run = find_run(study, wanted);
  TRY(run);
  facts.run = std::move(*run);
  if (facts.run.voters.empty() || facts.run.splits.empty())
    return bad_input("the run has no voters or no split", wanted);
  const auto dataset = dataset_of_run(study, facts.run);
  TRY(dataset);
  facts.dataset = *dataset;
  // Of several splits the test split is shown: what parameters are chosen on stands beside it.
  const auto split =
      choose_split(study, facts.run,
                   request.split.empty() && facts.run.splits.size() > 1
                       ? (std::ranges::find(facts.run.splits, "test") != facts.run.splits.end()
                              ? std::string("test")
                              : facts.run.splits.back())
                       : request.split);
  TRY(split);
  facts.split = *split;
  const auto kind = review_kind_of(study, facts.run);
  TRY(kind);
  facts.kind = (*kind)->name;
  TRY(choose_policy(study, request, **kind, facts));
  facts.own.words = short_policy_words(facts.own.policy.policy);
  note_where_chosen(facts);
  auto source = (*kind)->open(study, facts.run, facts.split);
  TRY(source);
  facts.source = std::move(*source);
  TRY(tell(progress, "deciding", 0.1));
  auto reviewed = facts.source->decide(facts.own.policy, facts.own.voters);
  TRY(reviewed);
  facts.reviewed = std::move(*reviewed);
  facts.votes = facts.source->votes();
  const auto times = comparable_times(study, facts.run, facts.split, facts.own.voters);
  TRY(times);
  if (facts.votes) facts.table = select_voters(facts.votes->table(), facts.own.voters);
  facts.cost = facts.votes ? cost_of(facts.own.policy, facts.table, *times)
                           : cost_of(facts.own.policy, times->latency_ms);
  MetricData data = facts.reviewed->figures;
  data.latency_ms = facts.cost.latency_ms;
  data.latency_ratio = facts.cost.ratio;
  if (auto energies = read_run_energies(study, facts.run)) facts.energies = std::move(*energies);
  KnownEnergies known = known_energies(study, facts.run, facts.own.voters);
  facts.energy = facts.votes ? energy_of(facts.own.policy, facts.table, known.joules)
                             : energy_of(facts.own.policy, known.joules);
  facts.no_energy = known.missing;
  set_energy(data, facts.energy, std::move(known.missing));
  facts.own.figures = decision_figures(std::move(data));
  if (facts.votes) TRY(judge_baseline(facts));
  TRY(resample_all(facts, progress));
  TRY(tell(progress, "the front of kept against undetected", 0.7));
  if (facts.votes)
    facts.curve = operating_curve(facts.own.policy, facts.table, facts.reviewed->decisions,
                                  [&](const BoundPolicy& at) {
                                    const auto there = facts.source->decide(at, facts.own.voters);
                                    return there ? (*there)->decisions.counts : VerdictCounts{};
                                  });
  TRY(judge_where_selected(study, facts));
  TRY(read_surroundings(study, facts));
  TRY(tell(progress, "writing sections", 0.8));
  return facts;
}

}  // namespace plumbline
