#include "core/report/draft.h"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

namespace plumbline {

namespace {

bool same_provenance(const Provenance& a, const Provenance& b) {
  return a.run == b.run && a.policy == b.policy && a.voters == b.voters && a.split == b.split &&
         a.condition == b.condition && a.selected_on == b.selected_on && a.rule == b.rule &&
         a.device == b.device && a.precision == b.precision && a.batch == b.batch &&
         a.chosen == b.chosen;
}

std::string_view chosen_words(Chosen chosen) {
  switch (chosen) {
    case Chosen::nothing: return "";
    case Chosen::elsewhere: return "";
    case Chosen::here: return "chosen on this very split: not a test figure";
    case Chosen::by_hand: return "parameters set by hand";
  }
  return "";
}

}  // namespace

FigureUse ReportDraft::add(ReportFigure figure) {
  const auto [place, added] = ids_.try_emplace(figure.id, report.figures.size());
  if (added) report.figures.push_back(std::move(figure));
  return {place->second, FigurePart::value};
}

FigureUse ReportDraft::use(std::string_view id, FigurePart part) const {
  const auto found = ids_.find(id);
  return {found == ids_.end() ? no_figure : found->second, part};
}

const ReportFigure& ReportDraft::figure(std::string_view id) const {
  static const ReportFigure none;
  const auto found = ids_.find(id);
  return found == ids_.end() ? none : report.figures[found->second];
}

std::size_t ReportDraft::add(const Provenance& provenance) {
  auto& all = report.provenances;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (same_provenance(all[i], provenance)) return i;
  all.push_back(provenance);
  return all.size() - 1;
}

Provenance ReportDraft::run_provenance(const std::string& policy) const {
  Provenance provenance;
  if (!run) return provenance;
  provenance.run = run->run.name;
  provenance.policy = policy;
  provenance.split = run->split;
  provenance.device = run->device();
  provenance.precision = run->run.precision;
  provenance.batch = run->run.batch;
  const bool own = policy == run->own.words;
  const auto& voters = own ? run->own.voters : std::vector<std::size_t>{0};
  for (const std::size_t voter : voters)
    provenance.voters +=
        (provenance.voters.empty() ? "" : ", ") + to_string(run->run.voters[voter]);
  if (own) {
    provenance.selected_on = run->selected_on;
    provenance.rule = run->rule;
    provenance.chosen = run->chosen;
  }
  return provenance;
}

void ReportDraft::say_provenance(std::vector<ReportBlock>& blocks, std::size_t place) const {
  if (!request->provenance || place >= report.provenances.size()) return;
  const Provenance& from = report.provenances[place];
  std::string words;
  const auto add_part = [&](const std::string& part) {
    if (!part.empty()) words += (words.empty() ? "" : " · ") + part;
  };
  add_part(from.run);
  add_part(from.policy);
  // Many are listed where the voters are.
  const auto commas = std::ranges::count(from.voters, ',');
  add_part(commas < 4 ? from.voters : fmt::format("{} voters", commas + 1));
  add_part(from.split);
  if (!from.selected_on.empty())
    add_part("chosen on " + from.selected_on + (from.rule.empty() ? "" : " by " + from.rule));
  add_part(std::string(chosen_words(from.chosen)));
  add_part(from.device + (from.precision.empty() ? "" : ", " + from.precision) +
           (from.batch > 0 ? fmt::format(", batch {}", from.batch) : ""));
  add_part(report.date.substr(0, 10));
  blocks.emplace_back(paragraph(words, Paragraph::Role::small));
}

Paragraph paragraph(Text text, Paragraph::Role role) { return {std::move(text), role}; }

std::string grouped(std::int64_t number) {
  std::string text = std::to_string(std::abs(number));
  for (std::size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, ",");
  return (number < 0 ? "−" : "") + text;
}

}  // namespace plumbline
