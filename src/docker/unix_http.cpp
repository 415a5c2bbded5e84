#include "docker/unix_http.h"

#include <fmt/format.h>
#include <grp.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/rate_policy.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

namespace wharf::docker {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

using UnixStream = beast::basic_stream<asio::local::stream_protocol, asio::any_io_executor,
                                       beast::unlimited_rate_policy>;

constexpr auto kAnswered = asio::as_tuple(asio::use_awaitable);
constexpr std::uint32_t kHeaderBytes = 64 * 1024;
constexpr std::size_t kBufferBytes = 128 * 1024;  // a header, a chunk's head, or a read
constexpr std::size_t kPieceBytes = 16 * 1024;
constexpr auto kQuestionPatience = std::chrono::seconds(30);  // where an answer may take forever
constexpr auto kConnectPause = std::chrono::milliseconds(20);

std::string_view plain_view(beast::string_view text) {
  return {text.data(), text.size()};
}

void allow(UnixStream& stream, std::chrono::milliseconds patience) {
  if (patience.count() > 0) {
    stream.expires_after(patience);
  } else {
    stream.expires_never();
  }
}

std::string owner_group(const std::string& socket) {
  struct stat status{};
  if (::stat(socket.c_str(), &status) != 0) return "docker";
  const group* const found = ::getgrgid(status.st_gid);
  return found != nullptr ? found->gr_name : std::to_string(status.st_gid);
}

EngineError unreachable(const std::string& socket, const error_code& why) {
  std::string advice = why.message();
  if (why == boost::system::errc::no_such_file_or_directory) {
    advice = "there is no such socket: start the engine, or say where it is with docker.host";
  } else if (why == boost::system::errc::connection_refused) {
    advice = "nobody listens there: the engine does not run";
  } else if (why == boost::system::errc::permission_denied) {
    advice =
        fmt::format("permission denied; the socket's group is '{}': Wharf's user must be in it",
                    owner_group(socket));
  }
  return {EngineFault::unreachable, fmt::format("engine at {}: {}", socket, advice)};
}

// What a failure after the connect means.
EngineError broken_off(const std::string& socket, const error_code& why) {
  if (why == beast::error::timeout) {
    return {EngineFault::timed_out, fmt::format("engine at {}: no answer in time", socket)};
  }
  if (why == asio::error::operation_aborted) {
    return {EngineFault::cancelled, fmt::format("engine at {}: no longer asked", socket)};
  }
  if (why == http::error::body_limit || why == http::error::header_limit) {
    return {EngineFault::bad_answer, fmt::format("engine at {}: the answer is too large", socket)};
  }
  const bool cut = why == http::error::end_of_stream || why == http::error::partial_message;
  if (cut || why.category() != http::make_error_code(http::error::bad_version).category()) {
    return {EngineFault::gone,
            fmt::format("engine at {}: it hung up in the middle of an answer ({})", socket,
                        why.message())};
  }
  return {EngineFault::bad_answer,
          fmt::format("engine at {}: the answer is no HTTP ({})", socket, why.message())};
}

bool is_one_line(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; });
}

using WireRequest = http::request<http::string_body>;

EngineResult<WireRequest> wire_request(HttpRequest request) {
  bool safe = is_one_line(request.target) && request.target.find(' ') == std::string::npos;
  for (const auto& [name, value] : request.headers) safe = safe && is_one_line(name + value);
  if (!safe) {
    return EngineError{EngineFault::refused, "a question with a line end or a space in its head"};
  }
  WireRequest wire;
  wire.version(11);
  wire.method_string(request.method);
  wire.target(request.target);
  wire.set(http::field::host, "localhost");
  wire.set(http::field::user_agent, "wharf");
  wire.set(http::field::connection, "close");
  if (!request.content_type.empty()) wire.set(http::field::content_type, request.content_type);
  for (const auto& [name, value] : request.headers) wire.set(name, value);
  wire.body() = std::move(request.body);
  wire.prepare_payload();
  return wire;
}

// A connect to a socket whose backlog is full seems to succeed: only the peer's name tells.
asio::awaitable<EngineResult<void>> connect(UnixStream& stream, const std::string& socket,
                                            std::chrono::milliseconds patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  const asio::local::stream_protocol::endpoint endpoint(socket);
  asio::steady_timer pause(stream.get_executor());
  while (true) {
    auto [error] = co_await stream.async_connect(endpoint, kAnswered);
    const bool in_time = std::chrono::steady_clock::now() < until;
    if (error == beast::error::timeout) co_return broken_off(socket, error);
    if (error && error != asio::error::try_again) co_return unreachable(socket, error);
    error_code unconnected;
    stream.socket().remote_endpoint(unconnected);
    if (!error && !unconnected) co_return EngineResult<void>();
    if (!in_time) co_return broken_off(socket, beast::error::timeout);
    stream.socket().close(unconnected);
    pause.expires_after(kConnectPause);
    auto [stopped] = co_await pause.async_wait(kAnswered);
    if (stopped) co_return broken_off(socket, stopped);
  }
}

// Connects and sends. An engine may refuse before it has read a body whole, so a failed write is
// none yet: what counts is whether an answer stands there.
asio::awaitable<EngineResult<void>> put_question(UnixStream& stream, const std::string& socket,
                                                 WireRequest& wire, HttpLimits limits) {
  const auto patience = limits.patience.count() > 0 ? limits.patience : kQuestionPatience;
  allow(stream, patience);
  auto connected = co_await connect(stream, socket, patience);
  if (!connected) co_return connected;
  auto [error, size] = co_await http::async_write(stream, wire, kAnswered);
  const bool hung_up = error == asio::error::broken_pipe || error == asio::error::connection_reset;
  if (error && !hung_up) co_return broken_off(socket, error);
  if (limits.patience.count() == 0) stream.expires_never();
  co_return EngineResult<void>();
}

