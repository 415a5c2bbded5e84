#pragma once

#include <string_view>

namespace wharf::daemon {

/// Tells systemd (sd_notify(3): a datagram to $NOTIFY_SOCKET) how things stand: `READY=1`,
/// `RELOADING=1`, `STOPPING=1`. Nobody there: nothing happens.
void tell_service_manager(std::string_view state);

}  // namespace wharf::daemon
