#include <ATen/ATen.h>
#include <QComboBox>
#include <QSignalSpy>
#include <QtTest>
#include <nlohmann/json.hpp>

#include "core/engine/inference/run_pipeline.h"
#include "core/review/comparison.h"
#include "core/review/item_remarks.h"
#include "core/review/opened_run.h"
#include "core/review/query.h"
#include "tests/core/engine/image_study.h"
#include "tests/core/engine/number_kind.h"
#include "tests/third_kind/number_review.h"
#include "tests/third_kind/run_command.h"
#include "tests/third_kind/tests.h"
#include "widgets/compare/compare_page.h"
#include "widgets/decision/run_review.h"
#include "widgets/gallery/failures_page.h"
#include "widgets/gallery/filter_bar.h"
#include "widgets/gallery/gallery_view.h"
#include "widgets/gallery/verdict_bar.h"
#include "widgets/inspector/sample_inspector.h"
#include "widgets/inspector/vote_table.h"
#include "widgets/page/settings.h"
#include "widgets/runs/runs_page.h"
#include "widgets/study/remarks.h"
#include "widgets/text/text_of.h"
#include "widgets/window/main_window.h"

namespace plumbline::test {

namespace {

constexpr int sample_count = 2048 + 70;  // two prediction files
constexpr double accepted_spread = 0.01;

/// An item of the run by the definition of policy, verdict and metric, written apart from them.
struct ExpectedItem {
  std::uint32_t sample = 0;
  double mean = 0, spread = 0, error = 0;
  Verdict verdict = Verdict::unjudged;
};

std::vector<ExpectedItem> expected_items(const std::vector<std::vector<double>>& numbers,
                                         const std::vector<int>& labels, double greatest_spread) {
  std::vector<ExpectedItem> items;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] == 0) continue;
    ExpectedItem item;
    item.sample = static_cast<std::uint32_t>(i);
    item.mean = (numbers[0][i] + numbers[1][i]) / 2;
    item.spread = std::abs(numbers[0][i] - numbers[1][i]);
    item.error = std::abs(item.mean - (labels[i] - 4.5) / 9);
    const bool right = item.error <= 0.2;
    item.verdict = item.spread <= greatest_spread
                       ? (right ? Verdict::kept : Verdict::undetected)
                       : (right ? Verdict::needlessly_rejected : Verdict::caught);
    items.push_back(item);
  }
  return items;
}

std::int64_t count_of(const std::vector<ExpectedItem>& items, Verdict verdict) {
  return std::ranges::count(items, verdict, &ExpectedItem::verdict);
}

}  // namespace

TestThirdKind::TestThirdKind() = default;
TestThirdKind::~TestThirdKind() = default;

/// The study: two views of a network that gives the mean of an image's upper half.
void TestThirdKind::initTestCase() {
  register_number_kind();
  register_number_review();
  images_ = std::make_unique<ImageStudy>(sample_count);
  const auto file = images_->file("upper.pt");
  save_script(file, "  return torch.mean(x[:, :, :16, :], [1, 2, 3])");
  images_->add_model("upper", number_card("upper"), file.string());
  RunRequest request;
  request.study = images_->study.folder();
  request.name = "r";
  request.dataset = "images";
  request.splits = {"test"};
  request.voters = value(parse_voters("upper:identity,upper:flip_y"));
  request.device = "cpu";
  request.batch = 64;
  request.job = {request.study, "run", {"run"}, false, true, ""};
  value(run_voters(request));
  const at::Tensor inputs = images_->inputs();
  for (const at::Tensor& half : {inputs.slice(2, 0, 16), inputs.slice(2, 16, 32)}) {
    const at::Tensor numbers = (half.mean({1, 2, 3}) * 0.5).contiguous();
    const auto* values = numbers.const_data_ptr<double>();
    expected_.emplace_back(values, values + sample_count);
  }
  for (const SampleInfo& sample : images_->samples()) labels_.push_back(sample.label);
}

