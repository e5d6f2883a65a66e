#include "core/engine/inference/apply_decision.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <filesystem>

#include <fmt/format.h>

#include "core/engine/inference/block_course.h"
#include "core/engine/inference/device.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

/// The images of a block, as a run's samples without labels.
std::vector<SampleInfo> images_of_block(const ApplyRequest& request, std::size_t first,
                                        std::size_t count) {
  std::vector<SampleInfo> infos;
  for (std::size_t i = first; i < first + count; ++i) {
    if (request.reader) {
      infos.push_back(request.samples[i]);
      infos.back().label = no_class;
      continue;
    }
    const NamedImage& image = request.images[i];
    infos.push_back(
        {image.name, no_class, {0, -1, image.path.relative_path().string(), std::string()}});
  }
  return infos;
}

/// Of a block's images on the device, from stage to stage: a small part of a GPU's memory, since
/// several blocks are in work.
std::size_t most_kept_bytes(c10::Device device) {
  return std::max(std::size_t{256} << 20, memory_bytes(device) / 32);
}

}  // namespace

Result<ordered_json> apply_decision(const ApplyRequest& request) {
  const auto begin = std::chrono::steady_clock::now();
  const DeployedDecision& decision = request.decision;
  const auto precision = parse_precision(decision.precision);
  TRY(precision);
  const auto device =
      parse_device(request.device == "auto" ? decision.device_kind : request.device);
  TRY(device);
  configure_device(*device, *precision);
  return run_job(request.job, [&](Job& job) -> Result<ordered_json> {
    std::vector<StoredWarning> warnings;
    auto setup = set_up_decision(request, warnings);
    TRY(setup);
    setup->run.device_kind = device_kind(*device);
    if (setup->stages) setup->most_kept_bytes = most_kept_bytes(*device);
    for (const StoredWarning& warning : warnings)
      job.warning(warning.code, warning.message, warning.where);
    if (device_kind(*device) != decision.device_kind)
      job.warning(
          "device",
          fmt::format(
              "the decision was made on a {}: on a {} scores may differ in their last digits",
              decision.device_kind, device_kind(*device)),
          decision.name);
    auto decoder = decoder_named(decision.decoder, *device);
    if (!decoder) {
      job.warning(
          "decoder",
          fmt::format("{}; images are decoded by {}: scores may differ in their last digits",
                      decoder.error().message, decoder_name()),
          decision.name);
      decoder = host_decoder();
    }
    std::vector<VoterSetup> voters;
    for (std::size_t v = 0; v < decision.voters.size(); ++v) {
      const bool used = std::ranges::find(setup->asked, v) != setup->asked.end();
      const auto model =
          std::ranges::find(decision.models, decision.voters[v].model, &ModelInfo::name);
      voters.push_back({decision.voters[v], used ? &*model : nullptr});
    }
    const bool stages_on_gpu = setup->stages && device->is_cuda();
    auto computer = ShardComputer::make(
        std::move(voters), setup->head, {setup->run, *device, *precision, *decoder, stages_on_gpu},
        load_checked_network, [&](std::string_view phase, std::int64_t done, std::int64_t total) {
          job.progress(phase, done, total, "models");
          return job.should_stop();
        });
    TRY(computer);
    if (!computer->failed().empty()) return tl::unexpected(computer->failed().begin()->second);
    const SampleReader files(DatasetFormat::image_folder, {{fs::path("/"), 0, std::string()}});
    const SampleReader& reader = request.reader ? *request.reader : files;
    const auto total =
        static_cast<std::int64_t>(request.reader ? request.samples.size() : request.images.size());
    const bool distributions = decision.policy.policy.traits().needs != PolicyNeeds::votes;
    std::int64_t unread = 0, voters_run = 0, accepted = 0;
    bool stopping = false;
    const TakeImage count_and_take = [&](const AppliedImage& applied) {
      unread += !applied.error.empty();
      accepted += applied.accepted;
      voters_run += applied.voters_run;
      if (!applied.error.empty()) job.warning("image", applied.error, applied.image);
      return request.take(applied);
    };
    const std::int64_t block_images =
        stages_on_gpu ? images_a_block(total, computer->batch(),
                                       static_cast<std::int64_t>(decision.classes.size()))
                      : shard_samples;
    std::int64_t first = 0, finished = 0;
    const auto progress = [&](std::int64_t) {
      job.progress("applying", finished, total, "images");
      stopping = stopping || job.should_stop();
    };
    std::deque<BlockCourse> blocks;   // in the order of the images
    std::deque<BlockCourse*> queued;  // in that of what the device does
    const auto begin_blocks = [&]() -> Result<void> {
      const std::size_t most = computer->runs_ahead() ? most_blocks : 1;
      for (; !stopping && blocks.size() < most && first < total; first += block_images) {
        const auto count = static_cast<std::size_t>(std::min(block_images, total - first));
        blocks.emplace_back(*setup, first,
                            images_of_block(request, static_cast<std::size_t>(first), count));
        TRY(blocks.back().queue(*computer, reader, progress));
        queued.push_back(&blocks.back());
      }
      return {};
    };
    TRY(begin_blocks());
    while (!blocks.empty()) {
      BlockCourse& course = *queued.front();
      queued.pop_front();
      TRY(course.settle(*computer, request.scratch, distributions));
      if (stopping)
        return fail(ErrorKind::cancelled,
                    fmt::format("cancelled after {} of {} images", finished, total), decision.name);
      if (!course.done()) {
        TRY(course.queue(*computer, reader, progress));
        queued.push_back(&course);
      }
      while (!blocks.empty() && blocks.front().done()) {
        BlockCourse& front = blocks.front();
        front.split().votes = front.block().table();
        Decisions decisions;
        decide(decision.policy, front.split(), decisions);
        TRY(front.block().give(decisions, count_and_take));
        finished += static_cast<std::int64_t>(front.block().size());
        blocks.pop_front();
        job.progress("applying", finished, total, "images");
      }
      TRY(begin_blocks());
    }
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    const std::int64_t judged = total - unread;
    ordered_json summary = {{"decision", decision.name},
                            {"images", total},
                            {"unreadable", unread},
                            {"accepted", accepted},
                            {"rejected", judged - accepted}};
    summary["voters_run"] =
        judged > 0 ? ordered_json(static_cast<double>(voters_run) / static_cast<double>(judged))
                   : ordered_json();
    summary["seconds"] = seconds;
    return summary;
  });
}

}  // namespace plumbline
