#include <QTemporaryDir>
#include <QtTest>
#include <fstream>

#include <nlohmann/json.hpp>

#include "core/jobs/job.h"
#include "core/jobs/job_folder.h"
#include "tests/support/study_fixture.h"

using namespace plumbline;
using nlohmann::json;
using plumbline::test::value;

namespace {

View view(const char* text) { return value(parse_view(text)); }

/// One of each kind of work, with no field at its default.
std::vector<JobSubject> all_subjects() {
  return {RunWork{"r7", "d", {"test", "b,c"}, {{"a:1", View()}, {"b", view("flip_x+gamma=0.8")}}},
          TrainWork{"m", "resnet20", "d", {"train"}, view("gamma=0.8"), 30},
          ImportWork{ImportWork::What::dataset, "d", "/images"},
          ImportWork{ImportWork::What::model, "m", "/m.pt"},
          ImportWork{ImportWork::What::predictions, "p", "/p.npy"},
          SearchWork{"s3", "base", {0.1 + 0.2, 0.5}, 40000},
          SearchWork{"s4", "base", {0.5}, 40000, true},
          NetworkWork{"train", {"n"}, "base", "tiny", 200, {}, {}},
          NetworkWork{"profile", {"a", "b"}, "", "tiny", 0, {1, 8}, {128}},
          JobSubject()};
}

JobSubject written_and_read(const JobSubject& subject) {
  return value(parse_job_subject(json::parse(to_json(subject).dump()), "job.json"));
}

}  // namespace

