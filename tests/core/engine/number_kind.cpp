#include "tests/core/engine/number_kind.h"

#include <cmath>
#include <limits>

#include <ATen/ATen.h>
#include <QString>

#include "core/engine/inference/heads/output_head.h"
#include "core/predictions/prediction_schema.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

namespace {

constexpr OutputKind number_output = {
    "number", "regression", "numbers", [](JsonObject& output, const OutputKind&) {
      decltype(CardOutput::details) details =
          FurtherOutput{{{"factor", output.number("factor", -1e6, 1e6, 1)}}};
      output.refuse_unknown();
      return details;
    }};

constexpr PredictionSchema number_schema = {
    "numbers", 1, [](const PredictionFile& file, const std::filesystem::path& where) {
      const auto rows = static_cast<std::int64_t>(file.envelope.voters.size());
      return file.has("number", Dtype::f32, {rows, file.envelope.count})
                 ? Result<void>()
                 : wrong_prediction_file(where, "has no numbers");
    }};

double factor_of(const ModelCard& card) {
  return std::get<FurtherOutput>(card.output.details).numbers.at("factor");
}

Result<void> check_number(const NetworkOutput& output, const ModelCard& card,
                          const std::string& where) {
  const auto number = output.tensor("");
  if (!number) return bad_input(number.error().message, where, number.error().hint);
  if (number->dim() != 1 || number->size(0) != 2)
    return bad_input("the output is not one number per sample", where,
                     "correct the card of " + card.name);
  return {};
}

class NumberShard final : public ShardOutput {
 public:
  NumberShard(PredictionEnvelope envelope, std::vector<double> factors, c10::Device device)
      : envelope_(std::move(envelope)),
        factors_(std::move(factors)),
        numbers_(at::empty({static_cast<std::int64_t>(factors_.size()), envelope_.count},
                           at::TensorOptions(device).dtype(at::kFloat))) {}

  void take(std::size_t row, std::int64_t first, const NetworkOutput& output) override {
    const auto number = output.only();
    numbers_[static_cast<std::int64_t>(row)]
        .narrow(0, first, number.size(0))
        .copy_(number * factors_[row]);
  }
  void finish(std::span<const SampleInfo>, std::span<const Unread> unread) override {
    numbers_ = numbers_.to(at::kCPU);
    for (const Unread& gap : unread) {
      const at::Tensor column = numbers_.select(1, gap.sample);
      (gap.row == Unread::every_row ? column : column.select(0, gap.row))
          .fill_(std::numeric_limits<float>::quiet_NaN());
    }
  }
  PredictionDraft draft() const override {
    PredictionDraft draft;
    draft.envelope = envelope_;
    draft.tensors = {
        {"number",
         Dtype::f32,
         numbers_.sizes().vec(),
         {static_cast<const std::byte*>(numbers_.const_data_ptr()), numbers_.nbytes()}}};
    return draft;
  }
  const at::Tensor& numbers() const { return numbers_; }

 private:
  PredictionEnvelope envelope_;
  std::vector<double> factors_;
  at::Tensor numbers_;  ///< [rows, count]
};

/// The mean of a voter's numbers so far.
class NumberFigures final : public RunFigures {
 public:
  explicit NumberFigures(const RunInfo& run)
      : run_(run), sums_(run.voters.size()), counts_(run.voters.size()) {}

  Result<void> load(const Study& study) override {
    for (std::size_t v = 0; v < run_.voters.size(); ++v) {
      const auto sets = study.prediction_sets(run_, run_.splits.front());
      TRY(sets);
      const auto rows = study.shard_rows((*sets)[v].id);
      TRY(rows);
      for (const ShardRow& row : *rows) {
        const auto file = open_checked_predictions(study.folder() / "predictions" / row.shard.file,
                                                   row.shard.first, row.shard.count, number_schema);
        TRY(file);
        const auto* values =
            reinterpret_cast<const float*>(file->tensors.find("number")->data.data());
        for (std::int64_t i = 0; i < row.shard.count; ++i)
          count(v, values[row.row * row.shard.count + i]);
      }
    }
    return {};
  }
  void add(const ShardRange& range, const ShardOutput& output, std::span<const SampleInfo> samples,
           Job& job) override {
    const auto& numbers = static_cast<const NumberShard&>(output).numbers();
    for (std::size_t row = 0; row < range.voters.size(); ++row) {
      for (std::size_t i = 0; i < samples.size(); ++i)
        count(range.voters[row], numbers.const_data_ptr<float>()[row * samples.size() + i]);
      report(range.voters[row], job);
    }
  }
  void report(std::size_t voter, Job& job) const override {
    if (counts_[voter] > 0)
      job.metric("number/" + to_string(run_.voters[voter]), mean(voter), counts_[voter]);
  }
  std::int64_t counted(std::size_t voter) const override { return counts_[voter]; }
  std::int64_t unreadable() const override { return unreadable_; }
  void summarise(std::size_t voter, nlohmann::ordered_json& entry) const override {
    entry["mean"] = counts_[voter] > 0 ? nlohmann::ordered_json(mean(voter)) : nullptr;
  }

 private:
  void count(std::size_t voter, float number) {
    if (std::isnan(number)) {
      unreadable_ += voter == 0;
      return;
    }
    sums_[voter] += number;
    ++counts_[voter];
  }
  double mean(std::size_t voter) const {
    return sums_[voter] / static_cast<double>(counts_[voter]);
  }

  RunInfo run_;
  std::vector<double> sums_;
  std::vector<std::int64_t> counts_;
  std::int64_t unreadable_ = 0;
};

class NumberHead final : public OutputHead {
 public:
  Result<void> add_model(const ModelInfo& model, DatasetInfo&,
                         std::vector<StoredWarning>&) override {
    factors_[model.name] = factor_of(model.card);
    return {};
  }
  std::unique_ptr<ShardOutput> begin(const RunInfo& run, const ShardRange& range,
                                     c10::Device device) override {
    PredictionEnvelope envelope{number_schema.name.data(), 1, range.first, range.count, {}};
    std::vector<double> factors;
    for (const std::size_t voter : range.voters) {
      envelope.voters.push_back(run.voters[voter]);
      factors.push_back(factors_.at(run.voters[voter].model));
    }
    return std::make_unique<NumberShard>(std::move(envelope), std::move(factors), device);
  }
  std::unique_ptr<RunFigures> figures(const RunInfo& run) const override {
    return std::make_unique<NumberFigures>(run);
  }

 private:
  std::map<std::string, double> factors_;
};

constexpr HeadKind number_head = {"numbers", check_number, []() -> std::unique_ptr<OutputHead> {
                                    return std::make_unique<NumberHead>();
                                  }};

}  // namespace

void register_number_kind() {
  output_kinds().add(number_output);
  prediction_schemas().add(number_schema);
  head_kinds().add(number_head);
}

std::string number_card(const std::string& name) {
  auto text = QString::fromStdString(StudyFixture::card(name, 0));
  text.replace("\"classification\"", "\"regression\"");
  text.replace(R"({"kind":"logits"})", R"({"kind":"number","factor":0.5})");
  return text.toStdString();
}

}  // namespace plumbline::test
