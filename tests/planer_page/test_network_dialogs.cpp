#include <QComboBox>
#include <QLineEdit>
#include <QTemporaryDir>
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
  void a_network_of_words_needs_its_list();
};

void TestNetworkDialogs::what_the_core_knows_is_offered() {
  const ImportNetworkDialog import("study", {}, nullptr);
  QCOMPARE(offered(import, "network_map"), key_map_names());
  QCOMPARE(offered(import, "network_config"), backbone_config_names());
  const TrainNetworkDialog train("study", {}, nullptr);
  QCOMPARE(offered(train, "network_config"), backbone_config_names());
}

void TestNetworkDialogs::a_network_of_words_needs_its_list() {
  ImportNetworkDialog import("study", {}, nullptr);
  const QTemporaryDir folder;
  const QString list = folder.filePath("list.txt");
  QFile file(list);
  QVERIFY(file.open(QIODevice::WriteOnly) && file.write("the\n") == 4);
  file.close();
  auto* words = import.findChild<QLineEdit*>(QStringLiteral("network_words"));
  QVERIFY(words != nullptr && !words->isEnabled());
  QVERIFY(!import.command().contains("--words") && !import.command().contains("--tokens"));
  import.findChild<QComboBox*>(QStringLiteral("network_tokens"))
      ->setCurrentText(QStringLiteral("words"));
  QVERIFY(words->isEnabled());
  // The file of weights and the name are there; the list alone is missing.
  for (auto* line : import.findChildren<QLineEdit*>())
    if (line != words && line->text().isEmpty() && line->isEnabled()) line->setText(list);
  QVERIFY2(import.obstacle().contains("words"), qPrintable(import.obstacle()));
  words->setText(list);
  QVERIFY2(!import.obstacle().contains("words"), qPrintable(import.obstacle()));
  const auto command = import.command().join(' ');
  QVERIFY2(command.endsWith("--tokens words --words " + list), qPrintable(command));
  // The job's subject is what the engine will make of the command.
  std::vector<std::string> said;
  for (const QString& word : import.command()) said.push_back(word.toStdString());
  QVERIFY(import.subject() == subject_of_command("planer-import", said));
}

int test_network_dialogs(int argc, char** argv) {
  TestNetworkDialogs test;
  return QTest::qExec(&test, argc, argv);
}

#include "test_network_dialogs.moc"
