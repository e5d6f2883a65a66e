#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/data/compiled_package.h"
#include "core/engine/inference/network.h"

namespace plumbline {

/// A .pt2 package of AOTInductor. Its native code runs in this process, so it is for files that the
/// user trusts, and for processes that are confined. It is unpacked into a folder of its own below
/// the temporary one (TMPDIR), which goes with the network; what a process that was killed has left
/// there goes with the next. Of several models the one that suits a batch best computes it
/// (CompiledPackage::model_for). Several outputs are named by their places: "0", "1".
/// Errors (bad_input): those of read_compiled_package; a package for another kind of device,
/// another processor or GPU, or another precision than is asked for; a library that cannot be
/// loaded.
Result<std::unique_ptr<Network>> load_package(const std::filesystem::path& file, c10::Device device,
                                              Precision precision);

/// Where and in which precision a package can be checked: as it was compiled. Errors (device): it
/// is for a GPU, and there is none.
struct PackagePlace {
  c10::Device device = c10::kCPU;
  Precision precision = Precision::fp32;
};
Result<PackagePlace> place_of_package(const std::filesystem::path& file);

/// Kinds of devices for which this LibTorch runs packages: "cpu", "cuda".
std::vector<std::string> package_devices();
/// Why packages that were linked with LibTorch as a whole cannot be loaded; empty where they can.
std::string package_limit();

}  // namespace plumbline
