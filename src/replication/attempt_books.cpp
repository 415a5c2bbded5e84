#include "replication/attempt_books.h"

#include "operation/await.h"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <utility>

namespace wharf::replication {

namespace asio = boost::asio;
using asio::awaitable;
using bookkeeper::BookSummary;

bookkeeper::BookedAttempt booked_attempt(const workload::AttemptInput& input, bool by_socket) {
  bookkeeper::BookedAttempt books;
  books.id = input.claimed.attempt;
  books.connection = input.connection;
  for (const auto& stream : input.claimed.job.config.catalog.streams) {
    books.streams.push_back(stream.stream.descriptor);
  }
  books.complete = input.left_out;
  books.by_socket = by_socket;
  books.strict_counts =
      input.source.definition.is_builtin() && input.destination.definition.is_builtin();
  return books;
}

bookkeeper::Ending books_ending(const AttemptFacts& facts) {
  if (facts.stopped == StopCause::cancel) return bookkeeper::Ending::cancelled;
  const bool good = facts.failures.empty() && !facts.stopped;
  return good ? bookkeeper::Ending::succeeded : bookkeeper::Ending::failed;
}

std::shared_ptr<const bookkeeper::Progress> AttemptBooks::open(bookkeeper::BookedAttempt attempt) {
  id_ = attempt.id;
  auto progress = bookkeeper_.open(std::move(attempt));
  open_ = true;
  return progress;
}

awaitable<void> AttemptBooks::enter(bookkeeper::BookEvent event) {
  auto executor = co_await asio::this_coro::executor;
  for (;;) {
    auto room =
        std::make_shared<asio::steady_timer>(executor, asio::steady_timer::time_point::max());
    const bool taken = bookkeeper_.offer(id_, std::move(event), [room, executor] {
      asio::post(executor, [room] { room->cancel(); });
    });
    if (taken) co_return;
    boost::system::error_code woken;
    co_await room->async_wait(asio::redirect_error(asio::use_awaitable, woken));
  }
}

void AttemptBooks::show(bookkeeper::RowsCounted rows) {
  bookkeeper_.offer(id_, std::move(rows), [] {});
}

awaitable<BookSummary> AttemptBooks::close(bookkeeper::Ending ending) {
  auto closing = [this, ending](std::function<void(BookSummary)> done) {
    bookkeeper_.close(id_, ending, std::move(done));
  };
  auto summary = operation::called_back<BookSummary>(closing);
  co_return co_await std::move(summary);
}

}  // namespace wharf::replication
