#pragma once
#include <map>
#include <string>

#include "core/report/document.h"
#include "core/report/run_findings.h"
#include "core/report/search_findings.h"

namespace plumbline {

/// What sections are made of, and the report that they are added to. Figures are added once, under
/// their ids; whoever needs one again asks for it by its id.
class ReportDraft {
 public:
  const Study* study = nullptr;
  const ReportRequest* request = nullptr;
  ReportProgress progress;  ///< of the section that is written, 0 to 1
  std::optional<RunFindings> run;
  std::optional<SearchFindings> planer;
  Report report;

  /// Adds a figure and returns how to show it; one of that id that is there already stays.
  FigureUse add(ReportFigure figure);
  FigureUse use(std::string_view id, FigurePart part = FigurePart::value) const;
  bool has(std::string_view id) const { return ids_.contains(id); }
  const ReportFigure& figure(std::string_view id) const;
  /// The place of a provenance; equal ones are kept once.
  std::size_t add(const Provenance& provenance);

  /// What the run's figures have in common; `policy`: in words.
  Provenance run_provenance(const std::string& policy) const;
  /// "Run r7 · polygraph(0.70, 3) · …": below figures, where it was asked for.
  void say_provenance(std::vector<ReportBlock>& blocks, std::size_t provenance) const;

 private:
  std::map<std::string, std::size_t, std::less<>> ids_;
};

Paragraph paragraph(Text text, Paragraph::Role role = Paragraph::Role::body);

/// "the test split of 10,000 samples"
std::string grouped(std::int64_t number);

}  // namespace plumbline
