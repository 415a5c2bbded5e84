#include "process/signals.h"

#include <pthread.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>

namespace wharf::process {
namespace {

sigset_t awaited_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, number);
  return set;
}

base::UniqueFd open_signalfd() {
  const auto set = awaited_signals();
  base::UniqueFd fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd) throw std::system_error(errno, std::generic_category(), "signalfd");
  return fd;
}

}  // namespace

void block_signals() {
  const auto set = awaited_signals();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGCHLD, SIG_DFL);
}

int await_signal() {
  const auto set = awaited_signals();
  int number = 0;
  while (::sigwait(&set, &number) != 0) {
  }
  return number;
}

void let_next_signal_end() {
  sigset_t ending;
  sigemptyset(&ending);
  for (const int number : {SIGTERM, SIGINT}) {
    ::signal(number, SIG_DFL);
    sigaddset(&ending, number);
  }
  ::pthread_sigmask(SIG_UNBLOCK, &ending, nullptr);
}

SignalStream::SignalStream(const boost::asio::any_io_executor& executor)
    : fd_(executor, open_signalfd()) {}

boost::asio::awaitable<int> SignalStream::next() {
  for (;;) {
    signalfd_siginfo info{};
    const auto count = ::read(fd_.get(), &info, sizeof info);
    if (count == static_cast<ssize_t>(sizeof info)) co_return static_cast<int>(info.ssi_signo);
    const bool more = co_await fd_.readable();
    if (!more) co_return 0;
  }
}

}  // namespace wharf::process
