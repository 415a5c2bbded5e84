#include "cli/cli.h"

#include "cli/exit_code.h"
#include "cli/verbs.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>

namespace wharf::cli {
namespace {

// Usage errors of CLI11 all end as 2; asking for help is no error.
int end_of_parse(const CLI::App& app, const CLI::ParseError& error) {
  const int code = app.exit(error);
  return code == kDone ? kDone : kUsage;
}

}  // namespace

int run(int argc, char** argv) {
  CLI::App app{
      "Wharf moves data from Airbyte sources to Airbyte destinations, and never loses or "
      "doubles a row.",
      "wharf"};
  app.require_subcommand(1);
  app.set_version_flag("--version", WHARF_VERSION);
  app.footer(
      "Begin with:  wharf sync -f conf/quickstart.yaml\n"
      "Each verb explains itself:  wharf sync --help");
  Action action;
  add_sync(app, action);
  add_serve(app, action);
  add_credentials(app, action);
  add_operations(app, action);
  add_status(app, action);
  add_jobs(app, action);
  add_logs(app, action);
  add_state(app, action);
  add_validate(app, action);
  add_plan(app, action);
  add_export(app, action);
  add_upkeep(app, action);
  add_secrets(app, action);
  add_connectors(app, action);
  add_connector(app, action);
  try {
    app.parse(argc, argv);
    return action();
  } catch (const CLI::ParseError& error) {
    return end_of_parse(app, error);
  } catch (const Failure& failure) {
    std::fprintf(stderr, "wharf: %s\n", failure.what());
    return exit_code_of(failure.error().code);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "wharf: %s\n", error.what());
    return kEnvironment;
  }
}

}  // namespace wharf::cli
