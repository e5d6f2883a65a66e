#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/data/dataset_scan.h"
#include "core/data/image.h"

namespace plumbline {

/// Where one sample's image is.
struct SampleLocator {
  int source = 0;            ///< index into the reader's sources
  std::int64_t record = -1;  ///< position in the source file; −1: `name` below the source folder
  std::string name;
  std::string hash{};  ///< of the image's file when it was imported; empty: not known
};

/// Reads images of one data set. Thread-safe; gzip files are inflated once, when first needed.
class SampleReader {
 public:
  /// Opens nothing yet: a source that has moved is an error of the read that needs it.
  SampleReader(DatasetFormat format, std::vector<DataSource> sources);
  ~SampleReader();
  SampleReader(SampleReader&&) noexcept;
  SampleReader& operator=(SampleReader&&) noexcept;

  std::vector<DataSource> sources() const;

  /// Where the sample lies, for people: a file, or a file and its record.
  std::string place(const SampleLocator& sample) const;

  /// Errors name the file and the record. A file whose size is not the one of the import is an
  /// error that says so, and so is an image file whose content is another (its hash costs little
  /// beside its decoding). `longest_side` as in decode_image.
  Result<Image> read(const SampleLocator& sample, int longest_side = 0) const;

  /// Whether every image is a file of its own.
  bool has_files() const;
  /// The content of a sample's own file, as read() would decode it. Errors: those of read() before
  /// it decodes; a sample that is a record.
  Result<std::vector<std::byte>> read_file(const SampleLocator& sample) const;

  /// Whether the files of records are those of the import, by size and hash; what they hold is read
  /// once. Errors name the first that is not. Images that are files of their own are held against
  /// their hash whenever they are read.
  Result<void> check_sources() const;

  /// A number that changes with the sample and with the file that holds its image: made of names,
  /// the file's size and the times of its last changes; no content is read. Errors: those of
  /// read().
  Result<std::uint64_t> fingerprint(const SampleLocator& sample) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace plumbline
