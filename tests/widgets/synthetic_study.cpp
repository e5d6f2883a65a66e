#include "tests/widgets/synthetic_study.h"

#include <QColor>
#include <QFile>
#include <QImage>
#include <QPainter>

#include <algorithm>
#include <cmath>
#include <random>

#include <fmt/format.h>

#include "core/data/dataset_scan.h"
#include "core/predictions/class_predictions.h"
#include "core/study/study.h"

namespace plumbline {

namespace {

constexpr int side = 32, classes = 10;

/// A polygon with as many corners as the class says, on a ground of its own colour.
QImage draw_picture(int label, std::mt19937& random) {
  const auto number = [&](int low, int high) {
    return low + static_cast<int>(random() % static_cast<unsigned>(high - low + 1));
  };
  QImage image(side, side, QImage::Format_RGB32);
  QLinearGradient ground(0, 0, side, side);
  const int hue = number(0, 359);
  ground.setColorAt(0, QColor::fromHsv(hue, number(40, 120), number(120, 220)));
  ground.setColorAt(1, QColor::fromHsv((hue + 40) % 360, number(40, 120), number(40, 140)));
  QPainter painter(&image);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.fillRect(image.rect(), ground);
  painter.setPen(Qt::NoPen);
  painter.setBrush(QColor::fromHsv(number(0, 359), number(120, 255), number(120, 255)));
  QPolygonF shape;
  const int corners = label + 3;
  const double radius = number(7, 13), turn = number(0, 628) / 100.0;
  for (int i = 0; i < corners; ++i) {
    const double angle = turn + 2 * M_PI * i / corners;
    const double reach = i % 2 == 0 ? radius : radius * (label >= 4 ? 0.5 : 1.0);
    shape << QPointF(16 + reach * std::cos(angle), 16 + reach * std::sin(angle));
  }
  painter.drawPolygon(shape);
  return image;
}

bool write_pictures(const QString& file, const std::vector<int>& labels, std::mt19937& random) {
  QByteArray bytes;
  for (const int label : labels) {
    const QImage image = draw_picture(label, random);
    bytes.append(static_cast<char>(label));
    for (int channel = 0; channel < 3; ++channel)
      for (int y = 0; y < side; ++y)
        for (int x = 0; x < side; ++x) {
          const QRgb pixel = image.pixel(x, y);
          bytes.append(static_cast<char>(channel == 0   ? qRed(pixel)
                                         : channel == 1 ? qGreen(pixel)
                                                        : qBlue(pixel)));
        }
  }
  QFile out(file);
  return out.open(QIODevice::WriteOnly) && out.write(bytes) == bytes.size();
}

/// What the voters see of a sample: how easy it is, and the class that misleads them all alike.
struct Sample {
  int label, misleading;
  double ease, lure;
};

void fill_logits(const Sample& sample, double strength, std::mt19937& random, double* logits) {
  std::normal_distribution<double> noise(0, 1.3);
  for (int c = 0; c < classes; ++c) logits[c] = noise(random);
  logits[sample.label] += strength * sample.ease;
  logits[sample.misleading] += sample.lure;
}

void fill_row(ClassPredictions& content, std::size_t row, std::size_t i, const double* logits,
              int label) {
  const double top = *std::max_element(logits, logits + classes);
  double sum = 0;
  for (int c = 0; c < classes; ++c) sum += std::exp(logits[c] - top);
  const auto cell = row * static_cast<std::size_t>(content.count) + i;
  for (int c = 0; c < classes; ++c)
    content.log_probs[cell * classes + static_cast<std::size_t>(c)] =
        static_cast<float>(logits[c] - top - std::log(sum));
  const float* values = content.log_probs.data() + cell * classes;
  const auto best = std::max_element(values, values + classes) - values;
  content.predicted[cell] = static_cast<std::int32_t>(best);
  content.confidence[cell] = std::exp(values[best]);
  content.log_prob_label[cell] = values[label];
}

Result<void> add_models(Study& study, const SyntheticStudy& request) {
  for (const std::string& name : request.models) {
    const auto card = parse_model_card(
        R"({"schema":1,"name":")" + name +
            R"(","task":"classification","input":{"channels":3,"height":32,"width":32,)"
            R"("colour_order":"RGB","resize":{"kind":"none"},"scale":0.00392156862745098,)"
            R"("mean":[0,0,0],"std":[1,1,1]},"output":{"kind":"logits"},"classes":)"
            R"(["airplane","automobile","bird","cat","deer","dog","frog","horse","ship","truck"]})",
        name);
    if (!card) return tl::unexpected(card.error());
    if (auto added = study.add_model(name, "/models/" + name + ".pt", "0", *card); !added)
      return added;
  }
  return {};
}

Result<void> add_votes(Study& study, const SyntheticStudy& request, const RunInfo& run,
                       const std::string& split, const std::vector<Sample>& samples,
                       std::mt19937& random, int severity = 0) {
  const auto all = static_cast<std::int64_t>(samples.size());
  std::vector<std::int64_t> sets;
  for (const Voter& voter : run.voters) {
    const auto set = study.prediction_set(prediction_key(run, split, voter, false));
    if (!set) return tl::unexpected(set.error());
    sets.push_back(set->id);
  }
  for (std::int64_t first = 0; first < all; first += shard_samples) {
    ClassPredictions content;
    content.first = first;
    content.count = std::min(shard_samples, all - first);
    content.classes = classes;
    content.voters = run.voters;
    allocate(content);
    for (std::size_t row = 0; row < run.voters.size(); ++row) {
      const auto model = row / request.views.size();
      const double strength = 7.5 - 0.8 * static_cast<double>(model) - 1.5 * severity;
      for (std::size_t i = 0; i < static_cast<std::size_t>(content.count); ++i) {
        const Sample& sample = samples[static_cast<std::size_t>(first) + i];
        double logits[classes];
        fill_logits(sample, strength, random, logits);
        fill_row(content, row, i, logits, sample.label);
      }
    }
    const std::string name = fmt::format(
        "synthetic-{}{}{:06}.safetensors", split == "test" ? "" : split + "-",
        severity == 0 ? "" : fmt::format("condition{}-", severity), first / shard_samples);
    if (auto written = write_class_predictions(study.folder() / "predictions" / name, content);
        !written)
      return written;
    if (auto named = study.commit_shard(name, first, content.count, sets); !named) return named;
  }
  return {};
}

std::vector<int> draw_labels(std::int64_t samples, std::mt19937& random) {
  std::vector<int> labels(static_cast<std::size_t>(samples));
  for (int& label : labels) label = static_cast<int>(random() % classes);
  return labels;
}

std::vector<Sample> draw_samples(const std::vector<int>& labels, std::mt19937& random) {
  std::vector<Sample> samples;
  std::uniform_real_distribution<double> share(0, 1);
  for (const int label : labels) {
    Sample sample{label, static_cast<int>((label + 1 + random() % (classes - 1)) % classes), 0, 0};
    sample.ease = std::pow(share(random), 0.35);
    sample.lure = share(random) < 0.15 ? 4 + 4 * share(random) : 0;
    samples.push_back(sample);
  }
  return samples;
}

Result<void> add_pictures(Study& study, const std::filesystem::path& file, const std::string& split,
                          const std::vector<int>& labels, std::mt19937& random) {
  if (!write_pictures(QString::fromStdString(file.string()), labels, random))
    return fail(ErrorKind::device, "the pictures cannot be written", file.string());
  const auto scan = scan_cifar10({file}, [](std::int64_t, std::int64_t) { return true; });
  TRY(scan);
  TRY(study.add_split("shapes", split, *scan));
  return {};
}

}  // namespace

