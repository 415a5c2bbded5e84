#pragma once

#include "checkpoint/generation_table.h"
#include "connection/stream_choice.h"
#include "definition/resources.h"
#include "schedule/schedule.h"
#include "workload/transport_choice.h"

#include <wharf/protocol/context.h>
#include <wharf/protocol/state.h>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace wharf::declaration {

/// Where something stands in a declaration: for messages.
struct Place {
  std::string file;
  int line = 0;  ///< from 1; 0: the file as a whole
};

struct Problem {
  Place place;
  std::string message;
};
std::string to_string(const Problem& problem);  ///< `shop.yaml:12: unknown key …`

/// Which program is a connector: exactly one of built-in, command or image.
struct ConnectorReference {
  std::string builtin;               ///< canonical name: `source-file`
  std::vector<std::string> command;  ///< a foreign executable and its first arguments
  std::string image;
  definition::Resources resources;                               ///< of an image
  std::vector<std::pair<std::string, std::string>> environment;  ///< references unresolved
  std::string working_directory;
  std::optional<workload::IpcOptions> ipc;
  bool resumable_full_refresh = false;
  std::optional<std::chrono::seconds> max_between_messages;  ///< a source
  bool position = false;
  bool supports_refreshes = false;  ///< a destination that keeps a position does
};

/// A source or a destination.
struct Endpoint {
  Place place;
  std::string name;
  std::string id;  ///< empty: derived from the name (declared_id.h)
  ConnectorReference connector;
  /// JSON; `${env:…}`, `${file:…}` and `${secret:…}` stand in it unresolved
  std::string configuration = "{}";
  std::map<std::string, int> lines;            ///< JSON pointer into `configuration` → line
  definition::ScopedResources resources = {};  ///< of its containers
};

/// Where a connection's streams stood on another machine.
struct StartingState {
  protocol::StartState checkpoints;
  std::vector<checkpoint::Counters> counters;
};

struct Connection {
  Place place;
  std::string name;
  std::string id;  ///< empty: derived from the name
  std::string previous_name;
  std::string source;       ///< an Endpoint's name
  std::string destination;  ///< likewise
  bool active = true;
  workload::TransportFacts::Forced mode = workload::TransportFacts::Forced::automatic;
  schedule::Schedule schedule;  ///< the daemon's; a sync by hand runs whatever it says
  protocol::NamespaceMapping names;
  definition::SideResources resources;            ///< of its syncs' containers
  std::vector<connection::StreamChoice> streams;  ///< empty: every stream in its best mode
  std::vector<int> stream_lines;                  ///< of `streams`, one each
  std::optional<StartingState> state;  ///< counts for a connection that has no state of its own
};

/// What one file, or a directory of them, declares.
struct Declaration {
  std::vector<Endpoint> sources;
  std::vector<Endpoint> destinations;
  std::vector<Connection> connections;

  const Endpoint* source(const std::string& name) const;
  const Endpoint* destination(const std::string& name) const;
};

struct Loaded {
  Declaration declaration;
  std::vector<Problem> problems;  ///< every one; the declaration counts only if there is none
};

/// Reads YAML (or JSON). Relative paths in `configuration` and `command` stand as they are written:
/// `resolve_configuration` makes them absolute.
Loaded load(const std::string& path);
/// Every `*.yaml` and `*.yml` of a directory as one declaration: what one file declares, others may
/// name. A directory that is not there declares nothing.
Loaded load_directory(const std::string& path);
/// The same from a text; `path` names it in messages.
Loaded parse(const std::string& text, const std::string& path);

/// A file that somebody has read.
struct SourceFile {
  std::string path;
  std::string text;
};
/// Several of them as one declaration.
Loaded parse(const std::vector<SourceFile>& files);
/// Every `*.yaml` and `*.yml` of a directory, by name. Fails with invalid_argument if it cannot be
/// read.
Result<std::vector<std::string>> files_in(const std::string& directory);

}  // namespace wharf::declaration
