#include "tests/app/decided_study.h"

#include <QDir>
#include <QImage>

#include "core/study/study.h"
#include "tests/app/engine_process.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

namespace {

void must(const Outcome& outcome) {
  if (outcome.exit_code != 0) qFatal("%s", outcome.err.constData());
}

}  // namespace

const DecidedStudy& DecidedStudy::instance() {
  static const DecidedStudy study;
  return study;
}

DecidedStudy::DecidedStudy() {
  make_fashion_study(path(), file("data"), images, 3);
  // The same images again: nothing is added, and half of each class goes to the other split.
  must(engine({"import", "dataset", path(), "--name", "fashion", "--format", "idx", "--images",
               file("data/images"), "--labels", file("data/labels"), "--divide", "validation=0.5",
               "--quiet"}));
  voters_ = {"resnet20-a:identity", "resnet20-b:noise=20", "resnet20-c:identity"};
  must(engine({"run", path(), "--dataset", "fashion", "--split", "validation,test", "--voters",
               voters_.join(','), "--conditions", "noise=40,80;blur=2", "--name", "r", "--quiet"}));
}

QStringList DecidedStudy::pictures(const QString& split) const {
  QStringList files;
  QDir().mkpath(file(split));
  const auto study = value(Study::open(path().toStdString(), Access::read_only));
  const auto dataset = value(study.dataset("fashion"));
  const auto reader = value(study.reader(dataset.id));
  const auto count = value(study.sample_count(dataset.id, split.toStdString()));
  for (const SampleInfo& sample : value(study.samples(dataset.id, split.toStdString(), 0, count))) {
    const Image image = value(reader.read(sample.locator));
    QImage picture(image.width, image.height, QImage::Format_Grayscale8);
    for (int y = 0; y < image.height; ++y)
      std::copy_n(image.pixels.begin() + y * image.width, image.width, picture.scanLine(y));
    files << file(split + QString("/%1.png").arg(files.size(), 5, 10, QChar('0')));
    if (!picture.save(files.back())) qFatal("no PNG");
  }
  return files;
}

}  // namespace plumbline::test
