#include "core/planer/front/surrogate.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/types/json_object.h"

namespace plumbline {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr double largest_loss = 1e4;  // nats per token; ln of two million is 14.5
// Whole nanoseconds, or tenths of a microjoule, and 2^-40 nats (1e-12), so that sums are exact and
// ties are ties. 256 slots of the largest values stay below 2^62.
constexpr double ns_per_ms = 1e6, units_per_joule = 1e7, units_per_nat = 0x1p40;
/// A front with more states is refused before memory is exhausted.
constexpr std::size_t most_states = std::size_t{1} << 22;

double units_of_cost(CostKind kind) {
  return kind == CostKind::latency ? ns_per_ms : units_per_joule;
}

struct Choice {
  std::int64_t cost = 0, loss = 0;
  OptionIndex option = 0;
};

/// A state is a sum over the slots from one to the last: states by rising cost and falling loss,
/// none as cheap and as good as another.
struct States {
  std::vector<std::int64_t> cost, loss;
  std::vector<OptionIndex> option;    ///< of the first of these slots
  std::vector<std::uint32_t> before;  ///< state of the slots after it
};

/// A slot's options in their order, without those that another option dominates.
std::vector<Choice> choices_of(const std::vector<std::optional<double>>& increments,
                               const CostTable& costs) {
  std::vector<Choice> all, kept;
  for (std::size_t i = 0; i < increments.size(); ++i) {
    const auto option = static_cast<OptionIndex>(i);
    const auto cost = costs.option_cost(option);
    if (!increments[i] || !cost) continue;
    all.push_back({std::llround(*cost * units_of_cost(costs.kind)),
                   std::llround(*increments[i] * units_per_nat), option});
  }
  for (const Choice& choice : all)
    if (std::ranges::none_of(all, [&](const Choice& other) {
          const bool no_worse = other.cost <= choice.cost && other.loss <= choice.loss;
          const bool same = other.cost == choice.cost && other.loss == choice.loss;
          return no_worse && (!same || other.option < choice.option);
        }))
      kept.push_back(choice);
  return kept;
}

/// Puts a slot before the states: each choice shifts them all; the shifted lists are merged by
/// rising cost, and what is no better than something cheaper is dropped.
States put_before(const std::vector<Choice>& choices, const States& states) {
  struct Head {
    std::int64_t cost, loss;  ///< of the next state
    std::size_t next;
    Choice choice;
  };
  const std::size_t count = states.cost.size();
  std::vector<Head> heads;
  for (const Choice& choice : choices)
    heads.push_back({states.cost[0] + choice.cost, states.loss[0] + choice.loss, 0, choice});
  States merged;
  merged.cost.reserve(2 * count);
  merged.loss.reserve(2 * count);
  merged.option.reserve(2 * count);
  merged.before.reserve(2 * count);
  while (!heads.empty() && merged.cost.size() <= most_states) {
    // Of equal ones the lower option stands first, and stays.
    std::size_t best = 0;
    for (std::size_t h = 1; h < heads.size(); ++h)
      if (heads[h].cost < heads[best].cost ||
          (heads[h].cost == heads[best].cost && heads[h].loss < heads[best].loss))
        best = h;
    const std::int64_t loss = heads[best].loss;
    merged.cost.push_back(heads[best].cost);
    merged.loss.push_back(loss);
    merged.option.push_back(heads[best].choice.option);
    merged.before.push_back(static_cast<std::uint32_t>(heads[best].next));
    // Every list goes on to its first state that is better than what was taken.
    std::erase_if(heads, [&](Head& head) {
      while (head.loss >= loss) {
        if (++head.next == count) return true;
        head.loss = states.loss[head.next] + head.choice.loss;
      }
      head.cost = states.cost[head.next] + head.choice.cost;
      return false;
    });
  }
  return merged;
}

Result<void> check_figures(const LossIncrements& increments, const CostTable& costs) {
  const auto slots = static_cast<std::size_t>(increments.config.slots());
  if (slots == 0 || increments.increments.size() != slots)
    return bad_input(fmt::format("there are loss increments for {} slots, but '{}' has {}",
                                 increments.increments.size(), increments.config.name, slots));
  if (!same_costs(increments.config, costs.config))
    return bad_input(
        fmt::format("the {} table is of '{}', but the loss increments are of another configuration",
                    cost_name(costs.kind), costs.config.name),
        "", "measure a table for this one: plumbline-engine planer profile");
  const auto fine = [](double value, double bound) { return std::abs(value) <= bound; };
  const double most_cost = costs.kind == CostKind::latency ? 1e9 : 1e6;
  bool all_fine = fine(increments.base_loss, largest_loss) && fine(costs.fixed, 2 * most_cost);
  for (const auto& slot : increments.increments) {
    if (slot.size() > slot_options().size())
      return bad_input("there are loss increments for options that do not exist");
    for (const auto& value : slot) all_fine = all_fine && (!value || fine(*value, largest_loss));
  }
  for (const auto& option : costs.options)
    all_fine = all_fine && (!option || fine(*option, most_cost));
  if (!all_fine)
    return bad_input(fmt::format("a loss increment or {} is out of range",
                                 costs.kind == CostKind::latency ? "a latency" : "an energy"));
  return {};
}

}  // namespace