void TestThirdKind::policies_of_other_kinds_are_refused() {
  const OpenedRun run = value(open_run(images_->study.folder(), "r"));
  const std::vector<std::size_t> voters = {0, 1};
  const auto majority = value(bind(value(make_policy("majority", 2))));
  const auto refused = run.source->decide(majority, voters);
  QVERIFY(!refused);
  QCOMPARE(exit_code(refused.error().kind), 2);
  QCOMPARE(
      refused.error().message,
      std::string("the policy 'majority' decides on classes; the run's predictions are numbers"));
  QCOMPARE(refused.error().hint, std::string("policies: steady"));
  QVERIFY(!check_suits(value(make_policy("steady", 2)), "classes"));
}

void TestThirdKind::a_policy_decides_on_the_numbers() {
  const OpenedRun run = value(open_run(images_->study.folder(), "r"));
  QVERIFY(run.votes == nullptr);
  QCOMPARE(run.samples(), std::size_t{sample_count});
  const std::vector<std::size_t> voters = {0, 1};
  const auto policy = value(bind(value(parse_policy("steady", 2))));
  const auto reviewed = value(run.source->decide(policy, voters));
  const auto expected = expected_items(expected_, labels_, accepted_spread);
  const ReviewTable& table = reviewed->table;
  QCOMPARE(table.rows, expected.size());
  QVERIFY(table.rows < std::size_t{sample_count});  // so that a row is not its sample
  for (std::size_t row = 0; row < table.rows; ++row) {
    const ItemRef item(expected[row].sample, 0);
    QCOMPARE(table.item(row), item);
    QCOMPARE(table.row_of(item), std::optional(row));
    QVERIFY(std::abs(number_of(table, "number", row) - expected[row].mean) < 1e-5);
    QVERIFY(std::abs(number_of(table, "spread", row) - expected[row].spread) < 1e-5);
    if (std::abs(expected[row].spread - accepted_spread) > 1e-5 &&
        std::abs(expected[row].error - number_tolerance) > 1e-5)
      QCOMPARE(table.verdict[row], expected[row].verdict);
  }
  for (const Verdict verdict :
       {Verdict::kept, Verdict::undetected, Verdict::caught, Verdict::needlessly_rejected})
    QVERIFY(count_of(expected, verdict) > 50);
  const DecidedSample first{0, table.label[0], reviewed->decisions.score[0],
                            reviewed->decisions.accept[0] != 0};
  QVERIFY(explain(policy, {}, first).starts_with("spread "));
}

void TestThirdKind::decide_prints_the_metric() {
  const std::string folder = images_->study.folder().string();
  const auto printed =
      value(printed_by({"decide", folder, "--run", "r", "--policy", "steady(spread=0.02)",
                        "--voters", "upper:identity,upper:flip_y", "--json"}));
  const auto json = nlohmann::json::parse(printed);
  const auto expected = expected_items(expected_, labels_, 0.02);
  double error = 0;
  for (const ExpectedItem& item : expected) error += item.error;
  QVERIFY(std::abs(json["mean_error"].get<double>() -
                   error / static_cast<double>(expected.size())) < 1e-6);
  QCOMPARE(json["samples"].get<std::size_t>(), expected.size());
  // An item whose spread is the threshold but for rounding may fall to either side.
  QVERIFY(std::abs(json["kept_correct"].get<std::int64_t>() - count_of(expected, Verdict::kept)) <=
          2);
  QVERIFY(json["aurc"].is_null());
  QVERIFY(json["latency_ratio"].get<double>() > 1);
  QVERIFY(!value(printed_by({"decide", folder, "--run", "r", "--policy", "steady"})).empty());
}

