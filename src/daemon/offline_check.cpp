#include "daemon/offline_check.h"

#include "connection/named_secrets.h"
#include "connection/references.h"
#include "connection/sync_mode.h"
#include "daemon/endpoint.h"
#include "protocol/json_schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

namespace wharf::daemon {
namespace {

using declaration::Problem;
using Modes = std::vector<protocol::DestinationSyncMode>;

class OfflineCheck {
 public:
  OfflineCheck(const declaration::Declaration& declaration, const BuiltinSpec& builtin_spec)
      : declaration_(declaration), builtin_spec_(builtin_spec) {}

  std::vector<Problem> run() {
    for (const auto& each : declaration_.sources) endpoint(each);
    for (const auto& each : declaration_.destinations) endpoint(each);
    for (const auto& each : declaration_.connections) modes(each);
    return std::move(problems_);
  }

 private:
  void endpoint(const declaration::Endpoint& declared) {
    const auto named = connection::named_secrets(declared.configuration);
    if (!named) problems_.push_back({declared.place, named.error().message});
    if (declared.connector.builtin.empty()) return;
    const auto spec = builtin_spec_(declared.connector.builtin);
    if (!spec) return;
    // Only whether a path is absolute hangs on the directory.
    const auto anchored = connection::anchored_configuration(
        declared.configuration, std::filesystem::path(declared.place.file).parent_path(), true);
    if (!anchored) return;
    const auto found = protocol::check_against_schema(*anchored, spec->connection_specification);
    if (!found) return;
    for (const auto& violation : *found) {
      if (!is_reference(declared, violation.pointer)) {
        problems_.push_back(problem_of_violation(declared, violation));
      }
    }
  }

  static bool is_reference(const declaration::Endpoint& declared, const std::string& pointer) {
    const auto places = connection::reference_like(declared.configuration);
    return std::find(places.begin(), places.end(), pointer) != places.end();
  }

  void modes(const declaration::Connection& connection) {
    const auto* to = declaration_.destination(connection.destination);
    if (to == nullptr || to->connector.builtin.empty()) return;
    const auto spec = builtin_spec_(to->connector.builtin);
    if (!spec) return;
    protocol::Stream any;
    any.supported_sync_modes = {protocol::SyncMode::full_refresh, protocol::SyncMode::incremental};
    for (std::size_t i = 0; i < connection.streams.size(); ++i) {
      const auto& choice = connection.streams[i];
      const auto* mode = connection::find_sync_mode(choice.sync_mode);
      if (mode == nullptr ||
          connection::is_available(*mode, any, spec->supported_destination_sync_modes))
        continue;
      problems_.push_back({{connection.place.file, connection.stream_lines[i]},
                           fmt::format("stream '{}': {} cannot do {}", choice.name,
                                       to->connector.builtin, mode->name)});
    }
  }

  const declaration::Declaration& declaration_;
  const BuiltinSpec& builtin_spec_;
  std::vector<Problem> problems_;
};

}  // namespace

std::vector<Problem> offline_problems(const declaration::Declaration& declaration,
                                      const BuiltinSpec& builtin_spec) {
  return OfflineCheck(declaration, builtin_spec).run();
}

}  // namespace wharf::daemon
