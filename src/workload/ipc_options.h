#pragma once

#include "workload/transport_choice.h"

#include <wharf/error.h>

#include <string_view>

namespace wharf::workload {

/// `connectorIPCOptions` as a definition keeps it: `{"dataChannel":{…}}` (data-plane 1.2). Enum
/// words may have any case. An unknown word or a missing key is an error: such a connector speaks
/// stdio.
Result<IpcOptions> parse_ipc_options(std::string_view json);
std::string to_json(const IpcOptions& options);

}  // namespace wharf::workload
