#include "connector/stop.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/time.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>

namespace wharf::connector {

namespace {

// What the handlers may touch: lock-free words only.
std::atomic<Stop*> g_stop{nullptr};
std::atomic<int> g_grace_millis{0};
std::array<struct sigaction, 3> g_former;

void on_stop_signal(int) {
  int saved = errno;
  if (Stop* stop = g_stop.load()) stop->ask();
  int millis = g_grace_millis.load();
  itimerval timer{};
  timer.it_value.tv_sec = millis / 1000;
  timer.it_value.tv_usec = (millis % 1000) * 1000;
  ::setitimer(ITIMER_REAL, &timer, nullptr);
  errno = saved;
}

void on_grace_over(int) {
  ::_exit(kTerminated);
}

void install(int signal, void (*handler)(int), struct sigaction& former) {
  struct sigaction action{};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  ::sigaction(signal, &action, &former);  // without SA_RESTART: a blocked write returns
}

}  // namespace

Stop::Stop() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!event_) throw std::system_error(errno, std::generic_category(), "eventfd");
}

void Stop::ask() noexcept {
  asked_.store(true, std::memory_order_relaxed);
  const std::uint64_t one = 1;
  // Fails only when the counter is full, and then it is readable anyway.
  [[maybe_unused]] auto written = ::write(event_.get(), &one, sizeof one);
}

StopOnSignal::StopOnSignal(Stop& stop, int grace_millis) {
  g_grace_millis = grace_millis;
  g_stop = &stop;
  install(SIGTERM, on_stop_signal, g_former[0]);
  install(SIGINT, on_stop_signal, g_former[1]);
  install(SIGALRM, on_grace_over, g_former[2]);
}

StopOnSignal::~StopOnSignal() {
  itimerval none{};
  ::setitimer(ITIMER_REAL, &none, nullptr);
  ::sigaction(SIGTERM, &g_former[0], nullptr);
  ::sigaction(SIGINT, &g_former[1], nullptr);
  ::sigaction(SIGALRM, &g_former[2], nullptr);
  g_stop = nullptr;
}

bool wait_ready(int fd, short events, const Stop& stop, int timeout_millis) {
  std::array<pollfd, 2> polled{{{fd, events, 0}, {stop.descriptor(), POLLIN, 0}}};
  int ready = ::poll(polled.data(), polled.size(), timeout_millis);
  if (ready < 0 && errno != EINTR) {
    throw std::system_error(errno, std::generic_category(), "poll");
  }
  stop.throw_if_asked();
  return ready > 0 && polled[0].revents != 0;
}

}  // namespace wharf::connector
