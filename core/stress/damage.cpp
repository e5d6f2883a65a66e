#include "core/stress/damage.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "core/types/list_text.h"
#include "core/types/number.h"
#include "kernels/views/philox.h"

namespace plumbline {

namespace {

constexpr std::array<std::string_view, 3> damage_words = {"noise", "constant", "shuffle"};
/// Which number is drawn for a sample: whether it is hit, by how much it is moved or whose output
/// it gets.
constexpr std::uint32_t draw_of_hit = 0, draw_of_change = 1;

/// 0 to 2^64 − 1, each as likely.
std::uint64_t drawn(std::uint32_t which, std::size_t sample, std::uint32_t seed) {
  const auto block = views::philox(which, sample, seed);
  return (std::uint64_t{block.word[0]} << 32) | block.word[1];
}

bool is_hit(const Damage& damage, std::size_t sample) {
  return static_cast<double>(drawn(draw_of_hit, sample, damage.seed) >> 11) * 0x1p-53 < damage.rate;
}

/// 0 to n − 1.
std::size_t drawn_below(std::size_t n, std::size_t sample, std::uint32_t seed) {
  return static_cast<std::size_t>(drawn(draw_of_change, sample, seed) % n);
}

/// What is put in place of one sample's output.
struct Replacement {
  std::size_t source = 0;  ///< the sample whose output it is
  std::size_t shift = 0;   ///< by so many places its classes are moved round
};

struct DamagedColumns {
  std::vector<ClassIndex> predicted;
  std::vector<float> confidence, log_prob_label;
  std::vector<double> given;
};

/// Another sample of which the voter has an output; nothing where it has none.
std::optional<std::size_t> other_sample(const VoterVotes& votes, std::size_t sample,
                                        std::uint32_t seed) {
  const std::size_t n = votes.predicted.size();
  if (n < 2) return std::nullopt;
  std::size_t other = drawn_below(n - 1, sample, seed);
  for (std::size_t tried = 0; tried + 1 < n; ++tried, other = (other + 1) % (n - 1)) {
    const std::size_t place = other < sample ? other : other + 1;
    if (votes.predicted[place] != no_class) return place;
  }
  return std::nullopt;
}

ClassIndex moved(ClassIndex predicted, std::size_t shift, std::size_t classes) {
  if (predicted >= classes) return predicted;
  return static_cast<ClassIndex>((predicted + shift) % classes);
}

/// A sample's row in the blocks of a split, null where it has none.
struct RowFinder {
  const HeldSplit& split;
  std::size_t voter;

