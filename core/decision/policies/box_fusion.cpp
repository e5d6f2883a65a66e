// Policies on boxes: how the boxes of several detectors become one list, and which of it is
// accepted. The fusions themselves stand in core/detection, which reads a policy of these names as
// its own text; here is what a window, a command line and a report change of them.
#include <algorithm>

#include <fmt/format.h>

#include "core/decision/fused_boxes.h"
#include "core/decision/policies/parameters.h"

namespace plumbline {

namespace {

double box_quarter(std::size_t /*voters*/) { return 0.25; }
double box_half(std::size_t /*voters*/) { return 0.5; }
double box_over_half(std::size_t /*voters*/) { return 0.55; }
double box_nothing(std::size_t /*voters*/) { return 0; }
double box_thousandth(std::size_t /*voters*/) { return 0.001; }
double box_hundred(std::size_t /*voters*/) { return 100; }

constexpr std::string_view box_vote_words[] = {"affirmative", "consensus", "unanimous"};
constexpr std::string_view soft_method_words[] = {"gaussian", "linear"};

constexpr PolicyParameter accepted_score = {.name = "score",
                                            .meaning = "least score that is accepted",
                                            .use = ParameterUse::accepts,
                                            .maximum = parameters::one,
                                            .default_value = box_quarter};
constexpr PolicyParameter found_overlap = {
    .name = "overlap",
    .meaning = "least overlap (IoU) at which a box of its class finds an object",
    .maximum = parameters::one,
    .default_value = box_half};
constexpr PolicyParameter fused_above(double (*usual)(std::size_t voters)) {
  return {.name = "iou",
          .meaning = "boxes that overlap by more than this belong together",
          .maximum = parameters::one,
          .default_value = usual};
}
constexpr PolicyParameter fused_at_half = fused_above(box_half);
constexpr PolicyParameter fused_above_half = fused_above(box_over_half);
constexpr PolicyParameter skipped_score = {.name = "skip",
                                           .meaning = "boxes of a lower score are left out",
                                           .use = ParameterUse::filters,
                                           .maximum = parameters::one,
                                           .default_value = box_nothing};
constexpr PolicyParameter needed_votes = {
    .name = "vote",
    .meaning = "how many voters must support a box: any, more than half, or all",
    .type = ParameterType::word,
    .words = box_vote_words};
constexpr PolicyParameter voter_weights = {
    .name = "weights",
    .meaning = "one weight per voter, written 2:1; empty: all equal",
    .type = ParameterType::list};
constexpr PolicyParameter reach = {.name = "sigma",
                                   .meaning = "width of the Gaussian",
                                   .minimum = 0.001,
                                   .maximum = box_hundred,
                                   .default_value = box_half};
constexpr PolicyParameter decay = {.name = "method",
                                   .meaning =
                                       "what a box keeps of its score: exp(−IoU²/sigma), or "
                                       "1 − IoU above iou",
                                   .type = ParameterType::word,
                                   .words = soft_method_words};
constexpr PolicyParameter least_left = {
    .name = "least",
    .meaning = "boxes whose score has fallen to this are dropped",
    .maximum = parameters::one,
    .default_value = box_thousandth};

constexpr PolicyParameter wbf_parameters[] = {fused_above_half, skipped_score,  needed_votes,
                                              voter_weights,    accepted_score, found_overlap};
constexpr PolicyParameter nms_parameters[] = {fused_at_half, skipped_score,  needed_votes,
                                              voter_weights, accepted_score, found_overlap};
constexpr PolicyParameter soft_nms_parameters[] = {fused_at_half, reach,          decay,
                                                   least_left,    skipped_score,  needed_votes,
                                                   voter_weights, accepted_score, found_overlap};
constexpr PolicyParameter nmw_parameters[] = {fused_above_half, skipped_score,  needed_votes,
                                              voter_weights,    accepted_score, found_overlap};

constexpr PolicyTraits on_boxes = {.needs = PolicyNeeds::boxes, .predictions = "boxes"};

void take_fused_boxes(const BoundPolicy& /*policy*/, const PolicyBlock& block,
                      const PolicyOutput& out) {
  const auto& fused = static_cast<const FusedBoxes&>(*block.further);
  for (std::size_t i = block.begin; i < block.end; ++i) {
    out.label[i] = fused.label[i];
    out.score[i] = fused.score[i];
    out.tie[i] = 0;
  }
}

/// The threshold is the last parameter but one of every fusion.
double least_box_score(const BoundPolicy& policy) {
  return policy.policy.number(policy.policy.values().size() - 2);
}

std::string explain_box(const BoundPolicy& policy, const VoteTable& /*votes*/,
                        const DecidedSample& decided) {
  return fmt::format("score {} {} {}", value_text(decided.score, false), decided.accept ? "≥" : "<",
                     value_text(least_box_score(policy), false));
}

constexpr PolicyKind fusion_policy(std::string_view name, std::string_view summary,
                                   std::span<const PolicyParameter> parameters) {
  return {.name = name,
          .summary = summary,
          .parameters = parameters,
          .traits = on_boxes,
          .score = take_fused_boxes,
          .least_score = least_box_score,
          .explain = explain_box};
}

}  // namespace

extern const PolicyKind wbf_policy, nms_policy, soft_nms_policy, nmw_policy;
constinit const PolicyKind wbf_policy = fusion_policy(
    "wbf", "weighted boxes fusion: overlapping boxes become one, at their mean weighted by score",
    wbf_parameters);
constinit const PolicyKind nms_policy = fusion_policy(
    "nms", "non-maximum suppression: the most confident of overlapping boxes stays as it is",
    nms_parameters);
constinit const PolicyKind soft_nms_policy = fusion_policy(
    "soft_nms", "overlapping boxes lose score instead of being dropped", soft_nms_parameters);
constinit const PolicyKind nmw_policy =
    fusion_policy("nmw",
                  "non-maximum weighted: the mean of overlapping boxes, weighted by score and by "
                  "overlap with the most confident",
                  nmw_parameters);

}  // namespace plumbline
