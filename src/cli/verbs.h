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
void add_state(CLI::App& app, Action& action);
void add_connectors(CLI::App& app, Action& action);
void add_connector(CLI::App& app, Action& action);

}  // namespace wharf::cli
