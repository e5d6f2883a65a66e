#include "widgets/study/study_upkeep_dialogs.h"

#include <QDesktopServices>
#include <QDialogButtonBox>
#include <QFileInfo>
#include <QLabel>
#include <QLineEdit>
#include <QMessageBox>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QUrl>
#include <QVBoxLayout>

#include <algorithm>
#include <optional>

#include "core/study/lock_entry.h"
#include "core/study/network_paths.h"
#include "core/study/study.h"
#include "core/types/plain_name.h"
#include "widgets/bars/bar.h"
#include "widgets/page/background.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

std::optional<StudyEntry> entry_of(StudyItemKind kind) {
  switch (kind) {
    case StudyItemKind::dataset: return StudyEntry::dataset;
    case StudyItemKind::model: return StudyEntry::model;
    case StudyItemKind::run: return StudyEntry::run;
    case StudyItemKind::search: return StudyEntry::search;
    case StudyItemKind::network: return StudyEntry::network;
    default: return std::nullopt;
  }
}

/// What goes with the item; of a decision nothing does.
Result<Dependents> dependents_of(const std::filesystem::path& folder, const StudyItem& item) {
  const auto entry = entry_of(item.kind);
  if (!entry) return Dependents();
  const auto study = Study::open(folder, Access::read_only);
  TRY(study);
  return study->dependents(*entry, item.name.toStdString());
}

/// Returns the runs that are gone.
Result<QStringList> remove_item(const std::filesystem::path& folder, const StudyItem& item) {
  auto study = Study::open(folder, Access::read_write);
  TRY(study);
  const std::string name = item.name.toStdString();
  const auto entry = entry_of(item.kind);
  if (!entry) {
    TRY(study->remove_decision(name));
    return QStringList();
  }
  const auto locks = lock_entry(*study, *entry, name);
  TRY(locks);
  const auto removed = study->remove_entry(*entry, name);
  TRY(removed);
  QStringList runs;
  for (const std::string& run : removed->runs) runs << text_of(run);
  if (*entry == StudyEntry::run) runs << item.name;
  return runs;
}

Result<void> rename_item(const std::filesystem::path& folder, const StudyItem& item,
                         const std::string& to) {
  auto study = Study::open(folder, Access::read_write);
  TRY(study);
  const std::string name = item.name.toStdString();
  const auto entry = entry_of(item.kind);
  if (!entry) {
    auto decision = study->decision(name);
    TRY(decision);
    decision->name = to;
    TRY(study->save_decision(*decision));
    return study->remove_decision(name);
  }
  const auto locks = lock_entry(*study, *entry, name, to);
  TRY(locks);
  return study->rename_entry(*entry, name, to);
}

/// The file or folder that the file manager is to show.
Result<QString> place_of(const std::filesystem::path& folder, const StudyItem& item) {
  const std::string name = item.name.toStdString();
  if (item.kind == StudyItemKind::run) return text_of((folder / "predictions").string());
  if (item.kind == StudyItemKind::search) return text_of((folder / search_files(name)).string());
  const auto study = Study::open(folder, Access::read_only);
  TRY(study);
  if (item.kind == StudyItemKind::network) {
    const auto network = study->network(name);
    TRY(network);
    return text_of((folder / network->file).string());
  }
  if (item.kind == StudyItemKind::model) {
    const auto model = study->model(name);
    TRY(model);
    // Imported predictions have no file but those of the study.
    return text_of(model->file.empty() ? (folder / "predictions").string() : model->file.string());
  }
  const auto files = study->outside_files();
  TRY(files);
  for (const OutsideFile& file : *files)
    if (file.kind == OutsideFile::Kind::source && file.owner == name)
      return text_of(file.path.string());
  return bad_input("the study does not know where the files are", name);
}

QString kept_networks(const Dependents& dependents) {
  QStringList names;
  for (const std::string& name : dependents.networks) names << text_of(name);
  return names.join(QStringLiteral(", "));
}

QDialog* text_dialog(QWidget* window, const QString& title, const QString& text) {
  auto* dialog = new QDialog(window);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setWindowTitle(title);
  auto* words = new QPlainTextEdit(text, dialog);
  words->setReadOnly(true);
  words->setTabChangesFocus(true);
  words->setAccessibleName(title);
  words->setFont(QFont(QStringLiteral("monospace"), 9));
  auto* close = new QDialogButtonBox(QDialogButtonBox::Close, dialog);
  QObject::connect(close, &QDialogButtonBox::rejected, dialog, &QDialog::close);
  auto* rows = new QVBoxLayout(dialog);
  rows->addWidget(words);
  rows->addWidget(close);
  dialog->resize(640, 460);
  return dialog;
}

}  // namespace

QString words_of(const StudyItem& item) {
  const auto words = [&](const QString& kind) {
    return StudyUpkeepDialogs::tr("the %1 %2").arg(kind, item.name);
  };
  if (const auto entry = entry_of(item.kind)) return words(text_of(entry_word(*entry)));
  return words(StudyUpkeepDialogs::tr("decision"));
}

StudyUpkeepDialogs::StudyUpkeepDialogs(QWidget* window) : QObject(window), window_(window) {}

