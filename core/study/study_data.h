#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/data/dataset_scan.h"
#include "core/data/sample_reader.h"
#include "core/study/model_card.h"
#include "core/types/error.h"

namespace plumbline {

struct StudyConnection;

struct SplitInfo {
  std::string name;
  std::int64_t samples = 0;
};

struct DatasetInfo {
  std::int64_t id = 0;
  std::string name;
  DatasetFormat format{};
  std::vector<std::string> classes;
  std::vector<SplitInfo> splits;  ///< in the order of their import
};

struct ModelInfo {
  std::int64_t id = 0;
  std::string name;
  ModelCard card;
  std::filesystem::path file;  ///< empty for imported predictions
  std::string hash;            ///< XXH3-128 of the file
  /// Native code in a file of this hash may be run: somebody here said --trust (model_trust.h).
  bool trusted = false;
};

/// One sample of a split.
struct SampleInfo {
  std::string name;  ///< file below the data set's folder, or the record's number
  ClassIndex label = no_class;
  SampleLocator locator;
};

/// A study's data sets, their samples and labels, and its models.
class StudyData {
 public:
  explicit StudyData(std::shared_ptr<StudyConnection> connection) : state_(std::move(connection)) {}

  Result<std::vector<DatasetInfo>> datasets() const;
  Result<DatasetInfo> dataset(std::string_view name) const;  ///< error names those there are
  /// Adds a split to a data set, made if it is absent, with its classes or boxes. The same again is
  /// not added twice (returns 0); a split that exists with other samples, other classes or another
  /// format is an error. Returns the number of samples added.
  Result<std::int64_t> add_split(const std::string& dataset, const std::string& split,
                                 const DatasetScan& scan);
  /// Moves a fraction of each class of `from` into a new split `to`: deterministic, stratified.
  /// Only where no predictions exist on `from`.
  Result<std::int64_t> divide_split(const std::string& dataset, const std::string& from,
                                    const std::string& to, double fraction);
  Result<std::int64_t> sample_count(std::int64_t dataset, const std::string& split) const;
  Result<std::vector<SampleInfo>> samples(std::int64_t dataset, const std::string& split,
                                          std::int64_t first, std::int64_t count) const;
  /// Calls `take` with the name of every sample of the split, in their order.
  Result<void> names(std::int64_t dataset, const std::string& split,
                     const std::function<void(std::string_view)>& take) const;
  Result<std::vector<ClassIndex>> labels(std::int64_t dataset, const std::string& split) const;
  /// The objects of a split whose truth is boxes, by sample (`image` is its position), then in
  /// their order; categories are the data set's classes. Empty for a split of classes. Nobody who
  /// judges boxes asks for their segmentations, which are left out.
  Result<std::vector<TruthBox>> boxes(std::int64_t dataset, const std::string& split) const;
  /// Calls `take` with the segmentation of each of these boxes, in their order; empty for none.
  Result<void> segmentations(std::int64_t dataset, const std::string& split,
                             const std::function<void(std::string_view)>& take) const;
  Result<SampleReader> reader(std::int64_t dataset) const;

  Result<std::vector<ModelInfo>> models() const;
  Result<ModelInfo> model(std::string_view name) const;  ///< error names those there are
  /// A name that exists with the same file and card is left as it is; with others it is an error.
  Result<void> add_model(const std::string& name, const std::filesystem::path& file,
                         const std::string& hash, const ModelCard& card);
  /// The native code of a model's file may be run from now on, as long as its hash is that.
  Result<void> trust_model(const std::string& name);

 private:
  std::shared_ptr<StudyConnection> state_;
};

}  // namespace plumbline
