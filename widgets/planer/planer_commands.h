#pragma once
#include <QStringList>

#include <cstdint>
#include <string>
#include <vector>

#include "widgets/planer/search_curve.h"

namespace plumbline {

/// How a search is to go about it; asked for once and then kept with the search's own settings.
struct SearchSettings {
  std::string name;
  QString text;  ///< file; empty: that of the network
  std::string tokens = "bytes";
  std::int64_t steps = 2000;       ///< of each retraining
  std::int64_t warm_up_steps = 0;  ///< 0: as many as steps
  std::int64_t search_steps = 0;   ///< 0: as many as steps
  std::int64_t batch = 0;          ///< of training; 0: the device's
  std::uint64_t seed = 1;
  int random = 0;
  double distillation = 0;  ///< weight of the existing network's probabilities in retraining
  std::string train_precision = "fp32";
};

/// The settings of a search as the study keeps them, else those that a new one begins with.
SearchSettings settings_of(const PlanerCatalogue& catalogue, const PlanerSubject& subject);

/// "s1", or the next that neither a search nor `taken` has.
std::string free_search_name(const PlanerCatalogue& catalogue,
                             const std::vector<std::string>& taken);

/// `planer search` of one target, `planer sweep` of several. `device`: auto, cpu or cuda:N. The
/// search's own network, key and settings, so that a name which exists gets a further target.
QStringList search_command(const QString& study, const PlanerSubject& subject,
                           const SearchSettings& settings, const std::vector<double>& targets,
                           const QString& device);

/// `planer train` of a network that was found, further; it learns from the subject's own where
/// the settings say so. `settings`: text, steps, batch, seed, precision and distillation count.
QStringList train_further_command(const QString& study, const PlanerSubject& subject,
                                  const std::string& network, const QString& name,
                                  const SearchSettings& settings, const QString& device);

/// `planer profile` of the subject's network under its key, or for a grid of batches.
QStringList profile_command(const QString& study, const PlanerSubject& subject,
                            const QString& device, const std::vector<std::int64_t>& batches = {});

/// `planer export`: TorchScript or safetensors by the file's ending.
QStringList export_command(const QString& study, const std::string& network, const QString& file);

/// "0.55, 0.45" as targets, each once; an error names the word that is no target.
Result<std::vector<double>> parse_target_list(const QString& text);

}  // namespace plumbline
