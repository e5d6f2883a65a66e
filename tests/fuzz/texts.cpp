#include <cstdio>

#include "core/data/text_tokens.h"
#include "core/data/word_list.h"
#include "core/decision/policy.h"
#include "core/types/voter.h"
#include "tests/fuzz/reader.h"

/// What is written in words: on a command line, in a study, in a file of text.
namespace plumbline::fuzz {

void read_view_text(Content content) {
  const std::string_view text = text_of(content);
  if (const auto view = parse_view(text); taken(view)) {
    const auto again = parse_view(to_string(*view));
    expect(again && *again == *view, "a view is read back as it was");
  }
  taken(parse_views(text));
  if (const auto voters = parse_voters(text); taken(voters))
    for (const Voter& voter : *voters) static_cast<void>(to_string(voter));
}

void read_policy_text(Content content) {
  const std::string_view text = text_of(content);
  for (const std::size_t voters : {std::size_t{1}, std::size_t{4}}) {
    const auto policy = parse_policy(text, voters);
    if (!taken(policy)) continue;
    const auto again = parse_policy(to_string(*policy), voters);
    expect(again && *again == *policy, "a policy is read back as it was");
    static_cast<void>(score_key(*policy));
    static_cast<void>(policy->for_voters(7));
  }
}

void read_text_content(Content content) {
  const auto file = scratch_file("text", content);
  // A megabyte that unpacks to gigabytes is refused by its ratio; that is tried without taking
  // them.
  TokenOptions options;
  options.max_bytes = std::uint64_t{1} << 24;
  for (const std::string_view kind : token_kinds()) {
    const auto tokens = read_tokens(file, kind, options);
    if (!taken(tokens)) continue;
    expect(tokens->size() > 0, "a text has a token");
    std::vector<std::int64_t> copied(static_cast<std::size_t>(tokens->size()));
    tokens->copy(0, tokens->size(), copied.data());
    for (const std::int64_t token : copied)
      expect(token >= 0 && token < tokens->vocabulary(), "a token is of the vocabulary");
  }
}

void read_word_list_content(Content content) {
  const auto words = parse_word_list(text_of(content), "words");
  if (!taken(words)) return;
  const auto again = parse_word_list(word_list_text(*words), "words");
  expect(again && *again == *words, "a list of words is read back as it was");
}

}  // namespace plumbline::fuzz
