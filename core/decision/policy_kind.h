#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/decision/vote_sweep.h"
#include "core/decision/votes.h"
#include "core/types/error.h"
#include "core/types/named_table.h"

namespace plumbline {

struct BindData;
struct BoundPolicy;
class Policy;

enum class ParameterType {
  number,
  integer,
  word,    ///< one of the parameter's words
  list,    ///< numbers, written 0:2:1; may be empty
  file,    ///< a path; may be empty, for none
  policy,  ///< a policy of the same voters
};

/// What a parameter's value bears on.
enum class ParameterUse {
  scores,   ///< labels and scores: all is computed anew
  filters,  ///< likewise; a vote that is less sure than this does not count
  accepts,  ///< acceptance alone: labels and scores stay. Of a nested policy: as its own say
};

/// One parameter of a policy. Its range and its default may depend on the number of voters.
struct PolicyParameter {
  std::string_view name, meaning;
  ParameterType type = ParameterType::number;
  ParameterUse use = ParameterUse::scores;
  /// Number, integer and the entries of a list: the range, both ends included. Only a list's
  /// entries may be without a maximum.
  double minimum = 0;
  double (*maximum)(std::size_t voters) = nullptr;
  double (*default_value)(std::size_t voters) = nullptr;  ///< of a number or an integer
  std::span<const std::string_view> words = {};           ///< the first is the default
  std::string_view default_text = {};                     ///< of a list, a file or a policy
};

/// What a policy reads of a sample.
enum class PolicyNeeds {
  votes,          ///< class and confidence of each voter
  distributions,  ///< the probabilities of all classes
  boxes,          ///< the detections of each voter
  further,        ///< what predictions of another kind are (FurtherPredictions)
};

/// What a policy is able to do. Callers ask for this, never for its name.
struct PolicyTraits {
  PolicyNeeds needs = PolicyNeeds::votes;
  /// The kind of predictions that it decides on (a PredictionSchema's name).
  std::string_view predictions = "classes";
  /// It learns from a split, which has to be named when it is bound.
  bool fitted = false;
  /// The first voters that are asked may settle the verdict, whatever the others say.
  bool can_be_staged = false;
  /// Its score is a probability of its label, so that it can be calibrated.
  bool score_is_probability = false;
  /// It asks no voter but the first, whatever the parameters.
  bool asks_first_only = false;
  /// Its label is the top of a distribution, of which it writes the likelihood and the Brier score
  /// where it is asked for them.
  bool has_distribution = false;
  /// That distribution is the first voter's, whom it needs for it besides the votes of all: then a
  /// block may have the distributions of this voter alone, or none.
  bool has_first_distribution = false;
  /// Its labels, acceptance and threshold are those of its nested policy on the same votes.
  bool decides_as_inner = false;
};

/// Predictions of some voters on a whole split that are neither votes nor distributions. A kind of
/// predictions has a class of its own, which its policies know.
struct FurtherPredictions {
  FurtherPredictions() = default;
  FurtherPredictions(const FurtherPredictions&) = delete;
  FurtherPredictions& operator=(const FurtherPredictions&) = delete;
  virtual ~FurtherPredictions() = default;
};

/// Samples [begin, end) of a split, as a policy reads them.
struct PolicyBlock {
  const VoteTable& votes;  ///< columns of the whole split, one voter of the policy each
  std::size_t begin = 0, end = 0;
  /// Of these samples and the same voters, where the policy needs distributions; else empty.
  DistributionBlock distributions = {};
  /// Of the same voters, where the policy needs them; else null.
  const FurtherPredictions* further = nullptr;
};

/// Where a policy writes what it makes of a range of samples: columns of the whole split.
struct PolicyOutput {
  std::span<ClassIndex> label;
  std::span<double> score;         ///< for ranking, higher is surer (DOMAIN 1.3)
  std::span<std::uint8_t> accept;  ///< 1 or 0
  std::span<std::uint8_t> tie;     ///< 1 where a tie of votes was broken
  /// Of a policy that has a distribution, where somebody asks; else empty. The natural logarithm of
  /// what it gives the true class, and the sum over the classes of the squared distances to it, 0
  /// to 2. NaN where there is no true class.
  std::span<double> log_prob_label = {};
  std::span<double> brier = {};
};

/// What a policy made of a sample, to be explained.
struct DecidedSample {
  std::size_t sample = 0;  ///< of predictions that are not classes: the row of what was decided
  ClassIndex label = no_class;
  double score = 0;
  bool accept = false;
};

/// What one voter says of a sample.
struct AskedVote {
  std::size_t voter = 0;  ///< its place among the policy's
  ClassIndex label = no_class;
  float confidence = 0;
};

/// Numbers that a policy keeps from being bound, for instance weights.
struct LearnedPart {
  std::string_view name;
  /// How many there are; without it any number of them.
  std::size_t (*count)(std::size_t voters) = nullptr;
};
inline std::size_t one_per_voter(std::size_t voters) { return voters; }

/// One decision policy (DOMAIN 1.3): what it is called, what it takes, what it is able to do, and
/// plain functions on a bound policy. A further one is a file in policies/ and a line in
/// policies/policy_table.cpp.
struct PolicyKind {
  std::string_view name, summary;
  std::span<const PolicyParameter> parameters = {};
  PolicyTraits traits = {};
  std::span<const LearnedPart> learns = {};

