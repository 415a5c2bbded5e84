#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace wharf::daemon {

/// Tells systemd (sd_notify(3): a datagram to $NOTIFY_SOCKET) how things stand: lines of `READY=1`,
/// `STOPPING=1`, `STATUS=…`. Nobody there: nothing happens.
void tell_service_manager(std::string_view state);

/// `STATUS=` and the first line of a text.
std::string status_line(std::string_view text);

/// `RELOADING=1` with the moment, which a unit of the type notify-reload waits for.
std::string reloading_now();

/// `EXTEND_TIMEOUT_USEC=`: a start or stop takes up to so long from now, whatever the unit says.
std::string more_time(std::chrono::microseconds time);

/// How often systemd wants a sign of life of this process ($WATCHDOG_USEC); none: it does not.
std::optional<std::chrono::microseconds> watchdog_interval();

/// Gives systemd its signs of life, two in each interval, from a timer of the engine: an engine
/// that hangs gives none, and systemd starts another daemon.
class Heartbeat {
 public:
  Heartbeat(const boost::asio::any_io_executor& executor, std::chrono::microseconds interval);
  ~Heartbeat();

 private:
  class Beating;
  std::shared_ptr<Beating> beating_;
};

}  // namespace wharf::daemon
