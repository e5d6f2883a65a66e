#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "core/decision/bound_policy.h"
#include "core/study/study.h"

namespace plumbline {

/// A saved decision with all that is needed to ask it about new images: taken from a study, or from
/// a bundle that was exported from one.
struct DeployedDecision {
  std::string name, run, dataset;
  std::vector<std::string> classes;  ///< of the data set, by place
  std::vector<Voter> voters;         ///< as many as the policy has
  BoundPolicy policy;
  std::string selected_on, rule, certificate;   ///< how it was chosen, as StoredDecision has it
  std::string precision, decoder, device_kind;  ///< of the run
  int batch = 0;
  std::vector<ModelInfo> models;  ///< of the voters, each once
};

/// Errors: no such decision; its run or one of its models is gone; a voter whose predictions were
/// imported, which nothing here can compute; predictions that are no classes.
Result<DeployedDecision> deployed_decision(const Study& study, std::string_view name);

/// Whether a path is a bundle, by what lies in it.
bool is_decision_bundle(const std::filesystem::path& path);

/// Writes a bundle: a folder with decision.json and models/, which holds each model's file and its
/// card. It is whole or not there. Errors: something of that name exists; a model's file that has
/// changed since its import; what the system says.
Result<void> write_decision_bundle(const DeployedDecision& decision,
                                   const std::filesystem::path& folder);

/// Opens a bundle, which may be anybody's: names that lead nowhere else, no links, sizes and hashes
/// as they were written, a policy and cards that can be read. Errors name the file.
Result<DeployedDecision> read_decision_bundle(const std::filesystem::path& folder);

}  // namespace plumbline
