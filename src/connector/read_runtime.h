#pragma once

#include <wharf/connector/source.h>

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "connector/data_channel.h"
#include "connector/platform_output.h"
#include "connector/stop.h"

namespace wharf::connector {

/// The streams of a catalog as a source is asked for them, each with its part of the state.
std::vector<StreamRequest> stream_requests(const protocol::ConfiguredCatalog& catalog,
                                           const protocol::StartState& state,
                                           std::int64_t emitted_at);

/// The verb `read`: a thread for each connected socket, at most as many as the source can use, or
/// one that writes stdout. Throws Stopped or OutputClosed; answers false when the read failed and
/// an ERROR trace has said why.
bool run_read(Source& source, const nlohmann::json& config, std::vector<StreamRequest> requests,
              const DataChannel& channel, PlatformOutput& platform, const Stop& stop);

}  // namespace wharf::connector
