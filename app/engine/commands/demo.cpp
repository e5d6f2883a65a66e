#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/engine/commands/commands.h"
#include "core/study/study.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

struct DemoOptions {
  std::string study, resources, device = "cpu";
  bool without_search = false, quiet = false;
};

/// One step: what it is for, and its command.
struct DemoStep {
  std::string title;  ///< empty: belongs to the one before
  Words command;
  fs::path makes = {};  ///< a file; the step is left out where it is there
  std::string divides =
      {};  ///< a data set, which is divided once, before anything is computed on it
};

/// The demo's data: where it is installed, or in the checkout that this program was built in.
Result<fs::path> demo_folder(const std::string& named) {
  std::error_code code;
  const auto is_one = [&](const fs::path& folder) {
    return fs::exists(folder / "fashion-mnist" / "classes.txt", code);
  };
  if (!named.empty()) {
    if (is_one(named)) return fs::path(named);
    return bad_input("the demo's data were not found", named, "it is the folder resources/demo");
  }
  const fs::path program = fs::read_symlink("/proc/self/exe", code);
  fs::path above = program.parent_path();
  for (int i = 0; i < 5 && above.has_relative_path(); ++i, above = above.parent_path())
    for (const fs::path& folder :
         {above / "share" / "plumbline" / "demo", above / "resources" / "demo"})
      if (is_one(folder)) return folder;
  return bad_input("the demo's data were not found", program.string(),
                   "name the folder resources/demo of a checkout with --resources");
}

Result<std::vector<fs::path>> networks_in(const fs::path& folder) {
  std::vector<fs::path> members;
  std::error_code code;
  for (const auto& entry : fs::directory_iterator(folder, code))
    if (entry.path().extension() == ".safetensors") members.push_back(entry.path());
  if (members.empty()) return bad_input("the demo's networks were not found", folder.string());
  std::ranges::sort(members);
  return members;
}

/// "demo.plumb": "demo-scenes", beside it.
fs::path scenes_beside(const std::string& study) {
  fs::path folder = fs::path(study).lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();
  return folder.parent_path() / (folder.stem().string() + "-scenes");
}

