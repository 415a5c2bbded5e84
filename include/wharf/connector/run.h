#pragma once
// The runtime that all built-ins share. It speaks the Airbyte protocol exactly as an image does:
//   spec | check --config F | discover --config F | read --config F --catalog F [--state F]
//   write --config F --catalog F | position --config F --catalog F
// Environment: DATA_CHANNEL_MEDIUM (STDIO, SOCKET), DATA_CHANNEL_FORMAT (JSONL, PROTOBUF, BATCH),
// DATA_CHANNEL_SOCKET_PATHS, NAMESPACE_MAPPING_CONFIG_PATH, WHARF_CONTEXT.

#include <wharf/connector/destination.h>
#include <wharf/connector/source.h>

#include <span>
#include <string>

namespace wharf::connector {

/// Runs one verb of a source and returns the process's exit code: 0 done, 1 failed (an ERROR trace
/// says why), 2 wrong arguments. `arguments` begin with the verb.
int run_connector(Source& source, std::span<const std::string> arguments);
int run_connector(Destination& destination, std::span<const std::string> arguments);

}  // namespace wharf::connector
