#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/study/study.h"
#include "core/types/error.h"

namespace plumbline {

/// What came over with a search.
struct CopiedSearch {
  std::string search;
  std::vector<std::string> networks;  ///< that were not there before
  std::size_t known_networks = 0;     ///< that were there already, the same to the last bit
  std::size_t latencies = 0;          ///< of networks, and tables of options
  std::size_t quieter_latencies = 0;  ///< not taken: the study's own are quieter, or say more
  std::size_t energies = 0, quieter_energies = 0;  ///< likewise
  /// Measurements that cannot be read where they come from and that the search does without, why,
  /// and what to do. Whole sentences, without a full stop.
  std::vector<std::string> damaged = {};
};

/// What a copy says of the text that a search was made on. A path means nothing on another machine,
/// and names folders of this one.
enum class TextPath {
  name_only,   ///< for a study that is handed on: the file's name alone
  as_in_study  ///< where the study that takes it has a network on the same text: that one's path
};

/// Copies a search from one study into another: its settings, course and increments, the tables of
/// its key, the existing network, what was found and made at random or free, what
/// was trained further from those, and the latencies and energies measured of them. Weights are
/// copied as files and held against the hashes that the study of origin names; a network that both
/// have with equal weights is not copied. Nothing is named before all files are there, so that a
/// copy that is broken off is begun again.
///
/// Errors: no such search; a study that may not be written; a search of that name that is another
/// one; a network of one name with other weights; weights that are missing or changed; latencies
/// (of a search that saves energy: energies) that cannot be read. Those of the other kind of cost
/// stay behind where they are damaged, and `damaged` says so.
Result<CopiedSearch> copy_search(const Study& from, Study& to, std::string_view search,
                                 TextPath text_path);

}  // namespace plumbline
