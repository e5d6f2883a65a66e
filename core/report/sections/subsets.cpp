// Which few voters are worth their cost: the front over all choices among the decision's.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/report/section_table.h"
#include "core/review/voter_search.h"
#include "core/study/decide_run.h"

namespace plumbline {

namespace {

/// Votes or probabilities that all choices together read: some seconds on two cores.
constexpr double most_subset_work = 1e8;
constexpr std::size_t fewest_voters = 3, most_searched_voters = 16, most_listed_choices = 16;

double subset_work(const RunFindings& run) {
  const bool votes = deciding_policy(run.own.policy.policy).traits().needs == PolicyNeeds::votes;
  return std::ldexp(static_cast<double>(run.table.samples()),
                    static_cast<int>(run.own.voters.size()) - 1) *
         (votes ? 1.0 : static_cast<double>(run.dataset.classes.size()));
}

std::string without_subsets(const ReportDraft& draft) {
  if (std::string none = without_classes(draft); !none.empty()) return none;
  const RunFindings& run = *draft.run;
  const Policy& policy = deciding_policy(run.own.policy.policy);
  const std::size_t voters = run.own.voters.size();
  if (policy.traits().asks_first_only) return "The policy asks no voter but the first.";
  if (policy.traits().fitted)
    return fmt::format("The policy '{}' would have to be fitted again for each choice of voters.",
                       policy.kind().name);
  if (voters < fewest_voters)
    return fmt::format("{} decide{}: there is no choice among them.",
                       voters == 1 ? "One voter" : "Two voters", voters == 1 ? "s" : "");
  if (voters > most_searched_voters || subset_work(run) > most_subset_work)
    return fmt::format(
        "All choices among {} voters on {} samples are more than a report computes: "
        "the Decision page's voter search does.",
        voters, grouped(static_cast<std::int64_t>(run.table.samples())));
  return "";
}

/// The run with the decision's voters alone, on one of its splits. Nothing is written to the study.
Result<OpenedRun> open_deciders(const ReportDraft& draft, const std::string& split) {
  const RunFindings& run = *draft.run;
  OpenedRun opened;
  opened.folder = draft.study->folder();
  opened.dataset = run.dataset;
  opened.info = run.run;
  opened.info.voters.clear();
  for (const std::size_t voter : run.own.voters)
    opened.info.voters.push_back(run.run.voters[voter]);
  opened.split = split;
  const auto kind = review_kind_of(*draft.study, opened.info);
  TRY(kind);
  opened.kind = *kind;
  auto source = opened.kind->open(*draft.study, opened.info, split);
  TRY(source);
  opened.source = std::move(*source);
  opened.votes = opened.source->votes();
  opened.sample_count = opened.votes ? opened.votes->table().samples() : 0;
  return opened;
}

/// Where the settings of each choice are found: where the decision was chosen, else on a split that
/// may be used for it, else on the one that is shown.
Result<std::string> split_of_search(const ReportDraft& draft) {
  const RunFindings& run = *draft.run;
  if (!run.selected_on.empty()) {
    const auto committed = draft.study->committed(run.run, run.selected_on);
    if (committed && *committed > 0) return run.selected_on;
  }
  const auto other = selection_split(*draft.study, run.run, run.split);
  TRY(other);
  return other->value_or(run.split);
}

/// The decision's own rule where it can be searched by, else as many kept as the baseline.
SelectionRule rule_of_search(const RunFindings& run) {
  if (const auto own = parse_selection_rule(run.rule); !run.rule.empty() && own) return *own;
  SelectionRule rule;
  rule.kept_as_baseline = true;
  return rule;
}

/// The rule as it was asked for: of what it came to here a number would say nothing elsewhere.
std::string rule_words(const RunFindings& run) { return to_string(rule_of_search(run)); }

std::string choice_names(const RunFindings& run, const VoterChoice& choice) {
  std::vector<std::string> names;
  for (const std::size_t voter : choice.voters)
    names.push_back(to_string(run.run.voters[run.own.voters[voter]]));
  return fmt::format("{}", fmt::join(names, ", "));
}

/// What there is to say of each choice.
class SubsetFigures {
 public:
  SubsetFigures(ReportDraft& draft, const VoterSearch& search, std::size_t place)
      : draft_(draft), search_(search), choice_(search.choices[place]), place_(place) {
    const RunFindings& run = *draft.run;
    Provenance from = draft.run_provenance(run.own.words);
    // As it is written, so that whoever checks the figure can decide by it.
    from.policy = to_string(choice_.policy.policy);
    from.voters = choice_names(run, choice_);
    from.selected_on = search.split;
    from.rule = rule_words(run);
    from.chosen = search.split == run.split ? Chosen::here : Chosen::elsewhere;
    shown_ = draft.add(from);
    from.split = search.split;
    from.chosen = Chosen::here;
    chosen_ = draft.add(from);
  }

