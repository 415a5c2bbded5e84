#include "cli/verbs.h"
#include "definition/builtin_definitions.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

namespace wharf::cli {
namespace {

void print_json() {
  auto list = nlohmann::ordered_json::array();
  for (const auto& builtin : definition::builtin_definitions()) {
    list.push_back({{"name", builtin.name},
                    {"kind", definition::name_of(builtin.kind)},
                    {"definitionId", builtin.id},
                    {"dockerRepository", builtin.repository},
                    {"airbyteName", builtin.airbyte_name},
                    {"summary", builtin.summary}});
  }
  std::puts(list.dump(2).c_str());
}

void print_table() {
  for (const auto& builtin : definition::builtin_definitions()) {
    fmt::print("{:<20} {}\n", builtin.name, builtin.summary);
  }
  fmt::print(
      "\nAny other Airbyte-protocol program is named in a declaration by its command:\n"
      "  connector: {{command: [\"/opt/venvs/faker/bin/source-faker\"]}}\n");
}

}  // namespace

void add_connectors(CLI::App& app, Action& action) {
  auto json = std::make_shared<bool>(false);
  auto* verb = app.add_subcommand("connectors", "List the connectors that are built in");
  verb->add_flag("--json", *json, "print JSON");
  verb->footer("Example:\n  wharf connectors --json | jq -r '.[].name'");
  verb->callback([&action, json] {
    action = [json] {
      *json ? print_json() : print_table();
      return 0;
    };
  });
}

}  // namespace wharf::cli
