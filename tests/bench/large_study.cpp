#include "tests/bench/large_study.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <future>

#include <fmt/format.h>

#include "core/data/dataset_scan.h"
#include "core/data/jpeg_writer.h"
#include "core/predictions/class_predictions.h"
#include "core/study/run_votes.h"
#include "core/study/study.h"
#include "tests/bench/large_votes.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;

constexpr int width = 320, height = 240;
constexpr std::array picture_classes = {"airplane", "automobile", "bird",  "cat",  "deer",
                                        "dog",      "frog",       "horse", "ship", "truck"};
constexpr std::string_view dataset_name = "large", split_name = "test", run_name = "large";

/// A blob with as many lobes as the class says on a ground of its own colour, with the grain of a
/// photograph, so that the JPEGs are as large as real ones.
Image draw_picture(int label, int number) {
  const auto chance = [&](int what) {
    return fraction_of(static_cast<std::uint64_t>(number) * 64 + static_cast<unsigned>(what));
  };
  const double x0 = width * (0.3 + 0.4 * chance(0)), y0 = height * (0.3 + 0.4 * chance(1));
  const double radius = 40 + 40 * chance(2), turn = 6.28 * chance(3), lobes = label + 2;
  std::array<double, 9> colour{};
  for (std::size_t i = 0; i < colour.size(); ++i) colour[i] = 30 + 190 * chance(4 + int(i));
  Image image{width, height, 3, std::vector<std::uint8_t>(std::size_t{3} * width * height)};
  std::uint8_t* out = image.pixels.data();
  std::uint32_t grain = static_cast<std::uint32_t>(number) * 2'654'435'761U + 1;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const double dx = x - x0, dy = y - y0, distance = dx * dx + dy * dy;
      bool inside = false;
      if (distance < radius * radius * 1.7) {
        const double reach = radius * (1 + 0.3 * std::cos(lobes * std::atan2(dy, dx) + turn));
        inside = distance < reach * reach;
      }
      const double share = static_cast<double>(x + y) / (width + height);
      for (std::size_t c = 0; c < 3; ++c) {
        grain = grain * 1'664'525U + 1'013'904'223U;
        const double level =
            inside ? colour[c] : colour[3 + c] * (1 - share) + colour[6 + c] * share;
        *out++ = static_cast<std::uint8_t>(level + static_cast<double>(grain >> 28));
      }
    }
  return image;
}

Result<void> make_pictures(const fs::path& folder, int count) {
  std::error_code code;
  for (const char* name : picture_classes) fs::create_directories(folder / name, code);
  if (code) return bad_input("cannot be made: " + code.message(), folder.string());
  const auto make = [&](int begin, int end) -> Result<void> {
    for (int i = begin; i < end; ++i) {
      const int label = i % static_cast<int>(picture_classes.size());
      const auto jpeg = encode_jpeg(draw_picture(label, i), 88);
      if (!jpeg) return tl::unexpected(jpeg.error());
      const auto file = folder / picture_classes[static_cast<std::size_t>(label)] /
                        fmt::format("picture_{:08}.jpg", i);
      std::ofstream out(file, std::ios::binary);
      out.write(reinterpret_cast<const char*>(jpeg->data()),
                static_cast<std::streamsize>(jpeg->size()));
      if (!out.flush()) return fail(ErrorKind::device, "cannot be written", file.string());
    }
    return {};
  };
  auto half = std::async(std::launch::async, make, 0, count / 2);
  const auto rest = make(count / 2, count);
  const auto first = half.get();
  return first ? rest : first;
}

/// A data set of any size whose samples are drawn from the pool's.
DatasetScan draw_samples(const DatasetScan& pool, std::int64_t samples) {
  DatasetScan scan;
  scan.format = pool.format;
  scan.classes = pool.classes;
  scan.sources = pool.sources;
  scan.samples.reserve(static_cast<std::size_t>(samples));
  for (std::int64_t i = 0; i < samples; ++i) {
    const double place = fraction_of(static_cast<std::uint64_t>(i) + (std::uint64_t{1} << 62));
    scan.samples.push_back(
        pool.samples[static_cast<std::size_t>(place * static_cast<double>(pool.samples.size()))]);
  }
  return scan;
}

Result<void> add_models(Study& study, const std::vector<std::string>& names) {
  std::string class_names;
  for (const char* name : picture_classes)
    class_names += fmt::format("{}\"{}\"", class_names.empty() ? "" : ",", name);
  for (const std::string& name : names) {
    const auto card = parse_model_card(
        fmt::format(R"({{"schema":1,"name":"{}","task":"classification","input":{{"channels":3,)"
                    R"("height":224,"width":224,"resize":{{"kind":"stretch"}},"scale":1,)"
                    R"("mean":[0,0,0],"std":[1,1,1]}},"output":{{"kind":"logits"}},)"
                    R"("classes":[{}]}})",
                    name, class_names),
        name);
    if (!card) return tl::unexpected(card.error());
    if (auto added = study.add_model(name, "/models/" + name + ".pt", "0", *card); !added)
      return added;
  }
  return {};
}

