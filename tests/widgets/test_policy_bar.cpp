#include <QComboBox>
#include <QDoubleSpinBox>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>

#include "core/review/opened_run.h"
#include "tests/widgets/synthetic_study.h"
#include "tests/widgets/tests.h"
#include "widgets/decision/policy_bar.h"
#include "widgets/decision/reason.h"
#include "widgets/decision/run_review.h"

using namespace plumbline;

namespace {

/// A policy that is in no table, to show that the window asks for nothing but what it says of
/// itself: one voter's vote, the voter chosen by a word.
void take_one_voter(const BoundPolicy& policy, const PolicyBlock& block, const PolicyOutput& out) {
  const auto& voters = block.votes.voters;
  const VoterVotes& voter = policy.policy.text(0) == "last" ? voters.back() : voters.front();
  for (std::size_t i = block.begin; i < block.end; ++i) {
    out.label[i] = voter.predicted[i];
    out.score[i] = static_cast<double>(voter.confidence[i]);
    out.tie[i] = 0;
  }
}

double least_of_second(const BoundPolicy& policy) { return policy.policy.number(1); }
double most(std::size_t /*voters*/) { return 1; }
double least_at_first(std::size_t /*voters*/) { return 0.25; }

constexpr std::string_view places[] = {"first", "last"};
constexpr PolicyParameter toy_parameters[] = {
    {.name = "who", .meaning = "whose vote", .type = ParameterType::word, .words = places},
    {.name = "least",
     .meaning = "least confidence",
     .use = ParameterUse::accepts,
     .maximum = most,
     .default_value = least_at_first}};
const PolicyKind toy_kind = {.name = "one",
                             .summary = "one voter's vote",
                             .parameters = toy_parameters,
                             .score = take_one_voter,
                             .least_score = least_of_second};

}  // namespace

/// The bar of a policy and its parameters, on a review of its own.
class TestPolicyBar : public QObject {
  Q_OBJECT

 private:
  QTemporaryDir directory_;
  std::unique_ptr<RunReview> review_;
  std::unique_ptr<PolicyBar> bar_;

  template <class T>
  T* find(const char* name) const {
    auto* found = bar_->findChild<T*>(QString::fromLatin1(name));
    if (found == nullptr) qFatal("no widget '%s'", name);
    return found;
  }
  void write(const char* name, const char* text) const {
    auto* words = find<QComboBox>(name);
    words->setCurrentText(QString::fromLatin1(text));
    Q_EMIT words->textActivated(words->currentText());
  }
  bool labels_are_those_of(std::size_t voter) const {
    const VoterVotes& votes = review_->votes().voters[review_->policy_voters()[voter]];
    return std::ranges::equal(review_->decisions().label, votes.predicted);
  }

 private Q_SLOTS:
  void initTestCase() {
    SyntheticStudy request;
    request.folder = directory_.filePath("shapes.plumb").toStdString();
    QVERIFY(make_study(request).has_value());
    auto run = open_run(request.folder, "r1");
    QVERIFY(run.has_value());
    review_ = std::make_unique<RunReview>(std::move(*run));
    bar_ = std::make_unique<PolicyBar>();
    bar_->set_review(review_.get());
    const PolicyKind* const kinds[] = {&toy_kind};
    review_->set_policy(*parse_policy("one", review_->policy_voters().size(), kinds));
  }

  void each_type_of_parameter_has_its_control() {
    QCOMPARE(find<QComboBox>("who")->currentText(), QStringLiteral("first"));
    QCOMPARE(find<QDoubleSpinBox>("least")->value(), 0.25);
    QVERIFY(labels_are_those_of(0));
    QVERIFY(reason_for(*review_, 0).startsWith("one 0."));
    QVERIFY(reason_for(*review_, 0).endsWith(" 0.25"));
  }

  void what_is_written_decides() {
    QSignalSpy decided(review_.get(), &RunReview::decided);
    write("who", "last");
    QCOMPARE(decided.count(), 1);
    QVERIFY(labels_are_those_of(review_->policy_voters().size() - 1));
    QVERIFY(!labels_are_those_of(0));
    // Nothing is decided anew where nothing was changed.
    write("who", "last");
    QCOMPARE(decided.count(), 1);
  }

  void what_does_not_fit_is_said_and_taken_back() {
    write("who", "last");
    QString told;
    const auto listening =
        connect(review_.get(), &RunReview::failed, this,
                [&](const Error& error) { told = QString::fromStdString(to_string(error)); });
    review_->set_argument(0, "middle");
    disconnect(listening);
    QVERIFY2(told.contains("first or last"), qPrintable(told));
    QCOMPARE(find<QComboBox>("who")->currentText(), QStringLiteral("last"));
    QVERIFY(labels_are_those_of(review_->policy_voters().size() - 1));
  }

  void a_number_keeps_the_word() {
    write("who", "last");
    find<QDoubleSpinBox>("least")->setValue(0.75);
    QCOMPARE(review_->policy().number(1), 0.75);
    QVERIFY(review_->policy().text(0) == "last");
    const auto& decisions = review_->decisions();
    for (std::size_t i = 0; i < decisions.score.size(); ++i)
      QCOMPARE(decisions.accept[i] != 0, decisions.score[i] >= 0.75);
    review_->reset();
    QVERIFY(review_->policy().text(0) == "first");
    QCOMPARE(review_->policy().number(1), 0.25);
  }

  void other_voters_keep_what_was_chosen() {
    write("who", "last");
    review_->set_voters({0, 3});
    QVERIFY(review_->policy().text(0) == "last");
    QVERIFY(labels_are_those_of(1));
    review_->reset();
  }
};

int test_policy_bar(int argc, char** argv) {
  TestPolicyBar test;
  return QTest::qExec(&test, argc, argv);
}

#include "test_policy_bar.moc"