  const double* row(std::size_t sample, std::size_t& width) const {
    const auto after = std::ranges::upper_bound(split.blocks, sample, {}, &HeldSplit::Block::begin);
    if (after == split.blocks.begin()) return nullptr;
    const HeldSplit::Block& block = *(after - 1);
    if (sample >= block.end) return nullptr;
    width = block.classes;
    return block.probabilities[voter]->data() + (sample - block.begin) * block.classes;
  }
};

void put_row(const RowFinder& rows, const Damage& damage, const Replacement& by,
             std::size_t classes, std::span<double> out) {
  std::ranges::fill(out, 0.0);
  if (damage.kind == DamageKind::constant) {
    if (damage.constant_class < out.size()) out[damage.constant_class] = 1;
    return;
  }
  std::size_t width = 0;
  const double* row = rows.row(by.source, width);
  if (row == nullptr) return;
  const std::size_t turned = std::min({classes, width, out.size()});
  for (std::size_t c = 0; c < std::min(width, out.size()); ++c)
    out[c < turned && by.shift > 0 ? (c + by.shift) % turned : c] = row[c];
}

}  // namespace

Result<Damage> parse_damage(std::string_view text, std::span<const std::string> classes) {
  Damage damage;
  bool has_voter = false;
  for (const std::string_view part : parts_between(text, ',')) {
    const auto equals = part.find('=');
    const std::string_view key = trimmed(part.substr(0, equals));
    const std::string_view word =
        equals == part.npos ? std::string_view() : trimmed(part.substr(equals + 1));
    const auto wrong = [&](std::string message) {
      return usage_error(std::move(message), std::string(part),
                         "--damage voter=MODEL:VIEW,kind=noise|constant|shuffle,rate=0.2");
    };
    if (key == "voter") {
      auto voters = parse_voters(word);
      TRY(voters);
      damage.voter = voters->front();
      has_voter = true;
    } else if (key == "kind") {
      const auto found = std::ranges::find(damage_words, word);
      if (found == damage_words.end()) return wrong("a damage is noise, constant or shuffle");
      damage.kind = static_cast<DamageKind>(found - damage_words.begin());
    } else if (key == "rate") {
      const auto rate = parse_number(word);
      if (!rate || *rate < 0 || *rate > 1) return wrong("the rate of a damage is from 0 to 1");
      damage.rate = *rate;
    } else if (key == "seed") {
      const auto seed = parse_integer(word);
      if (!seed || *seed < 0 || *seed > std::numeric_limits<std::uint32_t>::max())
        return wrong("the seed of a damage is a whole number from 0 to 4294967295");
      damage.seed = static_cast<std::uint32_t>(*seed);
    } else if (key == "class") {
      const auto named = std::ranges::find(classes, word);
      const auto place = parse_integer(word);
      const auto count = static_cast<std::int64_t>(classes.size());
      if (named != classes.end())
        damage.constant_class = static_cast<ClassIndex>(named - classes.begin());
      else if (place && *place >= 0 && *place < count)
        damage.constant_class = static_cast<ClassIndex>(*place);
      else
        return wrong(fmt::format("the data set has no class '{}'", word));
    } else {
      return wrong(fmt::format("a damage has no '{}'", key));
    }
  }
  if (!has_voter)
    return usage_error("the damage does not name a voter", "--damage", "add voter=MODEL:VIEW");
  return damage;
}

std::string to_string(const Damage& damage) {
  std::string text =
      fmt::format("voter={},kind={},rate={}", to_string(damage.voter),
                  damage_words[static_cast<std::size_t>(damage.kind)], shortest(damage.rate));
  if (damage.seed != 0) text += fmt::format(",seed={}", damage.seed);
  if (damage.kind == DamageKind::constant) text += fmt::format(",class={}", damage.constant_class);
  return text;
}

DamagedSplit damage_voter(const HeldSplit& split, std::size_t voter, const Damage& damage,
                          std::size_t classes) {
  const VoterVotes& votes = split.votes.voters[voter];
  const std::size_t n = split.votes.samples();
  auto columns = std::make_shared<DamagedColumns>();
  columns->predicted.assign(votes.predicted.begin(), votes.predicted.end());
  columns->confidence.assign(votes.confidence.begin(), votes.confidence.end());
  columns->log_prob_label.assign(votes.log_prob_label.begin(), votes.log_prob_label.end());
  columns->given.assign(votes.given.begin(), votes.given.end());
  DamagedSplit damaged{split, 0, nullptr};

  const RowFinder rows{split, voter};
  std::vector<std::optional<Replacement>> by(n);
  std::vector<double> row;
  for (std::size_t i = 0; i < n; ++i) {
    if (votes.predicted[i] == no_class || !is_hit(damage, i)) continue;
    Replacement replacement{i, 0};
    ClassIndex predicted = damage.constant_class;
    double confidence = 1;
    if (damage.kind == DamageKind::noise) {
      replacement.shift = classes == 0 ? 0 : drawn_below(classes, i, damage.seed);
      predicted = moved(votes.predicted[i], replacement.shift, classes);
      confidence = votes.confidence_of(i);
    } else if (damage.kind == DamageKind::shuffle) {
      const auto other = other_sample(votes, i, damage.seed);
      if (!other) continue;
      replacement.source = *other;
      predicted = votes.predicted[*other];
      confidence = votes.confidence_of(*other);
    }
    by[i] = replacement;
    ++damaged.hit;
    columns->predicted[i] = predicted;
    columns->confidence[i] = static_cast<float>(confidence);
    if (!columns->given.empty()) columns->given[i] = confidence;
    const ClassIndex label = split.votes.labels[i];
    float& log_prob = columns->log_prob_label[i];
    log_prob = std::numeric_limits<float>::quiet_NaN();
    std::size_t width = 0;
    if (label == no_class) continue;
    if (damage.kind == DamageKind::constant) {
      log_prob = label == damage.constant_class ? 0 : -std::numeric_limits<float>::infinity();
    } else if (rows.row(replacement.source, width) != nullptr) {
      row.resize(std::max(width, classes));
      put_row(rows, damage, replacement, classes, row);
      if (label < row.size()) log_prob = static_cast<float>(std::log(row[label]));
    } else if (replacement.shift == 0 && split.votes.labels[replacement.source] == label) {
      log_prob = votes.log_prob_label[replacement.source];
    }
  }

  for (HeldSplit::Block& block : damaged.split.blocks) {
    const auto begin = by.begin() + static_cast<std::ptrdiff_t>(block.begin);
    const auto end = by.begin() + static_cast<std::ptrdiff_t>(block.end);
    if (std::none_of(begin, end, [](const auto& one) { return one.has_value(); })) continue;
    auto changed = std::make_shared<std::vector<double>>(*block.probabilities[voter]);
    for (std::size_t i = block.begin; i < block.end; ++i)
      if (by[i])
        put_row(rows, damage, *by[i], classes,
                std::span(*changed).subspan((i - block.begin) * block.classes, block.classes));
    block.probabilities[voter] = std::move(changed);
  }
  damaged.split.votes.voters[voter] = {columns->predicted, columns->confidence,
                                       columns->log_prob_label, columns->given};
  damaged.memory = std::move(columns);
  return damaged;
}

}  // namespace plumbline
