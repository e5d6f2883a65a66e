#include "widgets/study/export_samples.h"

#include "core/study/row_writer.h"
#include "core/study/study.h"
#include "widgets/decision/run_review.h"
#include "widgets/study/remarks.h"

namespace plumbline {

namespace {

Result<SampleInfo> read_sample(const Study& study, const OpenedRun& run, std::uint32_t sample) {
  auto page = study.samples(run.dataset.id, run.split, sample, 1);
  TRY(page);
  if (page->empty()) return bad_input("the study has no such sample");
  return page->front();
}

}  // namespace

Result<std::int64_t> export_samples(const QString& file, const RunReview& review,
                                    const Remarks& remarks,
                                    const std::vector<std::uint32_t>& samples) {
  const OpenedRun& run = review.run();
  const auto study = Study::open(run.folder, Access::read_only);
  TRY(study);
  auto rows = RowWriter::open(
      file.toStdString(), file.endsWith(QStringLiteral(".json")),
      {"sample", "label", "predicted", "verdict", "confidence", "agreeing", "tags", "note"});
  TRY(rows);
  for (const std::uint32_t sample : samples) {
    const auto info = read_sample(*study, run, sample);
    TRY(info);
    const ClassIndex label = review.decisions().label[sample];
    std::int64_t agreeing = 0;
    for (const std::size_t voter : review.policy_voters())
      agreeing += review.votes().voters[voter].predicted[sample] == label;
    rows->text(info->name);
    rows->text(run.class_name(review.votes().labels[sample]));
    rows->text(run.class_name(label));
    rows->text(verdict_name(review.decisions().verdict[sample]));
    rows->number(review.votes().voters.front().confidence[sample]);
    rows->integer(agreeing);
    rows->text(remarks.tags_of(sample).join(u';').toStdString());
    rows->text(remarks.note_of(sample).toStdString());
    rows->end_row();
  }
  return rows->finish();
}

Result<QString> sample_paths(const RunReview& review, const std::vector<std::uint32_t>& samples) {
  const OpenedRun& run = review.run();
  const auto study = Study::open(run.folder, Access::read_only);
  TRY(study);
  const auto reader = study->reader(run.dataset.id);
  TRY(reader);
  QStringList lines;
  for (const std::uint32_t sample : samples) {
    const auto info = read_sample(*study, run, sample);
    TRY(info);
    lines << QString::fromStdString(reader->place(info->locator));
  }
  return lines.join(u'\n');
}

}  // namespace plumbline
