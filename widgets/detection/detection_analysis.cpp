#include "widgets/detection/detection_analysis.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/review/box_table.h"
#include "widgets/decision/voter_matrix.h"
#include "widgets/page/background.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr std::string_view score_name = "score";
/// Points of a curve that are drawn: more than a screen has pixels.
constexpr std::size_t most_curve_points = 4000;

std::optional<std::size_t> score_place(const Policy& policy) {
  const auto parameters = policy.kind().parameters;
  const auto found = std::ranges::find(parameters, score_name, &PolicyParameter::name);
  if (found == parameters.end()) return std::nullopt;
  return static_cast<std::size_t>(found - parameters.begin());
}

struct Curve {
  std::shared_ptr<const BoxFigures> figures;
  std::shared_ptr<const TideResult> tide;
};

/// The ways there are, without their points: the best detector alone, the views of each model, the
/// models with one view, and every fusion of all voters. What is the same as another is left out.
std::vector<PriceLine> ways_of(const std::vector<Voter>& voters, std::size_t best) {
  std::vector<PriceLine> ways;
  const auto add = [&](PriceLine::Kind kind, QString name, std::vector<std::size_t> chosen,
                       std::string policy) {
    const auto is_same = [&](const PriceLine& other) {
      return other.voters == chosen && other.policy == policy;
    };
    if (chosen.empty() || std::ranges::any_of(ways, is_same)) return;
    ways.push_back({kind, std::move(name), std::move(chosen), std::move(policy), {}});
  };
  // Its boxes as they are.
  add(PriceLine::Kind::single, QObject::tr("%1 alone").arg(text_of(to_string(voters[best]))),
      {best}, "nms(iou=1)");
  const VoterGrid grid = voter_grid(voters);
  for (std::size_t m = 0; m < grid.models.size(); ++m) {
    std::vector<std::size_t> chosen;
    for (std::size_t v = 0; v < voters.size(); ++v)
      if (static_cast<std::size_t>(grid.places[v].row) == m) chosen.push_back(v);
    if (chosen.size() > 1)
      add(PriceLine::Kind::views, QObject::tr("%1, its views").arg(text_of(grid.models[m])),
          std::move(chosen), "wbf");
  }
  std::vector<std::size_t> first_views;
  for (std::size_t v = 0; v < voters.size(); ++v)
    if (grid.places[v].column == 0) first_views.push_back(v);
  if (grid.models.size() > 1)
    add(PriceLine::Kind::models, QObject::tr("the models, %1").arg(text_of(grid.views.front())),
        std::move(first_views), "wbf");
  std::vector<std::size_t> all(voters.size());
  for (std::size_t v = 0; v < all.size(); ++v) all[v] = v;
  for (const char* fusion : {"wbf", "nms", "soft_nms", "nmw"})
    add(PriceLine::Kind::all, QObject::tr("all voters, %1").arg(QLatin1String(fusion)), all,
        fusion);
  return ways;
}

std::vector<PriceLine> priced_ways(const std::vector<Voter>& voters, const BoxRun& boxes,
                                   double overlap) {
  std::vector<PriceLine> ways = ways_of(voters, best_detector(boxes, overlap).voter);
  for (PriceLine& way : ways) {
    const auto policy = parse_policy(way.policy, way.voters.size());
    if (!policy) continue;
    if (auto points = fusion_prices(boxes, *policy, way.voters, overlap))
      way.points = std::move(*points);
  }
  std::erase_if(ways, [](const PriceLine& way) { return way.points.empty(); });
  return ways;
}

}  // namespace

void DetectionAnalysis::set_review(RunReview* review) {
  if (review_) review_->disconnect(this);
  review_ = review;
  ledger_.reset();
  figures_.reset();
  tide_.reset();
  drawn_prices_.clear();
  lines_.clear();
  lines_overlap_ = -1;
  if (review != nullptr) connect(review, &RunReview::decided, this, &DetectionAnalysis::follow);
  follow();
  Q_EMIT changed();
}

