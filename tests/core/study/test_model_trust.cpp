#include <QtTest>

#include <fstream>

#include "core/study/model_trust.h"
#include "tests/core/study/tests.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

void TestModelTrust::trust_is_of_one_file() {
  StudyFixture fixture(30);
  fixture.add_run("r", 2);  // models m0 and m1, whose hashes differ
  QVERIFY(trusted_files(fixture.folder()).empty());
  for (const ModelInfo& model : value(fixture.study.models())) QVERIFY(!model.trusted);
  succeed(fixture.study.trust_model("m1"));
  succeed(fixture.study.trust_model("m1"));
  const ModelInfo trusted = value(fixture.study.model("m1"));
  QVERIFY(trusted.trusted);
  QVERIFY(!value(fixture.study.model("m0")).trusted);
  QCOMPARE(trusted_files(fixture.folder()), std::set<std::string>{trusted.hash});
  QVERIFY(!fixture.study.trust_model("none"));
}

// A study that was made elsewhere says nothing about whom this user trusts.
void TestModelTrust::trust_does_not_travel() {
  StudyFixture fixture(30);
  fixture.add_run("r", 1);
  const std::string hash = value(fixture.study.model("m0")).hash;
  for (const std::string& line :
       {hash + "\n", hash + " \n", hash + " 0123456789abcdef0123456789abcdef m0\n",
        " " + hash + "\n", std::string("\n\n"), std::string(1000, 'x'), hash}) {
    std::ofstream(fixture.folder() / "trusted") << line;
    QVERIFY(trusted_files(fixture.folder()).empty());
    QVERIFY(!value(fixture.study.model("m0")).trusted);
  }
  // What stands there already, even a line that was cut off, does not swallow the next.
  succeed(fixture.study.trust_model("m0"));
  QVERIFY(value(fixture.study.model("m0")).trusted);
}

}  // namespace plumbline::test
