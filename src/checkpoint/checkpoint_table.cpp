#include "checkpoint/checkpoint_table.h"

#include <fmt/format.h>

#include "checkpoint/generation_table.h"
#include "sqlite/statement.h"

namespace wharf::checkpoint::checkpoint_table {
namespace {

using protocol::JsonText;
using protocol::StateMessage;
using protocol::StreamDescriptor;

std::string_view stored_word(StateMessage::Type type) {
  switch (type) {
    case StateMessage::Type::stream:
      return "stream";
    case StateMessage::Type::global:
      return "global";
    case StateMessage::Type::legacy:
      return "legacy";
  }
  return "legacy";
}

/// Writes the rows of one state.
class Storing {
 public:
  Storing(sqlite::Transaction& transaction, const base::ConnectionId& id, StateMessage::Type type,
          const Written& written)
      : transaction_(transaction), id_(id), type_(stored_word(type)), written_(written) {}

  /// Null: the row goes.
  void put(const StreamDescriptor& stream, const std::optional<JsonText>& body) {
    const auto space = stream.name_space.value_or("");
    if (!body || *body == "null") {
      transaction_
          .statement(
              "delete from checkpoint where connection_id = ? and namespace = ? and "
              "stream = ?")
          .execute(id_, space, stream.name);
    } else {
      std::optional<std::int64_t> job;
      std::optional<std::int64_t> attempt;
      if (written_.by) {
        job = written_.by->job.value;
        attempt = written_.by->number;
      }
      transaction_
          .statement(R"sql(
            insert or replace into checkpoint
              (connection_id, namespace, stream, type, body, job_id, attempt, updated)
            values (?, ?, ?, ?, ?, ?, ?, ?))sql")
          .execute(id_, space, stream.name, type_, *body, job, attempt,
                   base::to_millis(written_.at));
    }
    if (written_.by) generation_table::edit_over(transaction_, id_, stream);
  }

 private:
  sqlite::Transaction& transaction_;
  const base::ConnectionId& id_;
  const std::string_view type_;
  const Written& written_;
};

Result<void> make_way(sqlite::Transaction& transaction, const base::ConnectionId& id,
                      StateMessage::Type type) {
  std::string stored;
  {
    auto run = transaction.statement("select type from checkpoint where connection_id = ? limit 1")
                   .run(id);
    if (!run.next()) return {};
    stored = run.string(0);
  }
  if (stored == stored_word(type)) return {};
  if (stored == "legacy") {
    remove_all(transaction, id);
    return {};
  }
  return Error{ErrorCode::conflict,
               fmt::format("the stored state is of type {} and the new one of type {}: clear the "
                           "connection's state first",
                           stored, stored_word(type))};
}

}  // namespace

protocol::StartState load(sqlite::Connection& connection, const base::ConnectionId& id) {
  protocol::StartState state;
  auto run = connection
                 .statement(R"sql(
                   select namespace, stream, type, body
                   from checkpoint
                   where connection_id = ?
                   order by namespace, stream)sql")
                 .run(id);
  while (run.next()) {
    const auto type = run.text(2);
    if (type == "legacy") {
      state.legacy = run.string(3);
      continue;
    }
    protocol::StreamState stream;
    if (!run.text(0).empty()) stream.descriptor.name_space = run.string(0);
    stream.descriptor.name = run.string(1);
    stream.state = run.string(3);
    if (type == "stream") {
      state.streams.push_back(std::move(stream));
      continue;
    }
    if (!state.global) state.global.emplace();
    if (stream.descriptor == kGlobalStream)
      state.global->shared_state = std::move(stream.state);
    else
      state.global->stream_states.push_back(std::move(stream));
  }
  return state;
}

Result<void> store(sqlite::Transaction& transaction, const base::ConnectionId& id,
                   const StateMessage& state, const Written& written) {
  if (auto way = make_way(transaction, id, state.type); !way) return way.error();
  Storing storing(transaction, id, state.type, written);
  switch (state.type) {
    case StateMessage::Type::stream:
      WHARF_CHECK(state.stream.has_value());
      storing.put(state.stream->descriptor, state.stream->state);
      break;
    case StateMessage::Type::global:
      WHARF_CHECK(state.global.has_value());
      storing.put(kGlobalStream, state.global->shared_state);
      for (const auto& stream : state.global->stream_states)
        storing.put(stream.descriptor, stream.state);
      break;
    case StateMessage::Type::legacy:
      storing.put(kGlobalStream, state.data);
      break;
  }
  return {};
}

void remove(sqlite::Transaction& transaction, const base::ConnectionId& id,
            std::span<const StreamDescriptor> streams) {
  for (const auto& stream : streams)
    transaction
        .statement(
            "delete from checkpoint where connection_id = ? and namespace = ? and stream = ?")
        .execute(id, stream.name_space.value_or(""), stream.name);
  if (streams.empty()) return;
  bool streams_left = false;
  {
    auto run = transaction
                   .statement(
                       "select 1 from checkpoint where connection_id = ? and stream <> '' "
                       "limit 1")
                   .run(id);
    streams_left = run.next();
  }
  if (!streams_left) remove_all(transaction, id);
}

void remove_all(sqlite::Transaction& transaction, const base::ConnectionId& id) {
  transaction.statement("delete from checkpoint where connection_id = ?").execute(id);
}

}  // namespace wharf::checkpoint::checkpoint_table
