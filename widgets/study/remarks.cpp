#include "widgets/study/remarks.h"

#include <QUndoCommand>
#include <QUndoStack>

#include "core/study/study.h"

namespace plumbline {

/// One change of a tag. What cannot be written is forgotten by the stack.
class Remarks::TagStep : public QUndoCommand {
 public:
  TagStep(Remarks* remarks, std::vector<std::uint32_t> samples, std::string tag, bool on)
      : QUndoCommand(on ? tr("tag %1").arg(QString::fromStdString(tag))
                        : tr("untag %1").arg(QString::fromStdString(tag))),
        remarks_(remarks),
        samples_(std::move(samples)),
        tag_(std::move(tag)),
        on_(on) {}
  void redo() override { setObsolete(!remarks_->write_tag(samples_, tag_, on_)); }
  void undo() override { setObsolete(!remarks_->write_tag(samples_, tag_, !on_)); }

 private:
  Remarks* remarks_;
  std::vector<std::uint32_t> samples_;
  std::string tag_;
  bool on_;
};

class Remarks::NoteStep : public QUndoCommand {
 public:
  NoteStep(Remarks* remarks, std::uint32_t sample, std::string before, std::string after)
      : QUndoCommand(tr("note")),
        remarks_(remarks),
        sample_(sample),
        before_(std::move(before)),
        after_(std::move(after)) {}
  void redo() override { setObsolete(!remarks_->write_note(sample_, after_)); }
  void undo() override { setObsolete(!remarks_->write_note(sample_, before_)); }

 private:
  Remarks* remarks_;
  std::uint32_t sample_;
  std::string before_, after_;
};

Remarks::Remarks(QUndoStack* undo, QObject* parent) : QObject(parent), undo_(undo) {}

Result<void> Remarks::open(const std::filesystem::path& study, std::int64_t dataset,
                           const std::string& split) {
  if (study != study_ || dataset != dataset_ || split != split_) undo_->clear();
  const auto opened = Study::open(study, Access::read_only);
  TRY(opened);
  const auto read = opened->remarks(dataset, split);
  TRY(read);
  study_ = study;
  dataset_ = dataset;
  split_ = split;
  tags_.clear();
  for (const auto& [tag, samples] : read->tags) tags_[tag] = {samples.begin(), samples.end()};
  notes_ = {read->notes.begin(), read->notes.end()};
  Q_EMIT changed();
  return {};
}

void Remarks::close() {
  undo_->clear();
  study_.clear();
  tags_.clear();
  notes_.clear();
  Q_EMIT changed();
}

QStringList Remarks::all_tags() const {
  QStringList names;
  for (const auto& [tag, samples] : tags_) names << QString::fromStdString(tag);
  return names;
}

QStringList Remarks::tags_of(std::uint32_t sample) const {
  QStringList names;
  for (const auto& [tag, samples] : tags_)
    if (samples.contains(sample)) names << QString::fromStdString(tag);
  return names;
}

bool Remarks::has_tag(const std::string& tag, std::uint32_t sample) const {
  const auto found = tags_.find(tag);
  return found != tags_.end() && found->second.contains(sample);
}

const std::set<std::uint32_t>* Remarks::samples_of(const std::string& tag) const {
  const auto found = tags_.find(tag);
  return found == tags_.end() ? nullptr : &found->second;
}

QString Remarks::note_of(std::uint32_t sample) const {
  const auto found = notes_.find(sample);
  return found == notes_.end() ? QString() : QString::fromStdString(found->second);
}

std::set<std::uint32_t> Remarks::noted() const {
  std::set<std::uint32_t> samples;
  for (const auto& [sample, text] : notes_) samples.insert(sample);
  return samples;
}

std::vector<std::uint32_t> Remarks::noted_with(const QString& text) const {
  std::vector<std::uint32_t> samples;
  for (const auto& [sample, note] : notes_)
    if (QString::fromStdString(note).contains(text, Qt::CaseInsensitive)) samples.push_back(sample);
  return samples;
}

void Remarks::tag(const std::vector<std::uint32_t>& samples, const QString& tag, bool on) {
  const std::string name = tag.trimmed().toStdString();
  if (name.empty() || study_.empty()) return;
  std::vector<std::uint32_t> others;
  for (const std::uint32_t sample : samples)
    if (has_tag(name, sample) != on) others.push_back(sample);
  if (!others.empty()) undo_->push(new TagStep(this, std::move(others), name, on));
}

void Remarks::note(std::uint32_t sample, const QString& text) {
  const std::string after = text.trimmed().toStdString();
  const std::string before = note_of(sample).toStdString();
  if (after != before && !study_.empty()) undo_->push(new NoteStep(this, sample, before, after));
}

bool Remarks::write_tag(const std::vector<std::uint32_t>& samples, const std::string& tag,
                        bool on) {
  auto study = Study::open(study_, Access::read_write);
  const auto written = study ? study->set_tag(dataset_, split_, tag, samples, on)
                             : Result<void>(tl::unexpected(study.error()));
  if (!written) {
    Q_EMIT failed(QString::fromStdString(to_string(written.error())));
    return false;
  }
  auto& tagged = tags_[tag];
  for (const std::uint32_t sample : samples) {
    if (on)
      tagged.insert(sample);
    else
      tagged.erase(sample);
  }
  if (tagged.empty()) tags_.erase(tag);
  Q_EMIT changed();
  return true;
}

bool Remarks::write_note(std::uint32_t sample, const std::string& text) {
  auto study = Study::open(study_, Access::read_write);
  const auto written = study ? study->set_note(dataset_, split_, sample, text)
                             : Result<void>(tl::unexpected(study.error()));
  if (!written) {
    Q_EMIT failed(QString::fromStdString(to_string(written.error())));
    return false;
  }
  if (text.empty())
    notes_.erase(sample);
  else
    notes_[sample] = text;
  Q_EMIT changed();
  return true;
}

}  // namespace plumbline
