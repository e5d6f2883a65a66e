#include <nlohmann/json.hpp>

#include "core/decision/bound_policy_json.h"
#include "core/planer/architecture.h"
#include "core/planer/front/surrogate.h"
#include "core/study/model_card.h"
#include "core/study/planer_documents.h"
#include "core/types/json_object.h"
#include "tests/fuzz/reader.h"

/// JSON documents.
namespace plumbline::fuzz {

void read_model_card(Content content) {
  const auto card = parse_model_card(text_of(content), "card");
  if (!taken(card)) return;
  expect(card->input.mean.size() == static_cast<std::size_t>(card->input.channels) &&
             card->input.std.size() == card->input.mean.size(),
         "a card has a mean and a deviation of each channel");
  if (card->input.resize.kind != ResizeKind::none && card->input.height > 0)
    taken(
        fit_geometry(640, 480, card->input.width, card->input.height, card->input.resize, "image"));
}

void read_bound_policy(Content content) {
  const auto policy = plumbline::read_bound_policy(text_of(content), "policy");
  if (!taken(policy)) return;
  // What is written down reads back as the same.
  const auto again = plumbline::read_bound_policy(to_json(*policy), "policy");
  expect(again && to_json(*again) == to_json(*policy), "a bound policy is read back as it was");
}

void read_planer_documents(Content content) {
  const auto json = parse_json(text_of(content), "document");
  if (!taken(json)) return;
  const auto config = parse_backbone_config(*json, "configuration");
  if (taken(config)) {
    const Architecture baseline = baseline_architecture(*config);
    expect(baseline.size() == static_cast<std::size_t>(config->slots()), "a slot has an option");
    static_cast<void>(count_parameters(*config, baseline));
  }
  taken(parse_text_reference(*json, "text"));
  taken(parse_targets(*json, "targets"));
  taken(parse_step_key(*json, "key"));
  const auto table = parse_latency_table(*json, "table");
  if (taken(table)) {
    const Architecture baseline = baseline_architecture(table->config);
    static_cast<void>(table->estimate_ms(baseline));
    static_cast<void>(latency_shares(*table, baseline));
  }
  if (const auto energies = parse_energy_table(*json, "table"); taken(energies))
    static_cast<void>(cost_table_of(*energies).estimate(baseline_architecture(energies->config)));
  // Increments beside a table: {"increments": …, "table": …}.
  if (!json->is_object()) return;
  const auto increments = json->find("increments"), of_table = json->find("table");
  if (increments == json->end() || of_table == json->end()) return;
  const auto losses = parse_loss_increments(*increments, "increments");
  const auto latencies = parse_latency_table(*of_table, "table");
  if (taken(losses) && taken(latencies))
    taken(SurrogateFront::solve(*losses, cost_table_of(*latencies)));
}

}  // namespace plumbline::fuzz