void TestThirdKind::export_writes_the_named_columns() {
  const auto out = images_->file("decisions.csv");
  const std::string folder = images_->study.folder().string();
  const auto printed =
      value(printed_by({"export", folder, "--run", "r", "--what", "decisions", "--policy", "steady",
                        "--voters", "upper:identity,upper:flip_y", "-o", out.string()}));
  QVERIFY(printed.find("2 of the run's 2 voters: upper:identity, upper:flip_y") != printed.npos);
  QFile file(text_of(out.string()));
  QVERIFY(file.open(QIODevice::ReadOnly));
  const auto lines = file.readAll().split('\n');
  QCOMPARE(lines[0],
           QByteArray("sample,object,label,predicted,verdict,number,spread,side,far voters"));
  const auto expected = expected_items(expected_, labels_, accepted_spread);
  QCOMPARE(lines.size(), static_cast<qsizetype>(expected.size()) + 2);
  for (std::size_t row = 0; row < expected.size(); ++row) {
    const auto fields = lines[static_cast<qsizetype>(row) + 1].split(',');
    QCOMPARE(fields.size(), qsizetype{9});
    QCOMPARE(fields[1], QByteArray("0"));
    QVERIFY(std::abs(fields[5].toDouble() - expected[row].mean) < 1e-5);
    const double truth = (labels_[expected[row].sample] - 4.5) / 9;
    if (std::abs(expected[row].mean - truth) > 1e-5)
      QCOMPARE(fields[7], QByteArray(expected[row].mean > truth ? "above" : "below"));
  }
  // Failures alone: undetected ones first.
  value(printed_by({"export", folder, "--run", "r", "--what", "failures", "--policy", "steady",
                    "--voters", "upper:identity,upper:flip_y", "--format", "json", "-o",
                    out.string()}));
  QFile failures(text_of(out.string()));
  QVERIFY(failures.open(QIODevice::ReadOnly));
  const auto rows = nlohmann::json::parse(failures.readAll().toStdString());
  QVERIFY(std::abs(static_cast<std::int64_t>(rows.size()) -
                   count_of(expected, Verdict::undetected) - count_of(expected, Verdict::caught)) <=
          2);
  QCOMPARE(rows.front()["verdict"].get<std::string>(), std::string("undetected misprediction"));
  QCOMPARE(rows.back()["verdict"].get<std::string>(), std::string("caught"));
}