void StudyUpkeepDialogs::ask_rename(const StudyItem& item) {
  auto* dialog = new QDialog(window_);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setObjectName(QStringLiteral("rename_dialog"));
  dialog->setWindowTitle(tr("Rename %1").arg(words_of(item)));
  dialog->setMinimumWidth(420);
  auto* name = new QLineEdit(item.name, dialog);
  name->setObjectName(QStringLiteral("new_name"));
  name->setAccessibleName(tr("New name"));
  name->selectAll();
  auto* why_not = new SecondaryLabel({}, dialog);
  why_not->setObjectName(QStringLiteral("rename_obstacle"));
  why_not->setWordWrap(true);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel, dialog);
  QPushButton* ok = buttons->button(QDialogButtonBox::Ok);
  ok->setText(tr("Rename"));
  auto* rows = new QVBoxLayout(dialog);
  rows->addWidget(name);
  rows->addWidget(why_not);
  rows->addWidget(buttons);
  const auto check = [name, why_not, ok, item] {
    const QString to = name->text().trimmed();
    const auto plain = check_plain_name(to.toStdString(), "the name", {});
    why_not->setText(plain ? QString() : text_of(to_string(plain.error())));
    ok->setEnabled(plain.has_value() && to != item.name);
  };
  check();
  connect(name, &QLineEdit::textChanged, dialog, check);
  connect(buttons, &QDialogButtonBox::accepted, dialog, &QDialog::accept);
  connect(buttons, &QDialogButtonBox::rejected, dialog, &QDialog::reject);
  connect(dialog, &QDialog::accepted, this,
          [this, name, item] { rename(item, name->text().trimmed()); });
  dialog->open();
}

void StudyUpkeepDialogs::rename(const StudyItem& item, const QString& to) {
  run_in_background(
      this,
      [folder = study_, item, name = to.toStdString()] { return rename_item(folder, item, name); },
      [this, item, to](const Result<void>& done) {
        if (!done) return Q_EMIT failed(text_of(to_string(done.error())));
        Q_EMIT renamed(item, to);
      });
}

void StudyUpkeepDialogs::ask_remove(const StudyItem& item) {
  run_in_background(
      this, [folder = study_, item] { return dependents_of(folder, item); },
      [this, item](const Result<Dependents>& dependents) {
        if (!dependents) return Q_EMIT failed(text_of(to_string(dependents.error())));
        auto* question = new QMessageBox(window_);
        question->setAttribute(Qt::WA_DeleteOnClose);
        question->setObjectName(QStringLiteral("remove_question"));
        question->setWindowTitle(tr("Remove"));
        question->setText(tr("Remove %1?").arg(words_of(item)));
        QStringList lines;
        if (const QString goes = text_of(to_text(*dependents)); !goes.isEmpty())
          lines << tr("With it go: %1.").arg(goes);
        if (!dependents->networks.empty())
          lines << (item.kind == StudyItemKind::search
                        ? tr("The networks that it found are kept.")
                        : tr("Networks that came from it are kept: %1.")
                              .arg(kept_networks(*dependents)));
        if (item.kind == StudyItemKind::dataset || item.kind == StudyItemKind::model)
          lines << tr("The files that were imported stay where they are.");
        lines << tr("This cannot be undone.");
        question->setInformativeText(lines.join(u'\n'));
        QPushButton* remove_it = question->addButton(tr("Remove"), QMessageBox::DestructiveRole);
        remove_it->setObjectName(QStringLiteral("remove_it"));
        question->setDefaultButton(question->addButton(QMessageBox::Cancel));
        connect(remove_it, &QPushButton::clicked, this, [this, item] { remove(item); });
        question->open();
      });
}

void StudyUpkeepDialogs::remove(const StudyItem& item) {
  run_in_background(
      this, [folder = study_, item] { return remove_item(folder, item); },
      [this, item](const Result<QStringList>& runs) {
        if (!runs) return Q_EMIT failed(text_of(to_string(runs.error())));
        Q_EMIT removed(item, *runs);
      });
}

void StudyUpkeepDialogs::show_usage(const StudyItem& item) {
  run_in_background(
      this, [folder = study_, item] { return dependents_of(folder, item); },
      [this, item](const Result<Dependents>& dependents) {
        if (!dependents) return Q_EMIT failed(text_of(to_string(dependents.error())));
        const QString uses = text_of(to_text(*dependents));
        auto* box = new QMessageBox(window_);
        box->setAttribute(Qt::WA_DeleteOnClose);
        box->setObjectName(QStringLiteral("usage_box"));
        box->setWindowTitle(tr("Used by"));
        box->setText(uses.isEmpty() ? tr("Nothing depends on %1.").arg(words_of(item))
                                    : tr("What depends on %1:").arg(words_of(item)));
        box->setInformativeText(uses);
        box->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
        box->addButton(QMessageBox::Close);
        box->open();
      });
}

void StudyUpkeepDialogs::show_card(const StudyItem& item) {
  const auto study = Study::open(study_, Access::read_only);
  const auto model = study ? study->model(item.name.toStdString())
                           : Result<ModelInfo>(tl::unexpected(study.error()));
  if (!model) return Q_EMIT failed(text_of(to_string(model.error())));
  auto* dialog = text_dialog(window_, tr("Card of %1").arg(item.name), text_of(model->card.text));
  dialog->setObjectName(QStringLiteral("card_dialog"));
  dialog->show();
}

void StudyUpkeepDialogs::show_files(const StudyItem& item) {
  const auto place = place_of(study_, item);
  if (!place) return Q_EMIT failed(text_of(to_string(place.error())));
  const QFileInfo info(*place);
  if (!info.exists())
    return Q_EMIT failed(
        tr("%1 does not exist. If it was moved, plumbline-engine relink finds it again.")
            .arg(*place));
  // A file manager shows a folder; what is in it is for the user to choose.
  const QString shown = info.isDir() ? info.absoluteFilePath() : info.absolutePath();
  if (!QDesktopServices::openUrl(QUrl::fromLocalFile(shown)))
    Q_EMIT failed(tr("No file manager could be opened. The files are in %1.").arg(shown));
}

}  // namespace plumbline
