#include "daemon/service_manager.h"

#include "base/unique_fd.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace wharf::daemon {
namespace {

namespace asio = boost::asio;

std::optional<long long> number_in(const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr) return std::nullopt;
  long long value = 0;
  const char* end = text + std::strlen(text);
  const auto read = std::from_chars(text, end, value);
  if (read.ec != std::errc() || read.ptr != end || value <= 0) return std::nullopt;
  return value;
}

}  // namespace

void tell_service_manager(std::string_view state) {
  const char* named = std::getenv("NOTIFY_SOCKET");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::size_t size = named == nullptr ? 0 : std::strlen(named);
  if (size == 0 || size >= sizeof address.sun_path) return;
  std::memcpy(address.sun_path, named, size);
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';  // an abstract name
  const base::UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket) return;
  (void)::sendto(socket.get(), state.data(), state.size(), MSG_NOSIGNAL,
                 reinterpret_cast<const sockaddr*>(&address),
                 static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + size));
}

std::string status_line(std::string_view text) {
  return "STATUS=" + std::string(text.substr(0, text.find('\n')));
}

std::string reloading_now() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();  // CLOCK_MONOTONIC
  const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
  return "RELOADING=1\nMONOTONIC_USEC=" + std::to_string(microseconds);
}

std::string more_time(std::chrono::microseconds time) {
  return "EXTEND_TIMEOUT_USEC=" + std::to_string(time.count());
}

std::optional<std::chrono::microseconds> watchdog_interval() {
  const auto interval = number_in("WATCHDOG_USEC");
  const bool is_of_another = number_in("WATCHDOG_PID").value_or(::getpid()) != ::getpid();
  if (!interval || is_of_another) return std::nullopt;
  return std::chrono::microseconds(*interval);
}

// Lives on one strand of the engine.
class Heartbeat::Beating : public std::enable_shared_from_this<Heartbeat::Beating> {
 public:
  Beating(const asio::any_io_executor& executor, std::chrono::microseconds interval)
      : strand_(asio::make_strand(executor)), timer_(strand_), pause_(interval / 2) {}

  void beat() {
    if (ended_) return;
    tell_service_manager("WATCHDOG=1");
    timer_.expires_after(pause_);
    timer_.async_wait([self = shared_from_this()](boost::system::error_code) { self->beat(); });
  }

  void begin() {
    asio::post(strand_, [self = shared_from_this()] { self->beat(); });
  }

  void end() {
    asio::post(strand_, [self = shared_from_this()] {
      self->ended_ = true;
      self->timer_.cancel();
    });
  }

 private:
  const asio::any_io_executor strand_;
  asio::steady_timer timer_;
  const std::chrono::microseconds pause_;
  bool ended_ = false;
};

Heartbeat::Heartbeat(const asio::any_io_executor& executor, std::chrono::microseconds interval)
    : beating_(std::make_shared<Beating>(executor, interval)) {
  beating_->begin();
}

Heartbeat::~Heartbeat() {
  beating_->end();
}

}  // namespace wharf::daemon