template <class Parser>
void set_head(HttpAnswer& answer, const Parser& parser) {
  answer.status = parser.get().result_int();
  answer.api_version = plain_view(parser.get()["Api-Version"]);
}

}  // namespace

asio::awaitable<EngineResult<HttpAnswer>> UnixHttp::ask(HttpRequest request,
                                                        HttpLimits limits) const {
  auto wire = wire_request(std::move(request));
  if (!wire) co_return std::move(wire).error();
  const auto executor = co_await asio::this_coro::executor;
  UnixStream stream(executor);
  auto asked = co_await put_question(stream, socket_, *wire, limits);
  if (!asked) co_return std::move(asked).error();

  http::response_parser<http::string_body> parser;
  parser.header_limit(kHeaderBytes);
  parser.body_limit(limits.body_bytes);
  beast::flat_buffer buffer(kBufferBytes);
  auto [error, size] = co_await http::async_read(stream, buffer, parser, kAnswered);
  if (error) co_return broken_off(socket_, error);
  HttpAnswer answer;
  set_head(answer, parser);
  answer.body = std::move(parser.get().body());
  co_return answer;
}

struct HttpLines::State {
  State(const asio::any_io_executor& executor, std::string socket_path, HttpLimits bounds)
      : stream(executor), socket(std::move(socket_path)), limits(bounds) {
    parser.header_limit(kHeaderBytes);
    parser.body_limit(boost::none);
  }

  // The next whole line of `text`, or what stands there when the answer is whole.
  std::optional<std::string> take_line() {
    while (taken < text.size()) {
      auto end = text.find('\n', std::max(scanned, taken));
      scanned = text.size();
      if (end == std::string::npos) {
        if (!parser.is_done()) return std::nullopt;
        end = text.size();
      }
      auto line = text.substr(taken, end - taken);
      taken = scanned = std::min(end + 1, text.size());
      while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
      if (!line.empty()) return line;
    }
    return std::nullopt;
  }

  // What one read brings. The line that has begun moves to the front first.
  asio::awaitable<error_code> read_some() {
    text.erase(0, taken);
    taken = 0;
    scanned = text.size();
    auto& body = parser.get().body();
    body.data = piece.data();
    body.size = piece.size();
    body.more = true;
    auto [error, size] = co_await http::async_read_some(stream, buffer, parser, kAnswered);
    text.append(piece.data(), piece.size() - body.size);
    co_return error == http::error::need_buffer ? error_code() : error;
  }

  EngineError fail(EngineError error) {
    error_code ignored;  // There is nothing left to do about a socket that does not close.
    stream.socket().close(ignored);
    failure = error;
    return error;
  }

  UnixStream stream;
  const std::string socket;
  const HttpLimits limits;
  beast::flat_buffer buffer{kBufferBytes};
  http::response_parser<http::buffer_body> parser;
  std::array<char, kPieceBytes> piece{};
  std::string text;  // read, and not given out from taken on
  std::size_t taken = 0;
  std::size_t scanned = 0;  // holds no line end from taken to here
  std::optional<EngineError> failure;
  std::optional<HttpAnswer> refusal;
};

HttpLines::HttpLines(std::unique_ptr<State> state) : state_(std::move(state)) {}
HttpLines::HttpLines(HttpLines&&) noexcept = default;
HttpLines& HttpLines::operator=(HttpLines&&) noexcept = default;
HttpLines::~HttpLines() = default;

const std::optional<HttpAnswer>& HttpLines::refusal() const {
  return state_->refusal;
}

asio::awaitable<EngineResult<std::optional<std::string>>> HttpLines::next() {
  State& state = *state_;
  if (state.failure) co_return *state.failure;
  allow(state.stream, state.limits.patience);
  while (true) {
    if (auto line = state.take_line()) {
      if (line->size() <= state.limits.line_bytes) co_return line;
      break;
    }
    if (state.parser.is_done()) co_return std::optional<std::string>();
    if (state.text.size() - state.taken > state.limits.line_bytes) break;
    auto error = co_await state.read_some();
    if (error) co_return state.fail(broken_off(state.socket, error));
  }
  co_return state.fail(
      {EngineFault::bad_answer, fmt::format("engine at {}: a line of more than {} bytes",
                                            state.socket, state.limits.line_bytes)});
}

asio::awaitable<EngineResult<HttpLines>> UnixHttp::open_lines(HttpRequest request,
                                                              HttpLimits limits) const {
  auto wire = wire_request(std::move(request));
  if (!wire) co_return std::move(wire).error();
  const auto executor = co_await asio::this_coro::executor;
  auto state = std::make_unique<HttpLines::State>(executor, socket_, limits);
  auto asked = co_await put_question(state->stream, socket_, *wire, limits);
  if (!asked) co_return std::move(asked).error();
  auto [error, size] =
      co_await http::async_read_header(state->stream, state->buffer, state->parser, kAnswered);
  if (error) co_return broken_off(socket_, error);
  HttpAnswer head;
  set_head(head, state->parser);
  if (head.success()) co_return HttpLines(std::move(state));
  while (!state->parser.is_done() && head.body.size() <= limits.body_bytes) {
    auto failure = co_await state->read_some();
    if (failure) co_return broken_off(socket_, failure);
    head.body.append(state->text);
    state->taken = state->text.size();
  }
  state->refusal = std::move(head);
  co_return HttpLines(std::move(state));
}

}  // namespace wharf::docker
