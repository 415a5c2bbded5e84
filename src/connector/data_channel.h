#pragma once

#include <wharf/error.h>
#include <wharf/protocol/context.h>
#include <wharf/record/wire.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wharf::connector {

/// Where records go and in which form (data-plane 1.3): no sockets means stdin and stdout, which
/// always speak JSON lines.
struct DataChannel {
  std::vector<std::string> sockets;
  record::WireForm form = record::WireForm::jsonl;

  bool is_stdio() const { return sockets.empty(); }
};

/// All that the environment says to a connector.
struct Surroundings {
  DataChannel channel;
  std::optional<protocol::Context> context;           ///< WHARF_CONTEXT
  std::optional<protocol::NamespaceMapping> mapping;  ///< of a destination in socket mode
};

/// The value of an environment variable, or null.
using Environment = std::function<const char*(const char*)>;

/// Reads the environment and the files it names. Fails with `invalid_config` on what it does not
/// know.
Result<Surroundings> read_surroundings(const Environment& environment);

/// A whole file. Fails with `invalid_config`, naming it.
Result<std::string> read_file(const std::string& path);

}  // namespace wharf::connector
