#include "cli/declared_files.h"
#include "cli/exit_code.h"
#include "cli/listing.h"
#include "cli/verbs.h"
#include "connectors/builtin.h"
#include "daemon/offline_check.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace wharf::cli {
namespace {

struct ValidateOptions {
  std::vector<std::string> paths;
  bool json = false;
};

int validate(const ValidateOptions& options) {
  const auto declared = read_declared(options.paths);
  auto loaded = declaration::parse(declared.files);
  for (auto& problem : daemon::offline_problems(loaded.declaration, connectors::builtin_spec)) {
    loaded.problems.push_back(std::move(problem));
  }
  const auto& all = loaded.declaration;
  auto problems = nlohmann::ordered_json::array();
  for (const auto& problem : loaded.problems) {
    problems.push_back(
        {{"file", problem.place.file}, {"line", problem.place.line}, {"message", problem.message}});
    if (!options.json) {
      std::fprintf(stderr, "%s\n", printable(declaration::to_string(problem)).c_str());
    }
  }
  if (options.json) {
    show_json({{"valid", loaded.problems.empty()},
               {"files", declared.files.size()},
               {"sources", all.sources.size()},
               {"destinations", all.destinations.size()},
               {"connections", all.connections.size()},
               {"problems", std::move(problems)}});
  } else if (loaded.problems.empty()) {
    fmt::print("{} sources, {} destinations, {} connections: no problem is seen from here\n",
               all.sources.size(), all.destinations.size(), all.connections.size());
  }
  return loaded.problems.empty() ? kDone : kUsage;
}

}  // namespace

void add_validate(CLI::App& app, Action& action) {
  auto options = std::make_shared<ValidateOptions>();
  auto* verb = app.add_subcommand("validate", "Check declarations, without a daemon");
  verb->add_option("paths", options->paths, "files, directories of *.yaml, or - for stdin")
      ->required();
  verb->add_flag("--json", options->json, "print JSON");
  verb->footer(
      "Says every problem with file and line: keys, types, names that lead nowhere, schedules, "
      "sync\nmodes, and configurations that do not fit a built-in connector. Nothing is asked and "
      "nothing is\ntouched: what a source really has, and what references stand for, `wharf diff` "
      "sees.\n\nExamples:\n  wharf validate shop.yaml\n  wharf validate /etc/wharf/conf.d\n\n"
      "Exit codes: 0 no problem, 2 there is one.");
  verb->callback([&action, options] { action = [options] { return validate(*options); }; });
}

}  // namespace wharf::cli
