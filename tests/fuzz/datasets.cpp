#include "core/data/dataset_scan.h"
#include "core/data/sample_reader.h"
#include "tests/fuzz/reader.h"

/// Data sets that lie in one file.
namespace plumbline::fuzz {

namespace {

/// The first samples and the last one, as a run reads them.
void look_at_samples(const Result<DatasetScan>& result) {
  const DatasetScan* scan = taken(result);
  if (!scan) return;
  expect(!scan->samples.empty(), "a data set has samples");
  const SampleReader reader(scan->format, scan->sources);
  for (const std::size_t place :
       {std::size_t{0}, scan->samples.size() / 2, scan->samples.size() - 1}) {
    const ScannedSample& sample = scan->samples[place];
    taken(reader.read({sample.source, sample.record, sample.name}));
  }
}

}  // namespace

void read_idx_images(Content content) {
  look_at_samples(scan_idx(scratch_file("images.idx", content), {}, {}));
}

void read_idx_labels(Content content) {
  // Beside two images of one pixel.
  constexpr std::string_view images("\0\0\x08\x03\0\0\0\x02\0\0\0\x01\0\0\0\x01\x07\x09", 18);
  look_at_samples(scan_idx(scratch_file("images.idx", std::as_bytes(std::span(images))),
                           scratch_file("labels.idx", content), {}));
}

void read_cifar10(Content content) {
  look_at_samples(scan_cifar10({scratch_file("batch.bin", content)}, {}));
}

}  // namespace plumbline::fuzz
