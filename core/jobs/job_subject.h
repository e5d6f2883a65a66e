#pragma once
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "core/types/error.h"
#include "core/types/view.h"
#include "core/types/voter.h"

/// What a job works on. It is written to `job.json` as data by whoever describes the job, so that
/// nobody who shows, continues or repeats it needs to read its command line. A further kind of work
/// is a struct here, its lines in job_subject.cpp, and its words in the window's job_words.
namespace plumbline {

/// `run`: voters on splits of a data set. No voters where they are those of a run that exists.
struct RunWork {
  std::string run, dataset;
  std::vector<std::string> splits;
  std::vector<Voter> voters;  ///< the first is the baseline
  friend bool operator==(const RunWork&, const RunWork&) = default;
};

/// `train`: a network of some epochs on a view of splits of a data set.
struct TrainWork {
  std::string model, architecture, dataset;
  std::vector<std::string> splits;
  View view;
  std::int64_t epochs = 0;  ///< 0: the engine's default
  friend bool operator==(const TrainWork&, const TrainWork&) = default;
};

/// `import dataset | model | predictions`.
struct ImportWork {
  enum class What { dataset, model, predictions };
  What what = What::dataset;
  std::string name;  ///< of what is imported
  std::string file;  ///< or folder; of several the first
  friend bool operator==(const ImportWork&, const ImportWork&) = default;
};

/// `planer search | sweep`: architectures found from an existing network.
struct SearchWork {
  std::string search, from;
  std::vector<double> targets;  ///< fractions of its latency, in their turn; none: in milliseconds
  std::int64_t steps = 0;       ///< of each retraining
  bool energy = false;          ///< the targets are fractions of its energy instead
  friend bool operator==(const SearchWork&, const SearchWork&) = default;
};

/// The other commands `planer …`: one thing done with language models.
struct NetworkWork {
  std::string task;                   ///< train, import, profile, evaluate, export
  std::vector<std::string> networks;  ///< by name; none where only a configuration is measured
  std::string from, config;           ///< empty where there is none
  std::int64_t steps = 0;             ///< of a training
  std::vector<std::int64_t> batches, lengths;  ///< that are measured; none: the defaults
  friend bool operator==(const NetworkWork&, const NetworkWork&) = default;
};

/// What it means to try a job once more that did not come to its end.
enum class JobRetry {
  repeat,  ///< the same command begins anew
  resume,  ///< the command with --resume goes on with what is kept
};

/// A value: comparable, and the same after it was written and read.
struct JobSubject {
  /// Nothing where this version does not know the kind of work.
  std::variant<std::monostate, RunWork, TrainWork, ImportWork, SearchWork, NetworkWork> work;
  JobRetry retry = JobRetry::repeat;

  JobSubject() = default;
  /// The kind of work says how it is retried.
  JobSubject(RunWork run) : work(std::move(run)), retry(JobRetry::resume) {}           // NOLINT
  JobSubject(TrainWork train) : work(std::move(train)), retry(JobRetry::resume) {}     // NOLINT
  JobSubject(ImportWork import) : work(std::move(import)) {}                           // NOLINT
  JobSubject(SearchWork search) : work(std::move(search)), retry(JobRetry::resume) {}  // NOLINT
  JobSubject(NetworkWork network);                                                     // NOLINT

  bool known() const { return !std::holds_alternative<std::monostate>(work); }
  /// The work where it is of this kind, else null: `if (const auto* run = subject.as<RunWork>())`.
  template <class Work>
  const Work* as() const {
    return std::get_if<Work>(&work);
  }
  friend bool operator==(const JobSubject&, const JobSubject&) = default;
};

/// An object with the key `of` ("run", "train", "import", "search", "network"), the fields of the
/// work by their names, and `retry`.
nlohmann::ordered_json to_json(const JobSubject& subject);

/// Reads what to_json() writes. A kind of work that a later version knows is no error: the subject
/// is unknown then, and its `retry` is kept. Errors name `where` and the key.
Result<JobSubject> parse_job_subject(const nlohmann::json& document, const std::string& where);

/// The subject of a command line: for descriptions that were written before subjects were. Not
/// known where the command is damaged. `kind`: the job's ("run", "import", "planer-search").
JobSubject subject_of_command(const std::string& kind, const std::vector<std::string>& command);

}  // namespace plumbline
