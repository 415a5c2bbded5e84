#pragma once

#include <wharf/protocol/catalog.h>
#include <wharf/protocol/context.h>
#include <wharf/protocol/json.h>

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/ids.h"
#include "definition/resources.h"

namespace wharf::connection {

enum class ConnectionStatus { active, inactive };
std::string_view name_of(ConnectionStatus status);

/// How records may go. `automatic`: the ordered rules of data-plane 1.1 choose.
enum class Mode { automatic, socket, stdio };
std::string_view name_of(Mode mode);  ///< "auto", "socket", "stdio"

/// Who moves what, where to.
struct Connection {
  base::ConnectionId id;
  std::string name;
  base::SourceId source;
  base::DestinationId destination;
  ConnectionStatus status = ConnectionStatus::active;
  protocol::ConfiguredCatalog catalog;  ///< the source's names; modes as chosen
  protocol::NamespaceMapping mapping;
  Mode mode = Mode::automatic;
  definition::SideResources resources;  ///< go before those of its source and destination
  std::string managed_by = "file";
  /// When it runs by itself, as schedule/schedule_form.h reads it.
  protocol::JsonText schedule = R"({"type":"manual"})";
  /// What a job of it freezes beside the catalog (job::JobConfig).
  std::string config_hash;
  protocol::JsonText settings = "{}";
  bool resumable_full_refresh = false;
  base::WallTime created;                ///< read only
  std::string inactive_reason;           ///< read only: why the daemon itself has made it inactive
  bool is_deleted = false;               ///< read only
  std::optional<std::string> workspace;  ///< read only: where its source stands; none: the default
};

}  // namespace wharf::connection