void DetectionAnalysis::follow() {
  const auto of_run = boxes();
  if (of_run == nullptr) return;
  if (of_run->ledger != ledger_ && !asking_curve_) ask_curve();
  if (of_run->overlap != lines_overlap_ && !asking_lines_) ask_lines();
  Q_EMIT moved();
}

void DetectionAnalysis::ask_curve() {
  asking_curve_ = true;
  run_in_background(
      this,
      [of_run = boxes()] {
        Curve curve;
        const DetectionSet& fused = of_run->fused->set;
        curve.figures =
            std::make_shared<const BoxFigures>(box_figures(*of_run->run, fused, of_run->overlap));
        TideRules rules;
        rules.foreground = of_run->overlap;
        rules.classes_with_objects = true;
        curve.tide =
            std::make_shared<const TideResult>(plumbline::tide(of_run->run->truth, fused, rules));
        return curve;
      },
      [this, review = review_, ledger = boxes()->ledger](Curve curve) {
        asking_curve_ = false;
        if (review == nullptr || review != review_) return follow();
        ledger_ = ledger;
        figures_ = std::move(curve.figures);
        tide_ = std::move(curve.tide);
        drawn_prices_ = thinned_prices(figures_->prices, most_curve_points);
        Q_EMIT changed();
        follow();
      });
}

void DetectionAnalysis::ask_lines() {
  asking_lines_ = true;
  run_in_background(
      this,
      [voters = review_->run().info.voters, of_run = boxes()] {
        return priced_ways(voters, *of_run->run, of_run->overlap);
      },
      [this, review = review_, overlap = boxes()->overlap](std::vector<PriceLine> lines) {
        asking_lines_ = false;
        if (review == nullptr || review != review_) return follow();
        lines_ = std::move(lines);
        lines_overlap_ = overlap;
        Q_EMIT changed();
        follow();
      });
}

std::vector<ClassFound> DetectionAnalysis::classes() const {
  const auto of_run = boxes();
  if (of_run == nullptr) return {};
  std::vector<ClassFound> found(of_run->flat->classes);
  for (std::size_t c = 0; c < found.size(); ++c) {
    found[c].category = c;
    if (figures_ && c < figures_->coco.classes)
      found[c].ap = figures_->coco.class_precision(ObjectSize::all, c);
  }
  const BoxLedger& ledger = *of_run->ledger;
  for (std::size_t row = 0; row < ledger.rows.size(); ++row) {
    const bool is_accepted = ledger.narrow_score[row] >= of_run->least;
    if (ledger.truth[row] == no_class) {
      found[ledger.label[row]].false_detections += is_accepted;
      continue;
    }
    ClassFound& of_class = found[ledger.truth[row]];
    ++of_class.objects;
    of_class.found += is_accepted;
  }
  std::erase_if(found,
                [](const ClassFound& c) { return c.objects == 0 && c.false_detections == 0; });
  return found;
}

const PricePoint& DetectionAnalysis::at(const std::vector<PricePoint>& points,
                                        double false_detections) {
  return at_price(points, false_detections);
}

void DetectionAnalysis::move_score(double score, bool settled) {
  if (!review_) return;
  if (const auto place = score_place(review_->policy()))
    review_->set_value(*place, std::clamp(score, 0.0, 1.0), settled);
}

void DetectionAnalysis::take(const PriceLine& line, double score) {
  if (!review_) return;
  const auto policy = parse_policy(line.policy, line.voters.size());
  const auto place = policy ? score_place(*policy) : std::nullopt;
  if (!place) return;
  Policy chosen = policy->with_value(*place, std::isfinite(score) ? score : 1.0);
  chosen = chosen.with_value(*place + 1, boxes() == nullptr ? 0.5 : boxes()->overlap);
  review_->set_voters(line.voters);
  review_->set_policy(chosen);
}

}  // namespace plumbline
