#pragma once

#include "connection/connection.h"
#include "replication/record_line.h"
#include "replication/stdio_pump.h"
#include "workload/workload_builder.h"

#include <wharf/error.h>

#include <string>
#include <vector>

namespace wharf::replication {

/// Which road the records of an attempt take, by the ordered rules of data-plane 1.1. `usual`: the
/// limits of images whose definition has none.
Result<workload::Transport> choose_road(const workload::AttemptInput& input,
                                        connection::Mode wanted,
                                        const definition::Resources& usual = {});
/// For log and display: `socket, PROTOBUF, 2 sockets: both connectors have sockets`.
std::string describe(const workload::Transport& road);

/// The streams of the stdio pump: names mapped, and the exact lane where fields were chosen, or
/// where a foreign source must be held to its primary key.
std::vector<PumpStream> pump_streams(const workload::AttemptInput& input);
/// What else the pump is to know of the attempt.
StdioPump::Options pump_options(const workload::AttemptInput& input);

}  // namespace wharf::replication