Result<void> make_study(const SyntheticStudy& request) {
  std::mt19937 random(request.seed);
  const std::vector<int> labels = draw_labels(request.samples, random);
  auto study = Study::open(request.folder, Access::create);
  TRY(study);
  TRY(add_pictures(*study, request.folder.parent_path() / "pictures.bin", "test", labels, random));
  std::mt19937 other(request.seed + 1);
  const std::vector<int> held = draw_labels(request.validation_samples, other);
  if (!held.empty())
    TRY(add_pictures(*study, request.folder.parent_path() / "validation.bin", "validation", held,
                     other));
  TRY(add_models(*study, request));
  if (request.without_run) return {};

  RunInfo run;
  run.name = request.run;
  run.dataset = study->dataset("shapes")->id;
  run.splits = {"test"};
  if (!held.empty()) run.splits.push_back("validation");
  std::vector<View> views;
  for (const std::string& view : request.views) views.push_back(*parse_view(view));
  run.voters = cross(request.models, views);
  for (const std::string& condition : request.conditions)
    run.conditions.push_back(*parse_view(condition));
  run.precision = "fp32";
  run.decoder = "libjpeg-turbo";
  run.device_kind = "cpu";
  TRY(study->add_run(run));
  const RunInfo added = *study->run(request.run);
  const auto samples = draw_samples(labels, random);
  TRY(add_votes(*study, request, added, "test", samples, random));
  for (std::size_t i = 0; i < added.conditions.size(); ++i)
    TRY(add_votes(*study, request, under(added, added.conditions[i]), "test", samples, random,
                  static_cast<int>(i) + 1));
  if (!held.empty())
    TRY(add_votes(*study, request, added, "validation", draw_samples(held, other), other));
  return {};
}

}  // namespace plumbline
