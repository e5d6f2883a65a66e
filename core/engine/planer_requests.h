#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/jobs/job.h"

/// What the commands `planer …` ask the engine for (DESIGN 4). Zero or empty where the user left it
/// open: then the configuration or the device decides. No LibTorch here.
namespace plumbline {

struct PlanerTextRequest {
  std::filesystem::path file;  ///< plain, .gz or .xz
  std::string tokens = "bytes";
  /// A file of words, one a line by their numbers (core/data/word_list.h). Empty: the network's
  /// own, or those of the text.
  std::filesystem::path words;
};

/// The shape of one step whose latency counts, and how it computes.
struct PlanerShapeRequest {
  std::int64_t batch = 0, length = 0, memory = -1;
  std::string precision = "fp32";
  std::string device = "auto";
};

struct PlanerImportRequest {
  std::filesystem::path study;
  std::string name, config;
  std::filesystem::path file;
  std::string map;         ///< transformer-xl, gpt2
  PlanerTextRequest text;  ///< to evaluate it on; may be empty
  std::string device = "auto";
  JobOptions job;
};

struct PlanerProfileRequest {
  std::filesystem::path study;
  std::string config;                          ///< or that of `network`
  std::string network;                         ///< may be empty
  PlanerShapeRequest shape;                    ///< of one table …
  std::vector<std::int64_t> batches, lengths;  ///< … or a grid of tables
  bool energy = false;   ///< a table of energies too, and the joules of a step of the network
  bool replace = false;  ///< keep what is measured even where the study has a quieter table
  JobOptions job;
};

/// How weights are trained, alike in training, search and retraining.
struct PlanerCourseRequest {
  std::int64_t steps = 0;
  std::int64_t batch = 0, length = 0, memory = -1;  ///< 0, −1: the configuration's
  std::uint64_t seed = 1;
  double learning_rate = 0;        ///< 0: the configuration's
  std::string precision = "fp32";  ///< fp32, tf32, bf16 (weights stay fp32)
  std::string device = "auto";
  std::int64_t validation_tokens = 0;  ///< 0: all of the validation part
  /// Weight of a teacher's probabilities in the loss, 0 to 1: in a search that of the network it
  /// begins with, when what was found is retrained.
  double distillation = 0;
};

struct PlanerTrainRequest {
  std::filesystem::path study;
  std::string name, config;
  std::string from;                    ///< a network whose weights it begins with; may be empty
  std::string teacher;                 ///< a network to learn from; empty where distillation is 0
  std::filesystem::path architecture;  ///< JSON; empty: the baseline's, or that of `from`
  PlanerTextRequest text;
  PlanerCourseRequest course;
  bool resume = false;
  JobOptions job;
};

struct PlanerSearchRequest {
  std::filesystem::path study;
  std::string name, config, from;
  PlanerTextRequest text;
  std::vector<double> targets;  ///< fractions of the baseline's latency
  std::optional<double> target_ms;
  std::vector<double> energy_targets;  ///< of the baseline's energy a token instead of its latency
  PlanerCourseRequest course;          ///< `steps`: of each retraining
  std::int64_t warm_up_steps = 0, search_steps = 0;  ///< 0: as many as course.steps
  PlanerShapeRequest shape;                          ///< of the latency, or energy, that counts
  int random = 0;  ///< random architectures of equal cost that are retrained alike, per target
  /// So is, per target, the architecture of equal cost that has most parameters.
  bool free = false;
  std::vector<std::string> without;  ///< names of options that the search must not choose
  bool resume = false;
  JobOptions job;
};

struct PlanerEvaluateRequest {
  std::filesystem::path study;
  std::vector<std::string> names;   ///< measured interleaved
  PlanerTextRequest text;           ///< empty: each network's own
  std::string part = "validation";  ///< validation, test
  PlanerShapeRequest shape;
  std::int64_t tokens = 0;  ///< 0: all of the part
  bool energy = false;      ///< measure what they draw, too
  bool replace = false;     ///< keep the latencies even where the study has quieter ones
  JobOptions job;
};

struct PlanerExportRequest {
  std::filesystem::path study;
  std::string name, format;  ///< torchscript, safetensors
  std::filesystem::path output;
};

}  // namespace plumbline
