#pragma once
#include <filesystem>

#include "core/types/error.h"

namespace plumbline {

/// The folder of LibTorch 2.11 on this machine, with its libraries in lib/: a package's folder
/// `torch`, or an unpacked libtorch. Looks, in this order, at
/// - PLUMBLINE_TORCH_DIR; what is set is used or refused, never passed over;
/// - the Python in VIRTUAL_ENV, `python3` and `python` on PATH, which are asked where their package
///   torch lies; it is not imported, and neither the working folder nor a relative PATH is
///   searched;
/// - env-*/ in Plumbline's folder of the user's cache, as ./dev setup makes them.
/// Errors (device): what was looked at, and how to get it.
Result<std::filesystem::path> find_libtorch();

}  // namespace plumbline
