#pragma once

#include "docker/engine_error.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wharf::docker {

/// One question by HTTP. `target` is a path with its query, percent-encoded where need be.
struct HttpRequest {
  std::string method = "GET";
  std::string target;
  std::vector<std::pair<std::string, std::string>> headers = {};  ///< may hold secrets
  std::string content_type = {};
  std::string body = {};
};

/// What was answered, whatever its status.
struct HttpAnswer {
  unsigned status = 0;
  std::string api_version;  ///< the header `Api-Version`
  std::string body;

  bool success() const { return status >= 200 && status < 300; }
};

/// How long and how much. A whole answer has `patience` from the first byte of the question to the
/// last of the answer; a stream has it for each line. Zero: forever.
struct HttpLimits {
  std::chrono::milliseconds patience{std::chrono::seconds(30)};
  std::size_t body_bytes = 16 * 1024 * 1024;
  std::size_t line_bytes = 1024 * 1024;
};

/// An answer that comes line by line, on a connection of its own. Belongs to one strand; one next()
/// at a time. Destroyed, it hangs up.
class HttpLines {
 public:
  HttpLines(HttpLines&&) noexcept;
  HttpLines& operator=(HttpLines&&) noexcept;
  ~HttpLines();

  /// Never a refusal: its body has been read, and `refusal` has it.
  const std::optional<HttpAnswer>& refusal() const;

  /// The next line that is not empty, without its end; none when the answer is whole. Fails with
  /// `gone` where the answer is cut, `bad_answer` at a line over the limit or at what is no HTTP,
  /// `timed_out`. After a failure nothing more will come.
  boost::asio::awaitable<EngineResult<std::optional<std::string>>> next();

 private:
  friend class UnixHttp;
  struct State;
  explicit HttpLines(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

/// HTTP/1.1 over a Unix socket, a connection per request. Holds no connection and never changes, so
/// any strand may ask; nothing blocks. To outlive its calls, not what they return. A call that is
/// destroyed or cancelled closes its socket.
class UnixHttp {
 public:
  explicit UnixHttp(std::string socket) : socket_(std::move(socket)) {}

  const std::string& socket() const { return socket_; }

  /// The whole answer, its body bounded. Fails with `unreachable` (and says what to do), `gone`,
  /// `timed_out`, and `bad_answer` at what is no HTTP or is too large.
  boost::asio::awaitable<EngineResult<HttpAnswer>> ask(HttpRequest request,
                                                       HttpLimits limits = {}) const;

  /// Asks, and returns when the head of the answer is there. A refusal is read whole.
  boost::asio::awaitable<EngineResult<HttpLines>> open_lines(HttpRequest request,
                                                             HttpLimits limits = {}) const;

 private:
  std::string socket_;
};

}  // namespace wharf::docker