Result<std::vector<DemoStep>> steps_of(const DemoOptions& options, const fs::path& demo) {
  const std::string& study = options.study;
  std::vector<DemoStep> steps;
  const auto item = [&](const char* name) { return (demo / "fashion-mnist" / name).string(); };
  const std::string images = item("t10k-images-idx3-ubyte.gz");
  const std::string labels = item("t10k-labels-idx1-ubyte.gz"), classes = item("classes.txt");
  steps.push_back(
      {"10,000 images of clothing, four in ten of them for choosing, and six networks",
       {"import", "dataset", study, "--name", "fashion-mnist", "--format", "idx", "--split", "test",
        "--divide", "validation=0.4", "--images", images, "--labels", labels, "--classes", classes},
       {},
       "fashion-mnist"});
  const auto import_networks = [&](const fs::path& folder) -> Result<void> {
    const auto networks = networks_in(folder);
    TRY(networks);
    for (const fs::path& network : *networks)
      steps.push_back({"",
                       {"import", "model", study, "--name", network.stem().string(), "--file",
                        network.string()}});
    return {};
  };
  TRY(import_networks(demo / "members"));
  // PolygraphMR's construction: member i, trained on view i, votes on view i. They and the policy
  // were chosen on validation images (resources/demo/README.md); the first is the best single one.
  steps.push_back({"the six networks, each on its own view, and four of them on four views each",
                   {"run", study, "--dataset", "fashion-mnist", "--split", "test,validation",
                    "--name", "six members", "--resume", "--device", options.device, "--voters",
                    "lenet5-adhist:adhist,lenet5-imadj:imadj,lenet5-hist:hist,"
                    "lenet5-scale:scale=0.9,lenet5-gamma:gamma=0.8,lenet5-connorm:connorm"}});
  steps.push_back({"",
                   {"run", study, "--dataset", "fashion-mnist", "--split", "test,validation",
                    "--name", "4 × 4", "--resume", "--device", options.device, "--models",
                    "lenet5-adhist,lenet5-imadj,lenet5-hist,lenet5-scale", "--views",
                    "adhist,imadj,hist,scale=0.9"}});
  // What is chosen is chosen on validation; what is shown is of the test images.
  const auto decide = [&](const char* policy, const char* name) -> Words {
    return {"decide", study,         "--run",      "six members", "--policy", policy,     "--split",
            "test",   "--select-on", "validation", "--save",      name,       "--replace"};
  };
  const auto detect = [&](const char* voters, const char* name) -> Words {
    return {"decide", study,     "--run",    "2 detectors × 3", "--voters",   voters,   "--policy",
            "nms",    "--split", "test",     "--select-on",     "validation", "--rule", "false<=1",
            "--save", name,      "--replace"};
  };
  steps.push_back(
      {"two decisions, chosen on validation and shown on test: one network's confidence alone, "
       "then the votes of six",
       decide("mcp", "one network")});
  steps.push_back({"", decide("polygraph", "six votes")});
  steps.push_back({"the same six networks on worse images, and what the second decision does there",
                   {"run", study, "--name", "six members", "--resume", "--device", options.device,
                    "--conditions", "noise=10,20,40"}});
  steps.push_back({"",
                   {"decide", study, "--run", "six members", "--decision", "six votes", "--split",
                    "test", "--conditions", "all"}});
  // Composed of the same images, so that it is known where everything is, behind what, how far
  // hidden.
  const fs::path scenes = scenes_beside(study);
  steps.push_back(
      {"400 scenes of up to four of these things, before clutter and behind each other, and two "
       "detectors on three views each",
       {"scenes", "--images", images, "--labels", labels, "--classes", classes, "--count", "400",
        "--seed", "7", "-o", scenes.string()},
       scenes / "instances.json"});
  steps.push_back({"",
                   {"import", "dataset", study, "--name", "scenes", "--format", "coco", "--split",
                    "test", "--divide", "validation=0.4", "--images", (scenes / "images").string(),
                    "--labels", (scenes / "instances.json").string()},
                   {},
                   "scenes"});
  TRY(import_networks(demo / "detectors"));
  steps.push_back({"",
                   {"run", study, "--dataset", "scenes", "--split", "test,validation", "--name",
                    "2 detectors × 3", "--resume", "--device", options.device, "--models",
                    "centernet-small,centernet-medium", "--views", "identity,flip_x,gamma=0.8"}});
  steps.push_back(
      {"two decisions on boxes at the same price, one false detection per image on validation: the "
       "better detector alone, then all six lists of boxes",
       detect("centernet-medium:identity", "one detector")});
  steps.push_back(
      {"", detect("centernet-medium:identity,centernet-medium:flip_x,centernet-medium:gamma=0.8,"
                  "centernet-small:identity,centernet-small:flip_x,centernet-small:gamma=0.8",
                  "six detectors")});
  if (options.without_search) return steps;
  steps.push_back(
      {"a small Transformer that was trained elsewhere",
       {"planer", "import", study, "--name", "kjv-tiny", "--config", "tiny", "--map",
        "transformer-xl", "--file", (demo / "language-model" / "kjv-tiny.safetensors").string(),
        "--text", (demo / "text" / "kjv.txt.xz").string(), "--device", options.device}});
  steps.push_back(
      {"a search that was made before, with a GPU and more steps: what it found is as good as the "
       "existing network, in less than half the time",
       {"planer", "import", study, "--from", (demo / "finished-search").string(), "--search",
        "finished"}});
  steps.push_back({"your own search for faster versions of it, on this machine: about two minutes",
                   {"planer", "profile", study, "--name", "kjv-tiny", "--batches", "1,8",
                    "--device", options.device}});
  // The steps are few, so that the demo is short: they show how a search goes, not how far it
  // comes.
  steps.push_back({"", {"planer",   "sweep",     study,          "--targets",
                        "0.5,0.7",  "--name",    "kjv",          "--from",
                        "kjv-tiny", "--warm-up", "160",          "--search-steps",
                        "60",       "--steps",   "240",          "--validation-tokens",
                        "16384",    "--device",  options.device, "--resume"}});
  steps.push_back({"", {"planer", "front", study, "--name", "kjv"}});
  return steps;
}

