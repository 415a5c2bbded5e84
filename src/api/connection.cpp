#include "api/connection.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <stdexcept>
#include <utility>

#include "api/response_head.h"
#include "base/uuid.h"
#include "replication/await.h"

namespace wharf::api {

namespace asio = boost::asio;
using asio::awaitable;

namespace {

constexpr std::chrono::milliseconds kLingerTime{1000};
constexpr std::size_t kLingerBytes = 16 * 1024 * 1024;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

// To what no route has answered.
Response response_to(const Problem& problem) {
  return answer_of(problem, Base::root, base::random_uuid());
}

Response too_many_followers() {
  return json_response(R"({"message":"Too many logs are being followed; try again in a minute."})",
                       429);
}

}  // namespace

template <class T>
awaitable<T> Hall::on_handler_thread(std::function<T()> f) {
  auto start = [this, &f](std::function<void(std::shared_ptr<T>)> callback) {
    const bool taken =
        threads.run([f = std::move(f), callback] { callback(std::make_shared<T>(f())); });
    if (!taken) callback(nullptr);
  };
  auto calling = replication::called_back<std::shared_ptr<T>>(start);
  std::shared_ptr<T> given = co_await std::move(calling);
  if (!given) throw std::runtime_error("the system has no thread for a handler");
  co_return std::move(*given);
}

Connection::Connection(Hall& hall, Others& others, base::UniqueFd fd, Peer peer)
    : hall_(hall),
      others_(others),
      peer_(peer),
      fd_(hall.strand, std::move(fd)),
      deadline_(hall.strand),
      nap_(hall.strand),
      requests_left_(hall.limits.requests_per_connection) {
  others_.enter(this);
}

Connection::~Connection() {
  others_.leave(this);
}

awaitable<void> Connection::serve() {
  for (;;) {
    const bool something = co_await await_request();
    if (!something) co_return;

    Share body(hall_.body_bytes);
    auto receiving = receive(body);
    std::optional<Problem> problem = co_await std::move(receiving);
    if (problem) {
      auto refusing = refuse(std::move(*problem));
      co_await std::move(refusing);
      co_return;
    }
    if (!reader_->complete()) co_return;

    const bool goes_on = co_await answer();
    if (!goes_on) break;
  }
  co_await linger();
}

awaitable<void> Connection::turn_away() {
  auto refusing =
      refuse(service_unavailable("There are too many connections at once; try again in a moment."));
  co_await std::move(refusing);
}

void Connection::finish() {
  finished_ = true;
  nap_.cancel();
  if (phase_ != Phase::idle && phase_ != Phase::reading) return;
  expired_ = true;
  fd_.cancel();
}

void Connection::abort() {
  finished_ = expired_ = true;
  nap_.cancel();
  fd_.close();
}

awaitable<bool> Connection::await_request() {
  if (finished_) co_return false;
  if (reader_ && reader_->begun()) co_return true;
  reader_.reset();
  phase_ = Phase::idle;
  within(hall_.limits.idle_time);
  others_.idle(this, hall_.clock.steady());
  const bool something = co_await fd_.readable();
  co_return something && !expired_;
}

// Leaves with a problem, with a complete request, or with neither if the other side has gone.
awaitable<std::optional<Problem>> Connection::receive(Share& body) {
  const auto& limits = hall_.limits;
  if (!reader_) reader_.emplace(limits.header_bytes, limits.body_bytes);
  phase_ = Phase::reading;
  within(limits.header_time);
  // Until its header is there a request counts as no work: one that trickles in makes room, too.
  others_.idle(this, hall_.clock.steady());
  bool in_body = false;
  for (;;) {
    auto problem = reader_->parse();
    if (problem) co_return problem;
    if (reader_->header_read()) others_.busy(this);
    body.set(reader_->body_bytes());
    if (reader_->complete()) break;
    if (hall_.body_bytes > limits.bodies_bytes)
      co_return service_unavailable("Too much is being uploaded at once; try again in a moment.");
    if (!in_body && reader_->header_read()) {
      in_body = true;
      within(limits.body_time);
    }
    if (reader_->takes_continue()) {
      const bool said = co_await write(kContinue, {});
      if (!said) co_return std::nullopt;
    }
    const bool filled = co_await fill();
    if (filled) continue;
    if (expired_ && !finished_ && reader_->begun())
      co_return request_timeout("The request did not arrive whole in time.");
    co_return std::nullopt;
  }
  co_return std::nullopt;
}

// More bytes for the reader; false at the end, and when the deadline has passed.
awaitable<bool> Connection::fill() {
  while (!expired_ && fd_.get() >= 0) {
    const auto space = reader_->space();
    const auto count = ::recv(fd_.get(), space.data(), space.size(), 0);
    if (count > 0) {
      reader_->filled(static_cast<std::size_t>(count));
      co_return true;
    }
    if (count == 0) co_return false;
    if (errno == EINTR) continue;
    if (errno != EAGAIN) co_return false;
    const bool more = co_await fd_.readable();
    if (!more) co_return false;
  }
  co_return false;
}

// Has the request handled and sends what comes back. False: the connection ends here.
awaitable<bool> Connection::answer() {
  phase_ = Phase::handling;
  deadline_.cancel();
  Manner manner;
  const bool asks_more = reader_->keep_alive();
  manner.chunks = !reader_->is_http_1_0();
  auto request = std::make_shared<Request>(reader_->take());
  request->peer = peer_;
  manner.method = request->method;

  std::function<Response()> handle = [&hall = hall_, request] {
    if (hall.cut) return response_to(service_unavailable("The daemon is shutting down."));
    return hall.entrance.answer(std::move(*request));
  };
  auto handling = hall_.on_handler_thread(std::move(handle));
  Response response = co_await std::move(handling);

  const bool ends_by_closing = response.pieces && !manner.chunks;
  --requests_left_;
  manner.keep_alive = asks_more && requests_left_ > 0 && !finished_ && !ends_by_closing;
  auto sending = send(std::move(response), manner);
  const bool sent = co_await std::move(sending);
  co_return sent&& manner.keep_alive;
}

awaitable<bool> Connection::send(Response response, Manner manner) {
  phase_ = Phase::writing;
  Share follower(hall_.followers);
  if (response.pieces && response.pieces->farewell) {
    if (hall_.followers >= hall_.limits.followers)
      response = too_many_followers();
    else
      follower.set(1);
  }
  const Ending ending = !response.pieces ? Ending::length
                        : manner.chunks  ? Ending::chunks
                                         : Ending::close;
  const std::string head = head_of(response, ending, manner.keep_alive, hall_.clock.wall());
  const bool bodiless = manner.method == Method::head;
  within(hall_.limits.write_time);
  bool sent = co_await write(head, bodiless ? std::string_view() : response.body);
  if (sent && response.pieces && !bodiless) {
    auto sending = send_pieces(std::move(*response.pieces), manner.chunks);
    sent = co_await std::move(sending);
  }
  deadline_.cancel();
  co_return sent;
}

// What a handler cannot make any more leaves the body without its end: the client notices.
std::optional<Piece> Connection::piece_of(const std::function<Piece()>& next) const noexcept {
  try {
    return next();
  } catch (const std::exception& error) {
    hall_.log.error("answer_broke_off", {{"what", error.what()}});
    return std::nullopt;
  }
}

awaitable<bool> Connection::send_pieces(Pieces pieces, bool chunked) {
  const auto until = hall_.clock.steady() + hall_.limits.follow_time;
  const std::function<Piece()> last = [&pieces] { return Piece{pieces.farewell(), {}}; };
  for (;;) {
    const bool over = pieces.farewell && (finished_ || hall_.clock.steady() >= until);
    std::function<std::optional<Piece>()> make = [this, &next = over ? last : pieces.next, over] {
      auto piece = piece_of(next);
      if (piece && over) piece->then = Piece::Then::end;
      return piece;
    };
    auto making = hall_.on_handler_thread(std::move(make));
    const std::optional<Piece> piece = co_await std::move(making);
    if (!piece) co_return false;

    const std::string wire = chunked ? chunk_of(piece->text) : piece->text;
    within(hall_.limits.write_time);
    const bool written = co_await write(wire, {});
    if (!written || peer_is_gone()) co_return false;
    if (piece->then == Piece::Then::end) break;
    if (piece->then == Piece::Then::wait) co_await pause(hall_.limits.follow_pause);
  }
  if (!chunked) co_return true;
  const bool ended = co_await write(kLastChunk, {});
  co_return ended;
}

awaitable<void> Connection::refuse(Problem problem) {
  auto sending = send(response_to(problem), Manner{});
  const bool sent = co_await std::move(sending);
  if (sent) co_await linger();
}

awaitable<bool> Connection::write(std::string_view head, std::string_view body) {
  std::array<std::string_view, 2> rest{head, body};
  while (!rest[0].empty() || !rest[1].empty()) {
    if (expired_ || fd_.get() < 0) co_return false;
    std::array<iovec, 2> pieces{};
    for (std::size_t at = 0; at < rest.size(); ++at)
      pieces[at] = {const_cast<char*>(rest[at].data()), rest[at].size()};
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = pieces.size();
    const auto count = ::sendmsg(fd_.get(), &message, MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno != EAGAIN) co_return false;
    if (count < 0) {
      const bool room = co_await fd_.writable();
      if (!room) co_return false;
      continue;
    }
    auto written = static_cast<std::size_t>(count);
    for (auto& part : rest) {
      const auto taken = std::min(written, part.size());
      part.remove_prefix(taken);
      written -= taken;
    }
  }
  co_return true;
}

awaitable<void> Connection::pause(std::chrono::milliseconds time) {
  if (finished_) co_return;
  nap_.expires_after(time);
  co_await nap_.async_wait(asio::as_tuple(asio::use_awaitable));
}

// Closing a socket with unread bytes in it resets the connection, and the reset overtakes the
// answer. So the rest is read first, as long as it is not too much.
awaitable<void> Connection::linger() {
  if (fd_.get() < 0) co_return;
  ::shutdown(fd_.get(), SHUT_WR);
  within(kLingerTime);
  std::size_t read = 0;
  std::array<char, 4096> unwanted;
  while (!expired_ && fd_.get() >= 0 && read < kLingerBytes) {
    const auto count = ::recv(fd_.get(), unwanted.data(), unwanted.size(), 0);
    if (count > 0) {
      read += static_cast<std::size_t>(count);
      continue;
    }
    if (count == 0 || (errno != EAGAIN && errno != EINTR)) co_return;
    const bool more = co_await fd_.readable();
    if (!more) co_return;
  }
}

bool Connection::peer_is_gone() const {
  char byte = 0;
  return fd_.get() < 0 || ::recv(fd_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

// One deadline for all of what comes next, until it is set anew.
void Connection::within(std::chrono::milliseconds time) {
  if (fd_.get() >= 0) expired_ = false;
  deadline_.expires_after(time);
  deadline_.async_wait([weak = weak_from_this()](boost::system::error_code cancelled) {
    const auto self = weak.lock();
    const auto now = asio::steady_timer::clock_type::now();
    // The timer may have been set anew while this call was already on its way.
    if (cancelled || !self || self->deadline_.expiry() > now) return;
    self->expired_ = true;
    self->fd_.cancel();
  });
}

}  // namespace wharf::api
