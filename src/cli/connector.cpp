#include "cli/verbs.h"
#include "connectors/builtin.h"

#include <CLI/CLI.hpp>

#include <memory>
#include <string>
#include <vector>

namespace wharf::cli {

void add_connector(CLI::App& app, Action& action) {
  struct Options {
    std::string name;
    std::vector<std::string> arguments;
  };
  auto options = std::make_shared<Options>();
  auto* verb = app.add_subcommand(
      "connector", "Run a built-in connector by hand, as an Airbyte image would be run");
  verb->add_option("name", options->name, "its name: see `wharf connectors`")->required();
  verb->prefix_command();
  verb->footer(R"(Verbs: spec | check --config F | discover --config F |
       read --config F --catalog F [--state F] | write --config F --catalog F |
       position --config F --catalog F

Examples:
  wharf connector source-faker spec
  wharf connector source-file discover --config file.json
  wharf connector source-faker read --config f.json --catalog c.json |
    wharf connector destination-jsonl write --config d.json --catalog c.json)");
  verb->callback([&action, verb, options] {
    options->arguments = verb->remaining();
    action = [options] { return connectors::run_builtin(options->name, options->arguments); };
  });
}

}  // namespace wharf::cli
