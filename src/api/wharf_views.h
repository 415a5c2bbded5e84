#pragma once
// What `/api/wharf/v1` answers, as JSON. Times are RFC 3339 in UTC, with milliseconds; what is not
// there is left out.
//
//   Connection  connectionId name status inactiveReason? source{id name} destination{id name}
//               schedule{type …} nextRun? lastJob?: Job
//   Job         jobId connectionId connection status trigger createdAt startedAt? endedAt?
//               nextTryAt? cause attempts recordsCommitted bytesCommitted
//   Stream      name namespace? state recordsEmitted bytesEmitted recordsCommitted bytesCommitted
//               recordsRejected recordsEstimated? bytesEstimated? checkpointAt?

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "api/request.h"
#include "bookkeeper/stream_stats.h"
#include "connection/connection.h"
#include "job/job_summary.h"
#include "sqlite/transaction.h"

namespace wharf::api {

/// Keys keep their order: people read this.
Response wharf_response(const nlohmann::ordered_json& body);

/// The connection that a path's `{connection}` means: its id or its name. Throws Refused (404),
/// naming the nearest.
connection::Connection connection_meant(sqlite::Connection& store, const Request& request);

nlohmann::ordered_json streams_view(const bookkeeper::Streams& streams);

/// Connections as a list shows them, ordered by name; all, or the one of that id.
std::vector<nlohmann::ordered_json> connection_views(sqlite::Connection& store,
                                                     const base::ConnectionId* only);

/// Which jobs; newest first.
struct JobsWanted {
  std::string connection_id;  ///< empty: of any
  std::string status;         ///< empty: any
  std::int64_t id = 0;        ///< 0: any
  std::int64_t most = 20;
};
std::vector<nlohmann::ordered_json> job_views(sqlite::Connection& store, const JobsWanted& wanted);

}  // namespace wharf::api
