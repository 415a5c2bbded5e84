#include "replication/message_desk.h"

#include <fmt/format.h>

#include "connection/connection_table.h"
#include "connection/sealing.h"
#include "replication/await.h"

namespace wharf::replication {

using bookkeeper::LogSource;
using boost::asio::awaitable;
using Level = protocol::LogMessage::Level;

MessageDesk::MessageDesk(const AttemptServices& services, base::ConnectionId connection,
                         AttemptBooks& books, bookkeeper::AttemptLog& log, TakePosition positioned)
    : services_(services),
      connection_(std::move(connection)),
      books_(books),
      log_(log),
      positioned_(std::move(positioned)) {}

awaitable<void> MessageDesk::take(Side side, protocol::Message message) {
  const bool from_destination = side == Side::destination;
  if (auto* state = std::get_if<protocol::StateMessage>(&message)) {
    co_await take_state(side, std::move(*state));
  } else if (auto* trace = std::get_if<protocol::TraceMessage>(&message)) {
    co_await take_trace(side, std::move(*trace));
  } else if (auto* control = std::get_if<protocol::ControlMessage>(&message)) {
    co_await take_config(side, std::move(control->config));
  } else if (auto* record = std::get_if<protocol::RecordMessage>(&message)) {
    if (from_destination && record->is_dummy_stats) take_counts(*record);
  } else if (auto* position = std::get_if<protocol::Position>(&message)) {
    if (from_destination) positioned_(std::move(*position));
  }
}

awaitable<void> MessageDesk::take_state(Side side, protocol::StateMessage state) {
  if (side == Side::source) {
    bookkeeper::BookEvent emitted = bookkeeper::StateEmitted{std::move(state), {}};
    co_await books_.enter(std::move(emitted));
    co_return;
  }
  if (source_name_ && state.stream) {
    state.stream->descriptor = source_name_(state.stream->descriptor);
  }
  bookkeeper::BookEvent confirmed = bookkeeper::StateConfirmed{std::move(state)};
  co_await books_.enter(std::move(confirmed));
}

awaitable<void> MessageDesk::take_trace(Side side, protocol::TraceMessage trace) {
  if (auto* error = std::get_if<protocol::ErrorTrace>(&trace.body)) {
    take_error(side, std::move(*error));
    co_return;
  }
  if (side == Side::destination) co_return;
  if (auto* estimate = std::get_if<protocol::EstimateTrace>(&trace.body)) {
    bookkeeper::BookEvent event = bookkeeper::Estimated{std::move(*estimate)};
    co_await books_.enter(std::move(event));
  } else if (auto* status = std::get_if<protocol::StreamStatusTrace>(&trace.body)) {
    bookkeeper::BookEvent event = bookkeeper::StatusSaid{std::move(*status)};
    co_await books_.enter(std::move(event));
  }
}

void MessageDesk::take_error(Side side, protocol::ErrorTrace error) {
  const bool of_source = side == Side::source;
  log_.append(of_source ? LogSource::source : LogSource::destination, Level::error,
              error.internal_message.empty() ? error.message
                                             : error.message + " (" + error.internal_message + ")");
  traces_.push_back(
      {of_source ? Origin::source : Origin::destination, std::move(error), services_.clock.wall()});
}

void MessageDesk::take_counts(const protocol::RecordMessage& record) {
  bookkeeper::RowsCounted rows{
      record.stream, {record.emitted_records.value_or(0), record.emitted_bytes.value_or(0)}, 0};
  books_.show(std::move(rows));
}

// Saved before the next line is read: a rotated token must not be lost.
awaitable<void> MessageDesk::take_config(Side side, protocol::JsonText config) {
  if (config.size() > connection::kOverlayLimit) {
    log_.append(LogSource::platform, Level::error,
                fmt::format("the {} has given itself a configuration of {} bytes, more than {}: it "
                            "is not kept, the one before stays",
                            name_of(side), config.size(), connection::kOverlayLimit));
    co_return;
  }
  const auto now = services_.clock.wall();
  auto overlay = [&](sqlite::Transaction& transaction) {
    const auto stored = connection::connection_table::get(transaction, connection_);
    if (!stored) return;
    const bool of_source = side == Side::source;
    connection::keep_overlay(transaction, services_.vault,
                             of_source ? definition::Kind::source : definition::Kind::destination,
                             of_source ? stored->source.value : stored->destination.value, config,
                             now);
  };
  co_await in_database(services_.database, overlay);
  log_.append(LogSource::platform, Level::info,
              fmt::format("the {} has given itself a new configuration", name_of(side)));
}

}  // namespace wharf::replication
