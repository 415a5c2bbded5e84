#pragma once

#include <wharf/protocol/catalog.h>
#include <wharf/record/wire.h>

#include <optional>
#include <string>
#include <vector>

namespace wharf::workload {

enum class Medium { socket, stdio };
std::string_view name_of(Medium medium);  ///< "SOCKET", "STDIO"

/// What a connector's definition says of its data channel (data-plane 1.2).
struct IpcOptions {
  std::string version;
  std::vector<record::WireForm> serializations;
  std::vector<Medium> media;
};

/// What the choice depends on; one per attempt.
struct TransportFacts {
  enum class Forced { automatic, socket, stdio };
  Forced forced = Forced::automatic;
  std::optional<IpcOptions> source;
  std::optional<IpcOptions> destination;
  bool has_mappers = false;
  bool one_end_is_ours = false;  ///< mappers then run in that end, on either road
  bool is_clear = false;
  int source_cpus = 1;
  int destination_cpus = 1;
};

struct Transport {
  Medium medium = Medium::stdio;
  record::WireForm form = record::WireForm::jsonl;
  int sockets = 0;
  std::string reason;  ///< for the log: which rule decided
};

/// Socket or stdio, by the ordered rules of data-plane 1.1. Forcing sockets upon connectors that do
/// not have them is an error; two connectors without a common form fall back to stdio.
Result<Transport> choose_transport(const TransportFacts& facts);

}  // namespace wharf::workload
