#pragma once
// A function per verb: it adds its subcommand to the command line. What a verb does when it is
// chosen, it stores as the action; its result is the exit code.

#include <functional>

namespace CLI {
class App;
}

namespace wharf::cli {

using Action = std::function<int()>;

void add_sync(CLI::App& app, Action& action);
void add_serve(CLI::App& app, Action& action);
void add_credentials(CLI::App& app, Action& action);
void add_operations(CLI::App& app, Action& action);  ///< check, discover, spec
void add_status(CLI::App& app, Action& action);      ///< status, connections, sources, …, resume
void add_jobs(CLI::App& app, Action& action);        ///< jobs, cancel
void add_logs(CLI::App& app, Action& action);
void add_upkeep(CLI::App& app, Action& action);   ///< doctor, backup, restore
void add_secrets(CLI::App& app, Action& action);  ///< secrets rotate-key
void add_state(CLI::App& app, Action& action);
void add_validate(CLI::App& app, Action& action);
void add_plan(CLI::App& app, Action& action);  ///< diff, apply
void add_export(CLI::App& app, Action& action);
void add_connectors(CLI::App& app, Action& action);
void add_connector(CLI::App& app, Action& action);

}  // namespace wharf::cli
