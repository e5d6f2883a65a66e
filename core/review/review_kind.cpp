#include "core/review/review_kind.h"

#include <fmt/format.h>

#include "core/review/box_review.h"
#include "core/review/class_review.h"

namespace plumbline {

NamedTable<ReviewKind>& review_kinds() {
  static NamedTable<ReviewKind> table = {&class_review(), &box_review()};
  return table;
}

Result<BoundPolicy> ReviewSource::fit(Policy policy, std::span<const std::size_t>,
                                      BindData data) const {
  if (policy.traits().fitted)
    return usage_error(fmt::format("the policy '{}' is fitted, and nothing can be learned from {}",
                                   policy.kind().name, policy.traits().predictions),
                       "--policy");
  return bind(std::move(policy), data);
}

Result<const ReviewKind*> review_kind_of(const Study& study, const RunInfo& run) {
  if (run.voters.empty()) return bad_input("the run has no voters", run.name);
  const auto model = study.model(run.voters.front().model);
  TRY(model);
  const std::string& predictions = model->card.output.predictions;
  const ReviewKind* kind = review_kinds().find(predictions);
  if (kind == nullptr)
    return bad_input(fmt::format("a run of {} cannot be reviewed yet", predictions), run.name);
  return kind;
}

Result<std::shared_ptr<const ReviewSource>> open_review(const Study& study, const RunInfo& run,
                                                        const std::string& split) {
  const auto kind = review_kind_of(study, run);
  TRY(kind);
  return (*kind)->open(study, run, split);
}

}  // namespace plumbline
