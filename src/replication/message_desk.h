#pragma once

#include <wharf/protocol/message.h>

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <vector>

#include "base/ids.h"
#include "bookkeeper/attempt_log.h"
#include "bookkeeper/failure_reason.h"
#include "replication/attempt_books.h"
#include "replication/attempt_machine.h"
#include "replication/attempt_services.h"

namespace wharf::replication {

/// Where what the connectors of one attempt say, records apart, gets to: states and counts into the
/// books, errors into the log and the verdict, new configurations into the store. Lives on the
/// attempt's strand; services, books and log outlive it.
class MessageDesk {
 public:
  using TakePosition = std::function<void(protocol::Position)>;
  using SourceName = std::function<protocol::StreamDescriptor(const protocol::StreamDescriptor&)>;

  MessageDesk(const AttemptServices& services, base::ConnectionId connection, AttemptBooks& books,
              bookkeeper::AttemptLog& log, TakePosition positioned);

  /// The destination knows its streams by other names: how the source calls them.
  void names_as_the_source(SourceName name) { source_name_ = std::move(name); }

  /// Done when the message is where it belongs: only then the next line is read.
  boost::asio::awaitable<void> take(Side side, protocol::Message message);

  /// The errors that the connectors spoke of, in order.
  std::vector<bookkeeper::ObservedTrace> take_traces() { return std::move(traces_); }

 private:
  boost::asio::awaitable<void> take_state(Side side, protocol::StateMessage state);
  boost::asio::awaitable<void> take_trace(Side side, protocol::TraceMessage trace);
  boost::asio::awaitable<void> take_config(Side side, protocol::JsonText config);
  void take_error(Side side, protocol::ErrorTrace error);
  void take_counts(const protocol::RecordMessage& record);

  const AttemptServices& services_;
  const base::ConnectionId connection_;
  AttemptBooks& books_;
  bookkeeper::AttemptLog& log_;
  const TakePosition positioned_;
  SourceName source_name_;
  std::vector<bookkeeper::ObservedTrace> traces_;
};

}  // namespace wharf::replication