  std::string id(const char* what) const { return fmt::format("subset.{}.{}", place_ + 1, what); }

  void add() {
    add_cost("cost", "cost with all voters asked", choice_.cost);
    if (choice_.staged_cost)
      add_cost("staged_cost", "cost with one voter asked after another", *choice_.staged_cost);
    add_count("kept", "correct ones kept", choice_.shown.kept, shown_);
    add_count("undetected", "undetected mispredictions", choice_.shown.undetected, shown_);
    if (search_.split != draft_.run->split)
      add_count("undetected_chosen", "undetected where it was chosen", choice_.chosen.undetected,
                chosen_);
  }

 private:
  std::string whose() const {
    return fmt::format(" of choice {} ({} voters)", place_ + 1, choice_.voters.size());
  }

  void add_cost(const char* what, const char* title, double value) {
    ReportFigure figure;
    figure.id = id(what);
    figure.title = title + whose();
    figure.definition = search_.timed ? "As a multiple of the first voter's latency."
                                      : "Voters per sample: not all were timed alike.";
    figure.unit = search_.timed ? ReportUnit::times : ReportUnit::plain;
    figure.value = value;
    figure.provenance = chosen_;
    draft_.add(std::move(figure));
  }

  void add_count(const char* what, const char* title, std::int64_t count, std::size_t provenance) {
    const bool shown = provenance == shown_;
    const std::int64_t n = shown ? draft_.run->own.figures->data.counts.judged() : std::int64_t{0};
    ReportFigure figure;
    figure.id = id(what);
    figure.title = title + whose();
    figure.definition = "At the setting that the rule chose.";
    figure.unit = ReportUnit::count;
    figure.value = static_cast<double>(count);
    figure.n = n;
    figure.provenance = provenance;
    if (n > 0 && count <= n) {
      const Interval share = wilson_interval(count, n);
      figure.interval =
          Interval{share.low * static_cast<double>(n), share.high * static_cast<double>(n)};
      figure.interval_kind = "95 %, Wilson";
    }
    draft_.add(std::move(figure));
  }