volatile std::sig_atomic_t running_child = 0;
/// What a terminal sends it sends to the child too, which would take a second one for impatience.
void pass_on(int signal, siginfo_t* information, void* /*context*/) {
  if (running_child > 0 && information->si_code != SI_KERNEL) ::kill(running_child, signal);
}

/// Runs one command of this program to its end, with this process's terminal; a stop that is asked
/// for goes to it. Returns its exit code.
Result<int> run_command(Words words) {
  std::string program = "/proc/self/exe";
  std::vector<char*> pointers{program.data()};
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  // A child of /proc/self/exe would name itself.
  std::error_code code;
  program = fs::read_symlink(program, code).string();
  pointers.front() = program.data();
  pid_t child = 0;
  std::fflush(nullptr);
  if (const int failed =
          ::posix_spawn(&child, program.c_str(), nullptr, nullptr, pointers.data(), environ))
    return fail(ErrorKind::device, "cannot be started: " + std::generic_category().message(failed),
                program);
  running_child = child;
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  running_child = 0;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool is_done(const DemoStep& step, const std::string& folder) {
  std::error_code code;
  if (!step.makes.empty()) return fs::exists(step.makes, code);
  if (step.divides.empty()) return false;
  const auto study = Study::open(folder, Access::read_only);
  return study && study->dataset(step.divides);
}

Result<void> demo(const DemoOptions& options) {
  const auto folder = demo_folder(options.resources);
  TRY(folder);
  auto steps = steps_of(options, *folder);
  TRY(steps);
  struct sigaction action{};
  action.sa_sigaction = pass_on;
  action.sa_flags = SA_SIGINFO;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaction(signal, &action, nullptr);
  for (DemoStep& step : *steps) {
    if (is_done(step, options.study)) continue;
    if (!options.quiet && !step.title.empty()) fmt::print("demo: {}\n", step.title);
    const bool is_job = step.command[0] == "run" || step.command[1] == "dataset";
    if (options.quiet && is_job) step.command.emplace_back("--quiet");
    const std::string named = fmt::format("{}", fmt::join(step.command, " "));
    const auto code = run_command(std::move(step.command));
    TRY(code);
    if (*code == 130)
      return tl::unexpected(cancelled_error("run the same command again: it goes on from there"));
    if (*code != 0)
      return fail(*code == 2 || *code == 4 ? ErrorKind::device : ErrorKind::bad_input,
                  fmt::format("a step of the demo ended with {}", *code), named);
  }
  if (!options.quiet) fmt::print("demo: open it with: plumbline {}\n", options.study);
  return {};
}

}  // namespace

void add_demo(CLI::App& app, CommandContext& context) {
  auto* command = app.add_subcommand(
      "demo", "build the demo study and run it: images, networks, policies, a short search");
  auto options = std::make_shared<DemoOptions>();
  command
      ->add_option("STUDY", options->study,
                   "the study's folder; what it has already is not done again")
      ->required();
  command->add_flag("--without-search", options->without_search,
                    "leave out the search for faster language models, which takes two minutes");
  command->add_option("--device", options->device, "auto, cpu or cuda:N")->capture_default_str();
  command->add_option("--resources", options->resources,
                      "where the demo's data are (default: as installed, or in the checkout)");
  command->add_flag("--quiet", options->quiet, "no progress");
  command->callback([&context, options] { context.result = demo(*options); });
}

}  // namespace plumbline
