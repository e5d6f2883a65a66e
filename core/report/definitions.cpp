#include "core/report/definitions.h"

#include <utility>

namespace plumbline {

namespace {

// By the metric table's keys.
constexpr std::pair<std::string_view, std::string_view> metric_definitions[] = {
    {"samples", "Samples with a true class for which every voter has an output."},
    {"accuracy", "Share of the judged samples whose label is right, whether accepted or not."},
    {"kept_correct", "Samples that are accepted and right."},
    {"undetected_mispredictions", "Samples that are accepted and wrong: nobody is warned."},
    {"caught_mispredictions", "Samples that are wrong and rejected."},
    {"needlessly_rejected", "Samples that are right and rejected."},
    {"coverage", "Share of the judged samples that are accepted."},
    {"selective_risk", "Share of the accepted samples that are wrong."},
    {"generalized_risk", "Share of all judged samples that are wrong and accepted."},
    {"aurc",
     "Area under selective risk over coverage, trapezoids between distinct scores, flat from the "
     "first one down to coverage 0."},
    {"e_aurc",
     "AURC less that of the best ranking with the same error rate e: e + (1 − e) ln(1 − e)."},
    {"augrc",
     "Area under generalized risk over coverage, trapezoids between distinct scores, from (0, 0) "
     "(Traub et al., 2024)."},
    {"auroc",
     "Probability that a right sample has a higher score than a wrong one; ties count half."},
    {"fpr95",
     "Share of the wrong samples that are accepted at the strictest threshold that accepts 95 % of "
     "the right ones."},
    {"coverage_at_risk_5",
     "Largest coverage at a distinct score with a selective risk of at most 5 %; 0 where there is "
     "none."},
    {"risk_at_coverage_80",
     "Selective risk at the smallest coverage of at least 80 % at a distinct score."},
    {"ece",
     "Mean distance between confidence and accuracy over 15 bins (lower, upper] of equal width, "
     "weighted by their samples."},
    {"nll", "Mean of −ln of the true class's probability."},
    {"brier",
     "Mean over samples of the summed squared distances of the distribution to the truth."},
    {"expected_latency_ms",
     "Sum over the voters of the median time of a batch times the share of samples for which the "
     "voter is asked."},
    {"latency_ratio", "The expected latency as a multiple of the first voter's."},
    {"joules_per_1000",
     "Sum over the voters of what 1,000 images take in steady work, by the device's own counter, "
     "times the share of samples for which the voter is asked. It includes what the device draws "
     "at rest, but not reading and decoding images."},
    {"joules_ratio", "The expected energy as a multiple of the first voter's."},
    {"harm",
     "Mean over the judged samples of what an accepted label costs by the true class, and of what "
     "a rejection costs."},
    {"not_judged", "Samples without a true class, or for which a voter has no output."},
    {"ties_broken", "Judged samples where several classes had equally many votes."},
};

}  // namespace

std::string_view definition_of(std::string_view metric) {
  for (const auto& [key, definition] : metric_definitions)
    if (key == metric) return definition;
  return "";
}

}  // namespace plumbline
