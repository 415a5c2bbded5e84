#pragma once

#include "bookkeeper/bookkeeper.h"
#include "replication/outcome.h"
#include "workload/workload_builder.h"

#include <boost/asio/awaitable.hpp>
#include <memory>

namespace wharf::replication {

/// What the bookkeeper is to know of an attempt; but for `on_failure`. Pure.
bookkeeper::BookedAttempt booked_attempt(const workload::AttemptInput& input, bool by_socket);

/// How an attempt looks when its books are closed. Pure.
bookkeeper::Ending books_ending(const AttemptFacts& facts);

/// The books of one attempt, as its strand reaches them. What is entered before they are open, or
/// after, changes nothing. The bookkeeper outlives it.
class AttemptBooks {
 public:
  explicit AttemptBooks(bookkeeper::Bookkeeper& bookkeeper) : bookkeeper_(bookkeeper) {}

  /// Opens them, once. Gives what displays look at.
  std::shared_ptr<const bookkeeper::Progress> open(bookkeeper::BookedAttempt attempt);
  bool is_open() const { return open_; }

  /// Enters an event, waiting for room: who waits reads on only then.
  boost::asio::awaitable<void> enter(bookkeeper::BookEvent event);
  /// A display's figure: where there is no room for it now, the next one says it as well.
  void show(bookkeeper::RowsCounted rows);

  /// Saves for the last time; what they say in the end. Only if they are open.
  boost::asio::awaitable<bookkeeper::BookSummary> close(bookkeeper::Ending ending);

 private:
  bookkeeper::Bookkeeper& bookkeeper_;
  base::AttemptId id_;
  bool open_ = false;
};

}  // namespace wharf::replication
