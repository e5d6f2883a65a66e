#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include "app/engine/commands/commands.h"
#include "core/engine/ranks/rank_environment.h"
#include "core/types/threads.h"
#include "core/types/visible_text.h"

#if defined(__SANITIZE_ADDRESS__)
/// Leaks are searched by a process that traces this one, which a confined process forbids.
extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }
#endif

namespace {

/// On few cores OpenMP's spinning threads cost LibTorch a factor of ten. The engine's module, which
/// brings OpenMP, is loaded later, so that setting it here is in time.
void calm_openmp() {
  if (plumbline::core_count() <= 4) ::setenv("OMP_WAIT_POLICY", "passive", 0);
}

/// The first word that stands where a command belongs and is none. CLI11 would only say that one is
/// required.
plumbline::Result<void> check_command(const CLI::App& app, const std::vector<std::string>& words) {
  const CLI::App* group = &app;
  for (const std::string& word : words) {
    const auto commands = group->get_subcommands(nullptr);
    if (commands.empty() || word.starts_with('-')) return {};
    std::vector<std::string> names;
    const CLI::App* command = nullptr;
    for (const CLI::App* known : commands) {
      names.push_back(known->get_name());
      if (names.back() == word) command = known;
    }
    // Some commands take a study themselves, and have others below them besides.
    const auto is_word = [](const CLI::Option* option) { return option->get_positional(); };
    if (!command && !group->get_options(is_word).empty()) return {};
    if (!command)
      return plumbline::usage_error(fmt::format("there is no command '{}'", word),
                                    group == &app ? std::string() : group->get_name(),
                                    fmt::format("commands: {}", fmt::join(names, ", ")));
    group = command;
  }
  return {};
}

/// Commands that several ranks may be started with.
constexpr std::string_view commands_of_ranks[] = {"run", "train", "planer train", "doctor"};

/// Every other command would be done by each rank as if it were alone.
plumbline::Result<void> check_ranks(const std::vector<std::string>& words) {
  const auto is_help = [](const std::string& word) { return word == "--help" || word == "-h"; };
  if (words.empty() || words.front().starts_with('-') || std::ranges::any_of(words, is_help))
    return {};
  const bool in_group = words.front() == "planer" && words.size() > 1;
  const std::string command = in_group ? "planer " + words[1] : words.front();
  if (std::ranges::find(commands_of_ranks, command) != std::ranges::end(commands_of_ranks))
    return {};
  return plumbline::check_one_rank(command);
}

int report(const plumbline::Error& error) {
  // Words from files may hold what a terminal would obey.
  fmt::print(stderr, "plumbline-engine: {}\n", plumbline::visible_text(to_string(error)));
  return exit_code(error.kind);
}

/// What was printed lies in a buffer; a full disk behind it shows only here.
plumbline::Result<void> flush_standard_output() {
  std::cout.flush();
  const bool flushed = std::fflush(stdout) == 0;
  if (flushed && std::ferror(stdout) == 0 && std::cout.good()) return {};
  return plumbline::fail(plumbline::ErrorKind::device, "cannot be written to its end",
                         "standard output", "the disk may be full, or the reader has gone");
}

}  // namespace

int main(int argc, char** argv) {
  using namespace plumbline;
  calm_openmp();
  CLI::App app{
      "Plumbline's engine: trains models, runs them as voters, decides, exports. Results are kept "
      "in a "
      "study, a folder NAME.plumb."};
  app.require_subcommand(1);
  app.set_version_flag("--version", std::string("plumbline-engine ") + PLUMBLINE_VERSION);
  app.failure_message(CLI::FailureMessage::simple);

  CommandContext context;
  context.words.assign(argv + 1, argv + argc);
  add_doctor(app, context);
  add_demo(app, context);
  add_scenes(app, context);
  add_import(app, context);
  add_run(app, context);
  add_train(app, context);
  add_decide(app, context);
  add_compare(app, context);
  add_apply(app, context);
  add_export(app, context);
  add_explain(app, context);
  add_evaluate(app, context);
  add_fuse(app, context);
  add_planer(app, context);
  add_remove(app, context);
  add_rename(app, context);
  add_relink(app, context);
  add_usage(app, context);
  add_jobs(app, context);
  add_merge(app, context);

  if (const auto known = check_command(app, context.words); !known) return report(known.error());
  if (const auto alone = check_ranks(context.words); !alone) return report(alone.error());
  int code = 0;
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    code = app.exit(error) == 0 ? 0 : exit_code(ErrorKind::usage);
  } catch (const std::system_error&) {
    // fmt throws where a stream cannot be written; said below.
    std::clearerr(stderr);
  }
  if (!context.result) {
    close_described_job(context);
    return report(context.result.error());
  }
  if (const auto flushed = flush_standard_output(); !flushed) return report(flushed.error());
  return code;
}