ordered_json to_json(const LossIncrements& increments) {
  ordered_json names = ordered_json::array(), rows = ordered_json::array();
  for (const SlotOption& option : slot_options()) names.push_back(option.name);
  for (const auto& slot : increments.increments) {
    ordered_json row = ordered_json::array();
    for (std::size_t i = 0; i < slot_options().size(); ++i)
      row.push_back(i < slot.size() && slot[i] ? ordered_json(*slot[i]) : ordered_json());
    rows.push_back(std::move(row));
  }
  return {{"schema", 1},
          {"config", to_json(increments.config)},
          {"base", to_json(increments.base)},
          {"base_loss", increments.base_loss},
          {"options", std::move(names)},
          {"increments", std::move(rows)}};
}

Result<LossIncrements> parse_loss_increments(const json& document, const std::string& where) {
  JsonErrors errors{where, "measure them again: plumbline-engine planer search", {}};
  JsonObject object(document, "", errors);
  LossIncrements parsed;
  object.integer("schema", 1, 1, 1);
  const json& config = object.any("config");
  const json& base = object.any("base");
  parsed.base_loss = object.number("base_loss", -largest_loss, largest_loss);
  std::vector<OptionIndex> columns;
  for (const json& name : object.list("options", slot_options().size())) {
    const auto option =
        name.is_string() ? find_option(name.get_ref<const std::string&>()) : std::nullopt;
    if (!option || std::ranges::find(columns, *option) != columns.end()) {
      object.wrong(fmt::format("options[{}]", columns.size()),
                   "must be the name of an option, each once");
      break;
    }
    columns.push_back(*option);
  }
  constexpr std::size_t most_slots = 256;
  const json& rows = object.list("increments", most_slots);
  object.refuse_unknown();
  if (errors.first) return tl::unexpected(*errors.first);
  auto parsed_config = parse_backbone_config(config, where);
  TRY(parsed_config);
  parsed.config = std::move(*parsed_config);
  auto parsed_base = parse_architecture(base, parsed.config, where);
  TRY(parsed_base);
  parsed.base = std::move(*parsed_base);
  if (rows.size() != static_cast<std::size_t>(parsed.config.slots()))
    object.wrong("increments",
                 fmt::format("must have {} rows, one per slot", parsed.config.slots()));
  for (const json& row : rows) {
    const auto name = fmt::format("increments[{}]", parsed.increments.size());
    auto& slot = parsed.increments.emplace_back(slot_options().size());
    if (!row.is_array() || row.size() != columns.size()) {
      object.wrong(name, "must be a list of numbers, one per option");
      break;
    }
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (row[i].is_null()) continue;
      // Written so that it is false for NaN too.
      if (!row[i].is_number() || !(std::abs(row[i].get<double>()) <= largest_loss))
        object.wrong(name, fmt::format("must contain null or numbers up to {}", largest_loss));
      else
        slot[columns[i]] = row[i].get<double>();
    }
  }
  if (errors.first) return tl::unexpected(*errors.first);
  return parsed;
}

Result<SurrogateFront> SurrogateFront::solve(const LossIncrements& increments,
                                             const CostTable& costs) {
  TRY(check_figures(increments, costs));
  const std::size_t slots = increments.increments.size();
  States first;
  first.cost = {std::llround(costs.fixed * units_of_cost(costs.kind))};
  first.loss = {std::llround(increments.base_loss * units_per_nat)};
  std::vector<States> levels(slots + 1);
  levels[slots] = std::move(first);
  for (std::size_t slot = slots; slot-- > 0;) {
    const auto choices = choices_of(increments.increments[slot], costs);
    if (choices.empty())
      return bad_input(fmt::format("slot {} has no option with both a loss increment and {}", slot,
                                   costs.kind == CostKind::latency ? "a latency" : "an energy"));
    levels[slot] = put_before(choices, levels[slot + 1]);
    if (levels[slot].cost.size() > most_states)
      return fail(ErrorKind::device,
                  fmt::format("the front has more than {} architectures", most_states), "",
                  "use a backbone with fewer layers");
    // Only the choices are needed further on.
    levels[slot + 1].cost = {};
    levels[slot + 1].loss = {};
  }
  SurrogateFront front;
  front.points_.resize(levels[0].cost.size());
  for (std::size_t i = 0; i < front.points_.size(); ++i) {
    FrontPoint& point = front.points_[i];
    point.cost = static_cast<double>(levels[0].cost[i]) / units_of_cost(costs.kind);
    point.loss = static_cast<double>(levels[0].loss[i]) / units_per_nat;
    point.architecture.resize(slots);
    std::size_t state = i;
    for (std::size_t slot = 0; slot < slots; ++slot) {
      point.architecture[slot] = levels[slot].option[state];
      state = levels[slot].before[state];
    }
  }
  return front;
}

const FrontPoint* SurrogateFront::within(double limit) const {
  // Written so that NaN finds nothing.
  const auto end = std::ranges::partition_point(
      points_, [&](const FrontPoint& point) { return point.cost <= limit; });
  return end == points_.begin() ? nullptr : &*(end - 1);
}

double SurrogateFront::least_cost() const {
  return points_.empty() ? std::numeric_limits<double>::infinity() : points_.front().cost;
}

double bits_per_token(double nats) { return nats / std::numbers::ln2; }
double perplexity(double nats) { return std::exp(nats); }

}  // namespace plumbline