  ReportDraft& draft_;
  const VoterSearch& search_;
  const VoterChoice& choice_;
  std::size_t place_, shown_ = 0, chosen_ = 0;
};

std::string subset_cost_words(const VoterSearch& search) {
  return search.timed ? "latency (× the first voter)" : "voters asked per sample";
}

ReportPlot subset_plot(const ReportDraft& draft, const VoterSearch& search) {
  const RunFindings& run = *draft.run;
  ReportPlot plot;
  plot.key = "subsets";
  plot.title = "Undetected against cost, by choice of voters";
  plot.x_label = subset_cost_words(search) + (search.staged ? ", asked one after another" : "");
  plot.y_label = "undetected on " + run.split + " (samples)";
  PlotSeries others{"other choices", PlotLook::others, PlotSeries::Shape::dots, {}, false};
  PlotSeries front{
      "best at their cost on " + search.split, PlotLook::second, PlotSeries::Shape::line, {}};
  double right = 0;
  for (std::size_t i = 0; i < search.choices.size(); ++i) {
    const VoterChoice& choice = search.choices[i];
    const double x = choice.least_cost(), y = static_cast<double>(choice.shown.undetected);
    right = std::max(right, x);
    if (!choice.on_front) {
      others.points.emplace_back(x, y);
      continue;
    }
    front.points.emplace_back(x, y);
    PlotMark mark;
    mark.x = x;
    mark.y = y;
    mark.look = PlotLook::second;
    mark.interval = draft.figure(fmt::format("subset.{}.undetected", i + 1)).interval;
    plot.marks.push_back(std::move(mark));
  }
  plot.series = {std::move(others), std::move(front)};
  const auto ratio = run.cost.ratio;
  PlotMark own;
  own.x = search.timed && ratio ? *ratio : static_cast<double>(run.own.voters.size());
  own.y = static_cast<double>(run.own.figures->data.counts[Verdict::undetected]);
  own.label = run.own.words;
  own.interval = draft.figure("decision.undetected_mispredictions").interval;
  right = std::max(right, own.x);
  if (!search.timed || ratio) plot.marks.push_back(std::move(own));
  plot.x_range = Interval{0, right * 1.05};
  return plot;
}

ReportTable subset_table(const ReportDraft& draft, const VoterSearch& search,
                         const std::vector<std::size_t>& listed) {
  const RunFindings& run = *draft.run;
  const bool elsewhere = search.split != run.split;
  ReportTable table;
  table.key = "subsets";
  table.caption = fmt::format("Choices that are best at their cost on '{}'{}", search.split,
                              elsewhere ? ", and what they do on '" + run.split + "'" : "");
  table.heads = {"voters", "", search.timed ? "latency" : "cost"};
  if (search.staged) table.heads.push_back("in stages");
  if (elsewhere) table.heads.push_back("undetected, " + search.split);
  table.heads.insert(table.heads.end(),
                     {"kept, " + run.split, "undetected, " + run.split, "95 % interval"});
  table.numeric.assign(table.heads.size(), true);
  table.numeric[1] = false;
  for (const std::size_t place : listed) {
    const VoterChoice& choice = search.choices[place];
    const auto cell = [&](const char* what, FigurePart part = FigurePart::value) {
      const std::string id = fmt::format("subset.{}.{}", place + 1, what);
      return draft.has(id) ? TableCell{draft.use(id, part)} : TableCell{"–"};
    };
    TableRow row;
    row.cells.push_back({std::to_string(choice.voters.size())});
    row.cells.push_back({choice_names(run, choice)});
    row.cells.push_back(cell("cost"));
    if (search.staged) row.cells.push_back(cell("staged_cost"));
    if (elsewhere) row.cells.push_back(cell("undetected_chosen"));
    row.cells.push_back(cell("kept"));
    row.cells.push_back(cell("undetected"));
    row.cells.back().strong = true;
    row.cells.push_back(cell("undetected", FigurePart::interval));
    table.rows.push_back(std::move(row));
  }
  return table;
}

Result<std::vector<ReportBlock>> write_subsets(ReportDraft& draft) {
  const RunFindings& run = *draft.run;
  const auto split = split_of_search(draft);
  TRY(split);
  const auto held = open_deciders(draft, *split);
  TRY(held);
  const auto shown = *split == run.split ? *held : open_deciders(draft, run.split);
  TRY(shown);
  const auto times = comparable_times(*draft.study, run.run, run.split, run.own.voters);
  TRY(times);
  const auto search = search_voters(
      *held, *shown, run.own.policy.policy, rule_of_search(run), *times,
      [&](std::size_t done, std::size_t total) {
        return !draft.progress ||
               draft.progress("searching voters",
                              static_cast<double>(done) /
                                  static_cast<double>(std::max<std::size_t>(total, 1)));
      });
  TRY(search);
  std::vector<ReportBlock> blocks;
  std::vector<std::size_t> listed;
  std::size_t unlisted = 0;
  for (std::size_t i = 0; i < search->choices.size(); ++i) {
    SubsetFigures(draft, *search, i).add();
    if (!search->choices[i].on_front) continue;
    if (listed.size() < most_listed_choices)
      listed.push_back(i);
    else
      ++unlisted;
  }
  if (listed.empty()) {
    blocks.emplace_back(paragraph(
        fmt::format("None of {} choices of voters satisfies the rule {} on '{}'.",
                    grouped(static_cast<std::int64_t>(search->tried)), rule_words(run), *split),
        Paragraph::Role::missing));
    return blocks;
  }
  blocks.emplace_back(paragraph(fmt::format(
      "All {} choices among the {} voters were tried with {} at every setting of its threshold, on "
      "the split '{}' by the rule {}.",
      grouped(static_cast<std::int64_t>(search->tried)), run.own.voters.size(),
      deciding_policy(run.own.policy.policy).kind().name, *split, rule_words(run))));
  if (*split == run.split)
    blocks.emplace_back(
        paragraph("They were chosen on '" + run.split +
                      "', the split that is shown, since there is no other one: these are not test "
                      "figures, and the best of many choices looks better here than elsewhere.",
                  Paragraph::Role::caution));
  blocks.emplace_back(PlotRow{{subset_plot(draft, *search)}});
  blocks.emplace_back(subset_table(draft, *search, listed));
  if (unlisted > 0)
    blocks.emplace_back(paragraph(
        fmt::format("{} further choices of the front are in the plot and in the report's JSON.",
                    unlisted),
        Paragraph::Role::small));
  blocks.emplace_back(paragraph(
      *split == run.split
          ? "Bars are 95 % intervals of a choice that was not searched for."
          : "Chosen on one split and shown on another, as a test figure has to be; the front is "
            "that of the first, and need not fall on the second. Bars are 95 % intervals.",
      Paragraph::Role::small));
  draft.say_provenance(
      blocks, draft.figure(fmt::format("subset.{}.undetected", listed.front() + 1)).provenance);
  return blocks;
}

}  // namespace

extern const ReportSection subsets_section;
const ReportSection subsets_section = {.key = "subsets",
                                       .group = "decision",
                                       .title = "Which voters",
                                       .missing = without_subsets,
                                       .write = write_subsets};

}  // namespace plumbline
