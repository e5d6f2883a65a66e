#pragma once
#include <cstdint>
#include <span>

namespace plumbline {

/// How often a sample is in a resample.
using ResampleCount = std::uint16_t;

/// Writes how often each of n = counts.size() samples is among n that are drawn with replacement.
/// A function of seed, number and n alone, so that resamples may be drawn in any order by any
/// number of threads, and two policies on the same samples are compared on the same resamples.
/// n below 2^32.
void draw_resample(std::uint64_t seed, std::uint64_t number, std::span<ResampleCount> counts);

}  // namespace plumbline
