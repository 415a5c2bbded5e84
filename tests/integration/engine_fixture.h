#pragma once
// What tests with real children share: an engine, a directory that goes, and waiting with a bound.

#include <base/unique_fd.h>
#include <unistd.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>

namespace wharf::test {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using asio::awaitable;
using namespace std::chrono_literals;

/// A directory that goes when the test does.
struct Scratch {
  fs::path path;
  explicit Scratch(const char* parent = "/tmp") {
    std::string name = std::string(parent) + "/wharf-process-XXXXXX";
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;  // A test has failed already if its directory does not go.
    fs::remove_all(path, ignored);
  }
};

/// The engine's part: runs one coroutine to its end, and fails the test if that takes too long.
struct Engine {
  asio::io_context io{1};

  template <class T>
  T run(awaitable<T> work, std::chrono::seconds limit = 20s) {
    std::optional<T> result;
    asio::co_spawn(io, std::move(work), [&](std::exception_ptr failure, T value) {
      if (failure) std::rethrow_exception(failure);
      result = std::move(value);
    });
    io.restart();
    const auto until = std::chrono::steady_clock::now() + limit;
    while (!result && std::chrono::steady_clock::now() < until) io.run_one_for(100ms);
    if (!result) throw std::runtime_error("the test took too long");
    return std::move(*result);
  }
};

/// All bytes that stand in a FIFO; for children that have ended.
inline std::string drain(const base::UniqueFd& fd) {
  std::string text;
  char piece[65536];
  for (ssize_t count; (count = ::read(fd.get(), piece, sizeof piece)) > 0;) {
    text.append(piece, static_cast<std::size_t>(count));
  }
  return text;
}

inline bool comes_true(const std::function<bool()>& condition, std::chrono::seconds limit = 10s) {
  const auto until = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    ::usleep(2000);
  }
  return true;
}

/// Runs the tests of this program that `which` names once more, as an unprivileged user. Who is
/// that already has nothing to run.
inline bool holds_without_privileges(const std::string& which) {
  if (::geteuid() != 0) return true;
  const auto self = fs::read_symlink("/proc/self/exe").string();
  const auto command = "cd /tmp && setpriv --reuid=65534 --regid=65534 --clear-groups '" + self +
                       "' '" + which + "' >&2";
  return std::system(command.c_str()) == 0;
}

}  // namespace wharf::test