void TestThirdKind::the_window_shows_the_table() {
  const auto expected = expected_items(expected_, labels_, accepted_spread);
  MainWindow window(nullptr);
  window.resize(1280, 800);
  window.show();
  QVERIFY(window.open_study(text_of(images_->study.folder().string())).has_value());
  QTRY_VERIFY_WITH_TIMEOUT(window.review() != nullptr && !window.review()->busy(), 20000);
  auto* page = window.page<FailuresPage>();
  window.show_page(page);
  QVERIFY(!window.page<RunsPage>()->shows_runs_of("numbers"));
  RunReview& review = *window.review();
  review.set_voters({0, 1});
  QTRY_VERIFY(!review.busy());
  QCOMPARE(review.table().rows, expected.size());
  // The page offers what this kind has, and no more.
  const auto* policies = page->findChild<QComboBox*>(QStringLiteral("policy"));
  QCOMPARE(policies->count(), 1);
  QCOMPARE(policies->currentText(), QStringLiteral("steady"));
  const auto* sort = page->findChild<QComboBox*>(QStringLiteral("sort"));
  QCOMPARE(sort->count(), 2);
  QCOMPARE(sort->itemText(0), QStringLiteral("number"));
  QCOMPARE(sort->itemText(1), QStringLiteral("spread"));
  QVERIFY(!page->findChild<QWidget*>(QStringLiteral("confidence"))->isVisible());
  QVERIFY(!page->findChild<QWidget*>(QStringLiteral("agreement"))->isVisible());
  auto* verdicts = page->findChild<VerdictBar*>();
  QCOMPARE(verdicts->counter(Verdict::kept)->value(), review.decisions().counts[Verdict::kept]);
  QVERIFY(std::abs(verdicts->counter(Verdict::kept)->value() - count_of(expected, Verdict::kept)) <=
          2);
  // The gallery: undetected items by falling number, crops of the upper halves.
  const FailureGallery& content = page->content();
  QCOMPARE(static_cast<std::int64_t>(content.size()),
           review.decisions().counts[Verdict::undetected]);
  for (std::size_t row = 0; row < content.size(); ++row) {
    QCOMPARE(content.item(row).object(), std::optional(0U));
    QCOMPARE(content.cell(row).verdict, Verdict::undetected);
    QCOMPARE(content.crop(row), std::optional(PixelRect{0, 0, 32, 16}));
    if (row > 0)
      QVERIFY(content.cell(row - 1).figure.replace(QChar(0x2212), u'-').toDouble() >=
              content.cell(row).figure.replace(QChar(0x2212), u'-').toDouble());
  }
  QVERIFY(content.read_out(0, QStringLiteral("file")).contains(QStringLiteral("far voters")));
  QTRY_VERIFY(page->settled());
  QVERIFY(!page->grab().isNull());
  // The inspector says what the columns say, without votes.
  auto* inspector = page->inspector()->findChild<SampleInspector*>();
  QCOMPARE(inspector->item(), std::optional(content.item(0)));
  QVERIFY(!inspector->votes()->isVisible());
  const auto labels = inspector->findChildren<QLabel*>();
  QVERIFY(std::ranges::any_of(labels, [](const QLabel* l) { return l->text() == u"spread"; }));
  QVERIFY(std::ranges::any_of(labels,
                              [](const QLabel* l) { return l->text().startsWith(u"spread "); }));
  // A tag is the object's, in the study as in the filter.
  const ItemRef item = content.item(0);
  window.remarks()->tag({item}, QStringLiteral("odd"), true);
  const auto stored = value(images_->study.remarks(images_->dataset.id, "test"));
  QCOMPARE(stored.tags.at("odd"), std::vector{item});
  auto* tags = page->findChild<QComboBox*>(QStringLiteral("tag_filter"));
  tags->setCurrentText(QStringLiteral("odd"));
  Q_EMIT tags->activated(tags->currentIndex());
  QCOMPARE(content.size(), std::size_t{1});
  QCOMPARE(content.item(0), item);
  // The policy is dragged: what is shown follows.
  const auto before = review.decisions().counts[Verdict::kept];
  review.set_value(0, 0.5, true);
  QTRY_VERIFY(!review.busy());
  QVERIFY(review.decisions().counts[Verdict::kept] > before);
  QCOMPARE(review.decisions().counts[Verdict::caught], std::int64_t{0});
  // A place in the run is found by its item.
  QVERIFY(window.go({.item = ItemRef(expected.back().sample, 0)}).has_value());
  QCOMPARE(content.item(*page->gallery()->current()), ItemRef(expected.back().sample, 0));
  QVERIFY(!window.go({.item = ItemRef(expected.back().sample, 1)}).has_value());
}

void TestThirdKind::two_policies_are_compared() {
  MainWindow window(nullptr);
  window.resize(1280, 800);
  window.show();
  QVERIFY(window.open_study(text_of(images_->study.folder().string())).has_value());
  QTRY_VERIFY_WITH_TIMEOUT(window.review() != nullptr && !window.review()->busy(), 20000);
  auto* page = window.page<ComparePage>();
  window.show_page(page);
  QTRY_VERIFY_WITH_TIMEOUT(page->comparison() != nullptr, 20000);
  // The same policy on both sides changes nothing.
  const Comparison& comparison = *page->comparison();
  QCOMPARE(comparison[Change::same], static_cast<std::int64_t>(comparison.changes.size()));
  QCOMPARE(comparison.only_in_first, std::int64_t{0});
  QCOMPARE(comparison.changes.size(), window.review()->table().rows);
}

}  // namespace plumbline::test
