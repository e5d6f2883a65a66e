#include "widgets/study/remarks.h"

#include <QUndoCommand>
#include <QUndoStack>

#include <algorithm>

#include "core/study/study.h"
#include "widgets/page/background.h"
#include "widgets/text/read_only.h"
#include "widgets/text/text_of.h"

namespace plumbline {

/// One change of a tag. What cannot be written is forgotten by the stack.
class Remarks::TagStep : public QUndoCommand {
 public:
  TagStep(Remarks* remarks, std::vector<ItemRef> items, std::string tag, bool on)
      : QUndoCommand(on ? tr("tag %1").arg(text_of(tag)) : tr("untag %1").arg(text_of(tag))),
        remarks_(remarks),
        items_(std::move(items)),
        tag_(std::move(tag)),
        on_(on) {}
  void redo() override { setObsolete(!remarks_->change_tag(items_, tag_, on_)); }
  void undo() override { setObsolete(!remarks_->change_tag(items_, tag_, !on_)); }

 private:
  Remarks* remarks_;
  std::vector<ItemRef> items_;
  std::string tag_;
  bool on_;
};

class Remarks::NoteStep : public QUndoCommand {
 public:
  NoteStep(Remarks* remarks, ItemRef item, std::string before, std::string after)
      : QUndoCommand(tr("note")),
        remarks_(remarks),
        item_(item),
        before_(std::move(before)),
        after_(std::move(after)) {}
  void redo() override { setObsolete(!remarks_->change_note(item_, after_)); }
  void undo() override { setObsolete(!remarks_->change_note(item_, before_)); }

 private:
  Remarks* remarks_;
  ItemRef item_;
  std::string before_, after_;
};

Remarks::Remarks(QUndoStack* undo, QObject* parent) : QObject(parent), undo_(undo) {}

Result<void> Remarks::open(const std::filesystem::path& study, std::int64_t dataset,
                           const std::string& split) {
  if (study != study_ || dataset != dataset_ || split != split_) undo_->clear();
  const auto opened = Study::open(study, Access::read_only);
  TRY(opened);
  auto read = read_remarks(*opened, dataset, split);
  TRY(read);
  ++changes_;
  study_ = study;
  dataset_ = dataset;
  split_ = split;
  values_ = std::move(*read);
  Q_EMIT changed();
  return {};
}

QString Remarks::obstacle() const { return writable_ ? QString() : read_only_words(); }

void Remarks::set_writable(bool writable) {
  if (writable == writable_) return;
  writable_ = writable;
  Q_EMIT changed();
}

void Remarks::refresh() {
  if (study_.empty()) return;
  run_in_background(
      this,
      [study = study_, dataset = dataset_, split = split_]() -> Result<ItemRemarks> {
        const auto opened = Study::open(study, Access::read_only);
        TRY(opened);
        return read_remarks(*opened, dataset, split);
      },
      [this, asked = changes_](Result<ItemRemarks> read) {
        if (asked != changes_ || !read) return;
        if (read->tags == values_.tags && read->notes == values_.notes) return;
        values_ = std::move(*read);
        Q_EMIT changed();
      });
}

void Remarks::close() {
  ++changes_;
  undo_->clear();
  study_.clear();
  values_ = {};
  Q_EMIT changed();
}

QStringList Remarks::all_tags() const {
  QStringList names;
  for (const auto& [tag, items] : values_.tags) names << text_of(tag);
  return names;
}

QStringList Remarks::tags_of(ItemRef item) const {
  QStringList names;
  for (const std::string& tag : values_.tags_of(item)) names << text_of(tag);
  return names;
}

QString Remarks::note_of(ItemRef item) const { return text_of(values_.note_of(item)); }

std::vector<ItemRef> Remarks::noted_with(const QString& text) const {
  std::vector<ItemRef> items;
  for (const auto& [item, note] : values_.notes)
    if (text_of(note).contains(text, Qt::CaseInsensitive)) items.push_back(item);
  return items;
}

void Remarks::tag(const std::vector<ItemRef>& items, const QString& tag, bool on) {
  const std::string name = tag.trimmed().toStdString();
  if (name.empty() || study_.empty()) return;
  std::vector<ItemRef> others = values_.to_change(name, items, on);
  if (!others.empty()) undo_->push(new TagStep(this, std::move(others), name, on));
}

void Remarks::clear(const std::vector<ItemRef>& items) {
  const bool any = std::ranges::any_of(items, [this](ItemRef item) {
    return !values_.tags_of(item).empty() || !values_.note_of(item).empty();
  });
  if (study_.empty() || !any) return;
  undo_->beginMacro(tr("clear tags and notes"));
  for (const QString& name : all_tags()) tag(items, name, false);
  for (const ItemRef item : items) note(item, {});
  undo_->endMacro();
}

void Remarks::note(ItemRef item, const QString& text) {
  const std::string after = text.trimmed().toStdString();
  const std::string before = values_.note_of(item);
  if (after != before && !study_.empty()) undo_->push(new NoteStep(this, item, before, after));
}

bool Remarks::change_tag(const std::vector<ItemRef>& items, const std::string& tag, bool on) {
  auto study = Study::open(study_, Access::read_write);
  const auto written = study ? study->set_tag(dataset_, split_, tag, items, on)
                             : Result<void>(tl::unexpected(study.error()));
  if (!written) {
    Q_EMIT failed(text_of(to_string(written.error())));
    return false;
  }
  ++changes_;
  values_.set_tag(tag, items, on);
  Q_EMIT changed();
  return true;
}

bool Remarks::change_note(ItemRef item, const std::string& text) {
  auto study = Study::open(study_, Access::read_write);
  const auto written = study ? study->set_note(dataset_, split_, item, text)
                             : Result<void>(tl::unexpected(study.error()));
  if (!written) {
    Q_EMIT failed(text_of(to_string(written.error())));
    return false;
  }
  ++changes_;
  values_.set_note(item, text);
  Q_EMIT changed();
  return true;
}

}  // namespace plumbline
