#include "tests/third_kind/run_command.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>

#include "app/engine/commands/commands.h"

namespace plumbline::test {

Result<std::string> printed_by(std::vector<std::string> words) {
  CLI::App app;
  CommandContext context;
  add_decide(app, context);
  add_export(app, context);
  std::FILE* file = std::tmpfile();
  if (file == nullptr) return fail(ErrorKind::device, "no temporary file can be made");
  std::fflush(stdout);
  const int terminal = ::dup(STDOUT_FILENO);
  ::dup2(::fileno(file), STDOUT_FILENO);
  std::ranges::reverse(words);  // as CLI11 takes them
  try {
    app.parse(words);
  } catch (const CLI::ParseError& error) {
    context.result = usage_error(error.what());
  }
  std::fflush(stdout);
  ::dup2(terminal, STDOUT_FILENO);
  ::close(terminal);
  std::rewind(file);
  std::string printed;
  for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) printed += static_cast<char>(c);
  std::fclose(file);
  TRY(context.result);
  return printed;
}

}  // namespace plumbline::test
