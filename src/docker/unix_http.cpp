#include "docker/unix_http.h"

#include "docker/unix_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/this_coro.hpp>
#include <boost/beast/core/flat_buffer.hpp>
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

constexpr std::uint32_t kHeaderBytes = 64 * 1024;
constexpr std::size_t kBufferBytes = 128 * 1024;  // a header, a chunk's head, or a read
constexpr std::size_t kPieceBytes = 16 * 1024;
constexpr auto kQuestionPatience = std::chrono::seconds(30);  // where an answer may take forever

std::string_view plain_view(beast::string_view text) {
  return {text.data(), text.size()};
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
