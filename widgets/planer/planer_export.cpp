#include "widgets/planer/planer_export.h"

#include "core/data/atomic_file.h"
#include "core/study/row_writer.h"
#include "widgets/jobs/job_words.h"
#include "widgets/planer/planer_words.h"

namespace plumbline {

namespace {

using Json = nlohmann::ordered_json;

const char* role_name(PlanerEntry::Role role) {
  switch (role) {
    case PlanerEntry::Role::baseline: return "baseline";
    case PlanerEntry::Role::found: return "found";
    case PlanerEntry::Role::further: return "further";
    case PlanerEntry::Role::random: return "random";
    case PlanerEntry::Role::free: return "free";
    case PlanerEntry::Role::searching: return "searching";
    case PlanerEntry::Role::predicted: return "predicted";
  }
  return "";
}

/// All columns; those that a kind of row does not have stay null.
Json empty_row(const SearchCurve& curve) {
  return {{"kind", nullptr},
          {"search", curve.subject.search},
          {"name", nullptr},
          {"target", nullptr},
          {"step", nullptr},
          {"latency_ms", nullptr},
          {"latency_spread_ms", nullptr},
          {"latency_measured", nullptr},
          {"baseline_latency_ms", nullptr},
          {"joules_per_1000_tokens", nullptr},
          {"joules_spread_per_1000_tokens", nullptr},
          {"baseline_joules_per_1000_tokens", nullptr},
          {"target_cost", nullptr},
          {"loss_nats", nullptr},
          {"loss_error_nats", nullptr},
          {"loss", nullptr},
          {"loss_half_width_95", nullptr},
          {"uncalibrated_loss_nats", nullptr},
          {"parameters", nullptr},
          {"active_parameters", nullptr},
          {"architecture", nullptr}};
}

void add_rows(Json& rows, const SearchCurve& curve, const PlanerReview* live) {
  const auto loss = [&](Json& row, double nats) {
    row["loss_nats"] = nats;
    row["loss"] = curve.unit.value(nats);
  };
  const bool of_time = curve.subject.cost == CostKind::latency;
  const auto estimate = [&](Json& row, double cost) {
    row[std::string(cost_key(curve.subject.cost))] = cost;
    if (of_time) row["latency_measured"] = false;
  };
  for (const PlanerEntry& entry : curve.entries) {
    Json row = empty_row(curve);
    row["kind"] = role_name(entry.role);
    row["name"] = entry.network;
    if (entry.target > 0) {
      row["target"] = entry.target;
      row["target_cost"] = cost_name(entry.target_cost);
    }
    if (entry.latency) {
      row["latency_ms"] = entry.latency->median_ms;
      row["latency_spread_ms"] = entry.latency->spread_ms;
      row["latency_measured"] = true;
    } else if (of_time && entry.estimate) {
      estimate(row, *entry.estimate);
    }
    if (entry.energy) {
      row["joules_per_1000_tokens"] = entry.energy->joules;
      row["joules_spread_per_1000_tokens"] = entry.energy->spread;
    }
    if (entry.baseline_energy)
      row["baseline_joules_per_1000_tokens"] = entry.baseline_energy->joules;
    if (entry.baseline) row["baseline_latency_ms"] = entry.baseline->median_ms;
    if (entry.loss) {
      loss(row, entry.loss->nats);
      row["loss_error_nats"] = entry.loss->error;
      row["loss_half_width_95"] = curve.unit.half_width(*entry.loss);
    }
    if (entry.parameters) {
      row["parameters"] = entry.parameters->all;
      row["active_parameters"] = entry.parameters->active;
    }
    row["architecture"] = strip_text(entry.architecture);
    rows.push_back(std::move(row));
  }
  if (curve.front)
    for (const FrontPoint& point : curve.front->points()) {
      Json row = empty_row(curve);
      row["kind"] = "front";
      if (const auto share = curve.estimated_fraction(point.cost)) {
        row["target"] = *share;
        row["target_cost"] = cost_name(curve.subject.cost);
      }
      estimate(row, point.cost);
      loss(row, curve.expected_nats(point));
      row["uncalibrated_loss_nats"] = point.loss;
      row["architecture"] = strip_text(point.architecture);
      rows.push_back(std::move(row));
    }
  const auto step = [&](double target, std::int64_t at, double cost, double nats) {
    Json row = empty_row(curve);
    row["kind"] = "path";
    row["target"] = target;
    row["target_cost"] = cost_name(curve.subject.cost);
    row["step"] = at;
    estimate(row, cost);
    loss(row, nats);
    rows.push_back(std::move(row));
  };
  if (live != nullptr && live->progress() && !live->progress()->path.empty())
    for (const JobSearchPoint& point : live->progress()->path)
      step(point.target, point.step, point.cost, point.loss);
  else
    for (const SearchPoint& point : curve.path)
      step(point.target, point.step, point.cost, point.loss);
}

QByteArray cell_of(const Json& value) {
  if (value.is_null()) return {};
  return QByteArray::fromStdString(value.is_string() ? csv_field(value.get<std::string>())
                                                     : value.dump());
}

}  // namespace

Result<std::int64_t> export_tradeoff(const QString& file, const PlanerReview& review,
                                     const QStringList& command) {
  const SearchCurve* curve = review.curve();
  if (curve == nullptr) return usage_error("there is nothing to export yet");
  Json rows = Json::array();
  add_rows(rows, *curve, &review);
  for (const SearchCurve& other : review.others()) add_rows(rows, other, nullptr);
  const auto count = static_cast<std::int64_t>(rows.size());
  QByteArray bytes;
  if (file.endsWith(QStringLiteral(".json"), Qt::CaseInsensitive)) {
    QStringList words{QStringLiteral("plumbline-engine")};
    const Json all = {{"schema", 1},
                      {"network", curve->subject.network},
                      {"search", curve->subject.search},
                      {"latency", to_json(curve->subject.key)},
                      {"loss_unit", curve->unit.name().toStdString()},
                      {"command", shell_line(words + command).toStdString()},
                      {"rows", std::move(rows)}};
    bytes = QByteArray::fromStdString(all.dump(1)) + '\n';
  } else {
    QByteArrayList head;
    const Json columns = empty_row(*curve);
    for (auto item = columns.begin(); item != columns.end(); ++item)
      head << QByteArray::fromStdString(item.key());
    bytes = head.join(',') + "\r\n";
    for (const Json& row : rows) {
      QByteArrayList fields;
      for (const Json& value : row) fields << cell_of(value);
      bytes += fields.join(',') + "\r\n";
    }
  }
  TRY(write_output(file.toStdString(),
                   std::string_view(bytes.constData(), static_cast<std::size_t>(bytes.size()))));
  return count;
}

}  // namespace plumbline
