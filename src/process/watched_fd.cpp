#include "process/watched_fd.h"

#include <fcntl.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <system_error>

namespace wharf::process {

namespace asio = boost::asio;

struct WatchedFd::Watch {
  explicit Watch(const asio::any_io_executor& executor) : descriptor(executor) {}
  asio::posix::stream_descriptor descriptor;
};

WatchedFd::WatchedFd(const asio::any_io_executor& executor, base::UniqueFd fd)
    : watch_(std::make_shared<Watch>(executor)) {
  const int flags = ::fcntl(fd.get(), F_GETFL);
  if (flags < 0 || ::fcntl(fd.get(), F_SETFL, flags | O_NONBLOCK) != 0) {
    throw std::system_error(errno, std::generic_category(), "make a descriptor non-blocking");
  }
  watch_->descriptor.assign(fd.get());
  fd.release();  // The descriptor has it only now that assign has not thrown.
}

WatchedFd::WatchedFd(WatchedFd&&) noexcept = default;

WatchedFd& WatchedFd::operator=(WatchedFd&& other) noexcept {
  if (this != &other) {
    close();
    watch_ = std::move(other.watch_);
  }
  return *this;
}

WatchedFd::~WatchedFd() {
  close();
}

int WatchedFd::get() const {
  return watch_ && watch_->descriptor.is_open() ? watch_->descriptor.native_handle() : -1;
}

asio::awaitable<bool> WatchedFd::await(std::shared_ptr<Watch> watch, bool to_read) {
  if (!watch || !watch->descriptor.is_open()) co_return false;
  const auto direction = to_read ? asio::posix::stream_descriptor::wait_read
                                 : asio::posix::stream_descriptor::wait_write;
  auto [error] =
      co_await watch->descriptor.async_wait(direction, asio::as_tuple(asio::use_awaitable));
  co_return !error;
}

asio::awaitable<bool> WatchedFd::readable() {
  return await(watch_, true);
}
asio::awaitable<bool> WatchedFd::writable() {
  return await(watch_, false);
}

void WatchedFd::cancel() {
  boost::system::error_code ignored;  // Nothing to cancel on a closed descriptor.
  if (watch_) watch_->descriptor.cancel(ignored);
}

void WatchedFd::close() {
  boost::system::error_code ignored;  // After close there is nothing left to do about its failing.
  if (watch_) watch_->descriptor.close(ignored);
}

base::UniqueFd WatchedFd::release() {
  if (get() < 0) return {};
  return base::UniqueFd(watch_->descriptor.release());
}

}  // namespace wharf::process