class TestJobSubject : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void what_is_written_is_read_back() {
    const auto subjects = all_subjects();
    for (std::size_t i = 0; i < subjects.size(); ++i) {
      QCOMPARE(written_and_read(subjects[i]), subjects[i]);
      for (std::size_t j = 0; j < i; ++j) QVERIFY(subjects[i] != subjects[j]);
    }
  }

  void a_retry_resumes_what_keeps_what_it_reached() {
    QCOMPARE(JobSubject(RunWork()).retry, JobRetry::resume);
    QCOMPARE(JobSubject(TrainWork()).retry, JobRetry::resume);
    QCOMPARE(JobSubject(SearchWork()).retry, JobRetry::resume);
    QCOMPARE(JobSubject(ImportWork()).retry, JobRetry::repeat);
    QCOMPARE(JobSubject(NetworkWork{"train", {}, "", "", 0, {}, {}}).retry, JobRetry::resume);
    QCOMPARE(JobSubject(NetworkWork{"profile", {}, "", "", 0, {}, {}}).retry, JobRetry::repeat);
    // What is said in the file counts, not what this version would say.
    json document = json::parse(to_json(JobSubject(ImportWork())).dump());
    document["retry"] = "resume";
    QCOMPARE(value(parse_job_subject(document, "job.json")).retry, JobRetry::resume);
  }

  void a_retry_is_the_same_command_by_what_the_subject_says() {
    const JobDescription run{"run", {"run", "s", "--name", "r", "--job", "old"}, RunWork()};
    QCOMPARE(retried(run).command,
             (std::vector<std::string>{"run", "s", "--name", "r", "--resume"}));
    QCOMPARE(retried(retried(run)), retried(run));
    const JobDescription import{"import", {"import", "model", "s", "--job"}, ImportWork()};
    QCOMPARE(retried(import).command, (std::vector<std::string>{"import", "model", "s"}));
    // A study brings its jobs along: what they trust is not trusted again by itself.
    const auto trusting =
        describe_command("import", {"import", "model", "s", "--trust", "--name", "m"});
    QCOMPARE(retried(trusting).command,
             (std::vector<std::string>{"import", "model", "s", "--name", "m"}));
  }

  void mistakes_are_named_data() {
    QTest::addColumn<QByteArray>("change");
    QTest::addColumn<QByteArray>("word");
    const auto row = [](const char* change, const char* word) {
      QTest::newRow(change) << QByteArray(change) << QByteArray(word);
    };
    row(R"({"of":3})", "subject.of");
    row(R"({"retry":"perhaps"})", "subject.retry");
    row(R"({"run":null})", "subject.run");
    row(R"({"splits":"test"})", "subject.splits");
    row(R"({"splits":["test",7]})", "subject.splits");
    row(R"({"voters":[7]})", "voters");
    row(R"({"voters":[{"model":"a"}]})", "voters.view");
    row(R"({"voters":[{"model":"a","view":"sideways"}]})", "voters.view");
    row(R"({"voters":[{"view":"identity"}]})", "voters.model");
  }
  void mistakes_are_named() {
    QFETCH(QByteArray, change);
    QFETCH(QByteArray, word);
    json document = json::parse(to_json(all_subjects().front()).dump());
    document.update(json::parse(change.toStdString()));
    const auto read = parse_job_subject(document, "my job.json");
    QVERIFY(!read.has_value());
    const auto message = QByteArray::fromStdString(to_string(read.error()));
    QVERIFY2(message.contains(word) && message.contains("my job.json"), message.constData());
  }

  void work_of_a_later_version_is_not_known() {
    const auto subject =
        value(parse_job_subject(json::parse(R"({"of":"fusion","retry":"resume"})"), "job.json"));
    QVERIFY(!subject.known());
    QCOMPARE(subject.retry, JobRetry::resume);
  }

  void commands_of_older_jobs_have_a_subject_data() {
    QTest::addColumn<QString>("kind");
    QTest::addColumn<QString>("command");
    QTest::addColumn<int>("expected");  // index into the subjects below
    int place = 0;
    const auto row = [&](const char* kind, const char* command) {
      QTest::newRow(command) << QString::fromLatin1(kind) << QString::fromLatin1(command)
                             << place++;
    };
    row("run", "run s --dataset d --split test,b --models a,b --views identity,flip_x --name r");
    row("run", "run s --dataset=d --split=test --voters a:flip_x,b --name=r");
    row("run", "run s --name r --resume");
    row("run", "run s --models a --views sideways --name r");
    row("run", "run s --voters ::, --name r");
    row("run", "");
    row("train", "train s --architecture convnet --dataset d --split train --epochs 3 --name m");
    row("train", "train s --view gamma=0.8 --epochs many --name m");
    row("import", "import dataset s --name d --images /images --format idx");
    row("import", "import model s --name m --file /m.pt");
    row("import", "import predictions s --name p --file /p.npy");
    row("import", "import spoons s --name p");
    row("import", "import");
    row("planer-search", "planer search s --name s3 --from base --target 0.5 --steps 40");
    row("planer-sweep", "planer sweep s --name s3 --from base --targets 0.5,0.3,x,-1");
    row("planer-sweep", "planer sweep s --name s3 --from base --target-energy 0.5,0.3");
    row("planer-train", "planer train s --name n --config tiny --steps 200");
    row("planer-profile", "planer profile s --name base --batches 1,8 --length 128");
    row("planer-evaluate", "planer evaluate s --name a,b --batch 4");
    row("serve", "serve s");
  }
  void commands_of_older_jobs_have_a_subject() {
    QFETCH(QString, kind);
    QFETCH(QString, command);
    QFETCH(int, expected);
    const std::vector<JobSubject> subjects = {
        RunWork{"r", "d", {"test", "b"}, cross({"a", "b"}, {View(), view("flip_x")})},
        RunWork{"r", "d", {"test"}, {{"a", view("flip_x")}, {"b", View()}}},
        RunWork{"r", "", {}, {}},
        RunWork{"r", "", {}, {}},
        RunWork{"r", "", {}, {}},
        RunWork(),
        TrainWork{"m", "convnet", "d", {"train"}, View(), 3},
        TrainWork{"m", "", "", {}, view("gamma=0.8"), 0},
        ImportWork{ImportWork::What::dataset, "d", "/images"},
        ImportWork{ImportWork::What::model, "m", "/m.pt"},
        ImportWork{ImportWork::What::predictions, "p", "/p.npy"},
        JobSubject(),
        JobSubject(),
        SearchWork{"s3", "base", {0.5}, 40},
        SearchWork{"s3", "base", {0.5, 0.3}, 0},
        SearchWork{"s3", "base", {0.5, 0.3}, 0, true},
        NetworkWork{"train", {"n"}, "", "tiny", 200, {}, {}},
        NetworkWork{"profile", {"base"}, "", "", 0, {1, 8}, {128}},
        NetworkWork{"evaluate", {"a", "b"}, "", "", 0, {4}, {}},
        JobSubject()};
    std::vector<std::string> words;
    for (const QString& word : command.split(u' ', Qt::SkipEmptyParts))
      words.push_back(word.toStdString());
    QCOMPARE(subject_of_command(kind.toStdString(), words),
             subjects.at(static_cast<std::size_t>(expected)));
  }

  void a_description_without_a_subject_opens_data() {
    QTest::addColumn<QByteArray>("subject");
    QTest::newRow("none") << QByteArray();
    QTest::newRow("a number") << QByteArray(R"(,"subject":7)");
    QTest::newRow("damaged") << QByteArray(R"(,"subject":{"of":"run","retry":"resume"})");
  }
  void a_description_without_a_subject_opens() {
    QFETCH(QByteArray, subject);
    const QTemporaryDir directory;
    const auto folder = std::filesystem::path(directory.path().toStdString()) / "jobs" / "j";
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "job.json")
        << R"({"v":1,"id":"j","kind":"run","command":["run","s","--dataset","d","--split","test",)"
        << R"("--models","a,b","--name","r7"],"pid":7)" << subject.toStdString() << "}";
    const auto job = value(JobFolder::open(folder));
    QCOMPARE(job.kind(), std::string("run"));
    QCOMPARE(job.subject(), JobSubject(RunWork{"r7", "d", {"test"}, cross({"a", "b"}, {View()})}));
  }

  void the_subject_outlives_the_beginning() {
    const QTemporaryDir directory;
    const std::filesystem::path study = directory.path().toStdString();
    // A subject that the command line does not say.
    const RunWork run{"r", "d", {"test"}, {{"a", view("flip_x")}}};
    const JobDescription description{"run", {"run", "s", "--name", "r", "--resume"}, run};
    const auto id = value(describe_job(study, description));
    QCOMPARE(value(JobFolder::open(study / "jobs" / id)).description(), description);
    {
      const auto job = value(
          Job::begin({study, "run", {"run", "s", "--name", "r", "--job", id}, false, true, id}));
    }
    QCOMPARE(value(JobFolder::open(study / "jobs" / id)).subject(), JobSubject(run));
    // Whoever begins a job knows best: the engine has read the options.
    const RunWork better{"r", "d", {"test"}, {{"b", View()}}};
    const auto other = value(describe_job(study, description));
    {
      const auto job = value(
          Job::begin({study, "run", {"run", "s", "--name", "r"}, false, true, other, better}));
    }
    QCOMPARE(value(JobFolder::open(study / "jobs" / other)).subject(), JobSubject(better));
  }

  void a_million_brackets_are_refused() {
    const QTemporaryDir directory;
    const auto folder = std::filesystem::path(directory.path().toStdString());
    std::ofstream(folder / "job.json")
        << R"({"kind":"run","subject":)" << std::string(1'000'000, '[');
    QVERIFY(!read_job_description(folder / "job.json"));
  }
};

int test_job_subject(int argc, char** argv) {
  TestJobSubject test;
  return QTest::qExec(&test, argc, argv);
}
#include "test_job_subject.moc"
