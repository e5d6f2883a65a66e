#pragma once
#include <vector>

#include "core/engine/inference/device_jpeg.h"
#include "core/engine/inference/load_sample.h"

namespace plumbline {

/// Decodes a batch's pending files on the GPU and puts them on their canvases there, on the current
/// stream, which is waited for. Canvases with an image that the GPU put there have their whole
/// batch there then. Files that the library refuses, and canvases that the host alone can fill
/// (sampled ones, and all under a condition), are the host's, with the GPU's pixels where it has
/// decoded. `samples`: those of the batch's rows. Bounded: files are decoded in groups whose pixels
/// take some two gigabytes at most. Throws c10::OutOfMemoryError and c10::Error.
void decode_on_device(const SampleLoading& loading, const SampleInfo* samples, LoadedBatch& batch,
                      std::vector<PendingJpeg> pending, DeviceJpeg::Lane& lane, c10::Device device,
                      std::vector<LoadFailure>& failures);

}  // namespace plumbline
