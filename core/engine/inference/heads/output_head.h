#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <c10/core/Device.h>
#include <nlohmann/json.hpp>

#include "core/engine/inference/heads/network_output.h"
#include "core/jobs/job.h"
#include "core/predictions/prediction_file.h"
#include "core/study/class_match.h"
#include "core/study/study.h"
#include "core/types/named_table.h"
#include "core/types/view.h"

/// What a run does with outputs of one kind lies behind these classes, so that planning, computing
/// and writing know of no kind. A further kind is a file with its HeadKind, and a line in the
/// table.
namespace plumbline {

/// One range of a split's samples and the voters of a run that are computed on it.
struct ShardRange {
  std::int64_t first = 0, count = 0;
  std::vector<std::size_t> voters;  ///< by their place in the run; row i is of voters[i]
  /// Of the samples in their split, on which noise depends; empty: they follow each other.
  std::vector<std::int64_t> places = {};

  /// Of its sample i in the split.
  std::int64_t place(std::int64_t i) const {
    return places.empty() ? first + i : places[static_cast<std::size_t>(i)];
  }
};

/// The predictions of one range while they are made: on the device until `finish`.
class ShardOutput {
 public:
  virtual ~ShardOutput() = default;
  /// Called before the batch's `take`s: the sizes of the decoded images of samples [first, first +
  /// frames.size()) of the range, 0 × 0 where one could not be read. Of use where an output names
  /// places in the image; a warm-up says none.
  virtual void note_frames(std::int64_t /*first*/, std::span<const views::FrameSize> /*frames*/) {}
  /// Takes what the network of `row` gave for samples [first, first + batch) of the range. Does not
  /// wait for the device. Throws as LibTorch does, also where the output is not as it was checked.
  virtual void take(std::size_t row, std::int64_t first, const NetworkOutput& output) = 0;
  /// Called once, after the last batch: queues on the device's stream what `finish` is to read on
  /// the host, so that it need not wait for what is queued behind it. By default nothing.
  virtual void begin_download() {}
  /// Called once, when that has come. `samples` are the range's; where `unread` names a sample,
  /// that row (or every row) has no prediction of it.
  virtual void finish(std::span<const SampleInfo> samples, std::span<const Unread> unread) = 0;
  /// After `finish`: samples of the range that were read, of which a row's network gave what is no
  /// output (not finite, no distribution). They have no prediction.
  virtual std::span<const Unread> odd_outputs() const { return {}; }
  /// The file of the predictions, after `finish`; refers to this object. Equal predictions give
  /// equal drafts.
  virtual PredictionDraft draft() const = 0;
};

/// The figures of a run's voters: reported while it goes, and in its summary. Used by one thread at
/// a time.
class RunFigures {
 public:
  virtual ~RunFigures() = default;
  /// Counts what the study has of the run already.
  virtual Result<void> load(const Study& study) = 0;
  /// Counts a range that is finished, and reports each of its voters.
  virtual void add(const ShardRange& range, const ShardOutput& output,
                   std::span<const SampleInfo> samples, Job& job) = 0;
  /// Reports what is known of one voter.
  virtual void report(std::size_t voter, Job& job) const = 0;
  /// Samples of the voter that its figures rest on; 0: there is nothing to report.
  virtual std::int64_t counted(std::size_t voter) const = 0;
  /// Samples that the first voter has no prediction of.
  virtual std::int64_t unreadable() const = 0;
  /// The voter's entries of `run --json`: the same keys whether or not anything is known.
  virtual void summarise(std::size_t voter, nlohmann::ordered_json& entry) const = 0;
};

/// One kind of output in one run: what its models and its data set have to do with each other.
class OutputHead {
 public:
  virtual ~OutputHead() = default;
  /// Holds a model against the data set; asked once for each model of the run, before anything
  /// else. What the user should know goes to `warnings`; the data set stays as it is. Errors: they
  /// do not fit.
  virtual Result<void> add_model(const ModelInfo& model, DatasetInfo& dataset,
                                 std::vector<StoredWarning>& warnings) = 0;
  /// Whether what the model gives under a view can be used; asked for every voter whose model has a
  /// file. Errors (usage) name the view.
  virtual Result<void> check_view(const ModelInfo& /*model*/, const View& /*view*/) { return {}; }
  /// Begins a range of the run's samples.
  virtual std::unique_ptr<ShardOutput> begin(const RunInfo& run, const ShardRange& range,
                                             c10::Device device) = 0;
  virtual std::unique_ptr<RunFigures> figures(const RunInfo& run) const = 0;
};

/// The model's classes among the data set's; that some were matched by index or are further ones,
/// and which the model does not have, goes to `warnings`. `left`: what becomes of a class's items
/// then, "its samples count as mispredicted". Errors: match_classes()'s.
Result<ClassMatch> match_with_warnings(const ModelInfo& model, const DatasetInfo& dataset,
                                       std::string_view left, std::vector<StoredWarning>& warnings);

/// An entry in the table of heads.
struct HeadKind {
  std::string_view name;  ///< the kind of predictions: CardOutput::predictions
  /// Whether what a network gave for a batch of two is what its card says. Errors name `where`.
  Result<void> (*check)(const NetworkOutput& output, const ModelCard& card,
                        const std::string& where);
  std::unique_ptr<OutputHead> (*make)();
};

NamedTable<HeadKind>& head_kinds();

/// The head for a model. Errors (bad_input): models of that task cannot be run yet.
Result<const HeadKind*> find_head(const ModelCard& card, const std::string& where);

}  // namespace plumbline
