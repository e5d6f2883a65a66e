#include <QComboBox>
#include <QtTest>

#include "core/planer/backbone_config.h"
#include "core/planer/key_map.h"
#include "tests/planer_page/tests.h"
#include "widgets/planer/network_dialogs.h"

using namespace plumbline;

namespace {

std::vector<std::string> offered(const QWidget& dialog, const char* name) {
  std::vector<std::string> words;
  const auto* combo = dialog.findChild<QComboBox*>(QString::fromLatin1(name));
  for (int i = 0; combo != nullptr && i < combo->count(); ++i)
    words.push_back(combo->itemText(i).toStdString());
  return words;
}

}  // namespace

/// The dialogs that bring a network into the study.
class TestNetworkDialogs : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void what_the_core_knows_is_offered();
};

void TestNetworkDialogs::what_the_core_knows_is_offered() {
  const ImportNetworkDialog import("study", {}, nullptr);
  QCOMPARE(offered(import, "network_map"), key_map_names());
  QCOMPARE(offered(import, "network_config"), backbone_config_names());
  const TrainNetworkDialog train("study", {}, nullptr);
  QCOMPARE(offered(train, "network_config"), backbone_config_names());
}

int test_network_dialogs(int argc, char** argv) {
  TestNetworkDialogs test;
  return QTest::qExec(&test, argc, argv);
}

#include "test_network_dialogs.moc"