Result<RunInfo> add_run(Study& study, const LargeStudy& request) {
  constexpr std::array names = {"resnet56", "resnet44", "resnet32", "resnet20"};
  std::vector<std::string> models;
  for (std::size_t i = 0; i < static_cast<std::size_t>(request.models); ++i)
    models.push_back(i < names.size() ? names[i] : fmt::format("member{}", i + 1));
  if (auto added = add_models(study, models); !added) return tl::unexpected(added.error());
  std::vector<View> views;
  for (const std::string& text : request.views) {
    const auto view = parse_view(text);
    if (!view) return tl::unexpected(view.error());
    views.push_back(*view);
  }
  const auto dataset = study.dataset(dataset_name);
  if (!dataset) return tl::unexpected(dataset.error());
  RunInfo run;
  run.name = run_name;
  run.dataset = dataset->id;
  run.splits = {std::string(split_name)};
  run.voters = cross(models, views);
  run.precision = "fp32";
  run.decoder = "libjpeg-turbo";
  run.device_kind = "cpu";
  run.batch = 256;
  if (auto added = study.add_run(run); !added) return tl::unexpected(added.error());
  return study.run(run_name);
}

Result<void> add_votes(Study& study, const LargeStudy& request, const RunInfo& run,
                       const std::function<void(const std::string&)>& say) {
  const auto labels = study.labels(run.dataset, run.splits.front());
  if (!labels) return tl::unexpected(labels.error());
  std::vector<std::int64_t> sets;
  for (const Voter& voter : run.voters) {
    const auto set = study.prediction_set(prediction_key(run, run.splits.front(), voter, false));
    if (!set) return tl::unexpected(set.error());
    sets.push_back(set->id);
  }
  const auto compute = [&](std::int64_t first) {
    return large_votes(*labels, run.voters, request.views.size(),
                       static_cast<int>(picture_classes.size()), first,
                       std::min(shard_samples, request.samples - first));
  };
  // The next range is computed while this one is written and synced.
  auto next = std::async(std::launch::async, compute, std::int64_t{0});
  for (std::int64_t first = 0; first < request.samples; first += shard_samples) {
    const ClassPredictions content = next.get();
    if (first + shard_samples < request.samples)
      next = std::async(std::launch::async, compute, first + shard_samples);
    const auto file = fmt::format("large-{:06}.safetensors", first / shard_samples);
    if (auto written = write_class_predictions(study.folder() / "predictions" / file, content);
        !written)
      return written;
    if (auto named = study.commit_shard(file, first, content.count, sets); !named) return named;
    if (first / shard_samples % 64 == 63)
      say(fmt::format("votes: {} of {} samples", first + content.count, request.samples));
  }
  return {};
}

bool is_complete(const LargeStudy& request, const fs::path& pictures) {
  const auto study = Study::open(request.folder, Access::read_only);
  if (!study || !fs::is_directory(pictures)) return false;
  const auto run = study->run(run_name);
  if (!run || run->voters.size() != static_cast<std::size_t>(request.models) * request.views.size())
    return false;
  return study->sample_count(run->dataset, run->splits.front()).value_or(0) == request.samples &&
         study->committed(*run, run->splits.front()).value_or(0) == request.samples;
}

}  // namespace

Result<bool> make_large_study(const LargeStudy& request,
                              const std::function<void(const std::string&)>& say) {
  std::error_code code;
  LargeStudy work = request;
  work.folder = fs::absolute(request.folder).lexically_normal();
  auto pictures = work.folder;
  pictures.replace_filename(work.folder.stem().string() + "-pictures");
  if (is_complete(work, pictures)) return false;
  if (fs::exists(work.folder, code))
    return bad_input("the folder exists and is no complete study of this kind",
                     request.folder.string(), "remove it or name another one");
  // Under another name until it is whole: what was cut off is made anew.
  const fs::path final_folder = work.folder;
  work.folder += ".part";
  fs::remove_all(work.folder, code);
  fs::create_directories(work.folder.parent_path(), code);

  say(fmt::format("drawing {} pictures", work.pictures));
  if (auto made = make_pictures(pictures, work.pictures); !made)
    return tl::unexpected(made.error());
  const auto pool = scan_image_folder(pictures, {});
  if (!pool) return tl::unexpected(pool.error());
  auto study = Study::open(work.folder, Access::create);
  if (!study) return tl::unexpected(study.error());
  say(fmt::format("naming {} samples", work.samples));
  if (auto added = study->add_split(std::string(dataset_name), std::string(split_name),
                                    draw_samples(*pool, work.samples));
      !added)
    return tl::unexpected(added.error());
  const auto run = add_run(*study, work);
  if (!run) return tl::unexpected(run.error());
  if (auto added = add_votes(*study, work, *run, say); !added) return tl::unexpected(added.error());
  say("making the votes' cache, as a run does at its end");
  if (auto votes = load_votes(*study, *run, run->splits.front()); !votes)
    return tl::unexpected(votes.error());
  study = bad_input("closed");
  fs::rename(work.folder, final_folder, code);
  if (code) return bad_input("cannot be renamed: " + code.message(), work.folder.string());
  return true;
}

}  // namespace plumbline