  /// Label, score and tie of a block; and acceptance, where there is no `least_score`.
  /// Deterministic, and called by several threads at once. Scores are double; a threshold and what
  /// it is compared with are both rounded to float32 first, so that a confidence that was given as
  /// 0.7 is not below 0.7, whatever it was stored in or averaged with.
  void (*score)(const BoundPolicy& policy, const PolicyBlock& block,
                const PolicyOutput& out) = nullptr;

  /// A sample is accepted where its score is at least this (both as float32), so that the
  /// parameters behind it are changed on scores that are kept. NaN where that is so of other kinds
  /// of a nested policy alone: then `score` writes the acceptance.
  double (*least_score)(const BoundPolicy& policy) = nullptr;

  /// Why a sample is accepted or rejected, in a few words. Left out where that is the score.
  std::string (*explain)(const BoundPolicy& policy, const VoteTable& votes,
                         const DecidedSample& decided) = nullptr;

  /// Visits every setting of threshold and number of votes at which anything changes, for some of
  /// the voters of a sweep. Left out where the policy accepts by its score, whose distinct values
  /// say that.
  void (*sweep)(const VoteSweep& sweep, VoteSweep::Mask voters, VoteSweep::State& memory,
                const PointVisitor& visitor) = nullptr;

  /// Of a policy that can be staged: whether label and acceptance are settled by the voters that
  /// were asked, whatever `remaining` others say. Of one with an order of its own (learned as
  /// "order") the asked ones are the first of it.
  bool (*settled)(const BoundPolicy& policy, std::span<const AskedVote> asked,
                  std::size_t remaining) = nullptr;

  /// By voter the share of these samples for which it is asked, where that depends on them.
  std::vector<double> (*asked_on)(const BoundPolicy& policy, const VoteTable& votes) = nullptr;

  /// By voter the share of samples for which it is asked. Left out where that is no matter of the
  /// samples: then all voters always are, or the first alone.
  std::vector<double> (*asked)(const BoundPolicy& policy) = nullptr;

  /// Fills what is learned or read from files, and binds nested policies. Left out where there is
  /// nothing but nested policies, which are bound with the same data.
  Result<void> (*bind)(BoundPolicy& policy, const BindData& data) = nullptr;

  /// Of a policy that is able to do what its nested policy is. Else left out.
  PolicyTraits (*traits_of)(const Policy& policy) = nullptr;
};

/// The policies, to which a program may add.
NamedTable<PolicyKind>& policy_table();

/// The policies that there are, in the order in which they are listed.
std::span<const PolicyKind* const> policy_kinds();

/// Whether a policy decides on predictions of this kind; else a usage error that says on which.
Result<void> check_suits(const Policy& policy, std::string_view predictions);

}  // namespace plumbline
