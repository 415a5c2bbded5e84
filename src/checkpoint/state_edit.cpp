#include "checkpoint/state_edit.h"

#include "checkpoint/generation_table.h"

namespace wharf::checkpoint {
namespace {

using protocol::StateMessage;

std::vector<StateMessage> messages_of(const protocol::StartState& state) {
  std::vector<StateMessage> messages;
  for (const auto& stream : state.streams) {
    auto& message = messages.emplace_back();
    message.type = StateMessage::Type::stream;
    message.stream = stream;
  }
  if (state.global) {
    auto& message = messages.emplace_back();
    message.type = StateMessage::Type::global;
    message.global = state.global;
  }
  if (state.legacy) messages.emplace_back().data = state.legacy;
  return messages;
}

}  // namespace

Result<void> set_state(sqlite::Transaction& transaction, const base::ConnectionId& id,
                       const protocol::StartState& state, base::WallTime now) {
  const Written by_hand{std::nullopt, now};
  for (const auto& message : messages_of(state))
    if (auto stored = checkpoint_table::store(transaction, id, message, by_hand); !stored)
      return stored.error();

  for (const auto& stream : state.streams)
    generation_table::raise_epoch(transaction, id, stream.descriptor);
  if (state.global)
    for (const auto& stream : state.global->stream_states)
      generation_table::raise_epoch(transaction, id, stream.descriptor);
  if (state.global || state.legacy) generation_table::raise_epoch(transaction, id, kGlobalStream);
  return {};
}

Result<void> restore(sqlite::Transaction& transaction, const base::ConnectionId& id,
                     const protocol::StartState& state, std::span<const Counters> counters,
                     base::WallTime now) {
  const Written by_hand{std::nullopt, now};
  for (const auto& message : messages_of(state))
    if (auto stored = checkpoint_table::store(transaction, id, message, by_hand); !stored)
      return stored.error();
  for (const auto& each : counters) generation_table::restore(transaction, id, each);
  return {};
}

void clear_state(sqlite::Transaction& transaction, const base::ConnectionId& id,
                 std::span<const protocol::StreamDescriptor> streams,
                 std::span<const protocol::StreamDescriptor> all) {
  if (streams.empty())
    checkpoint_table::remove_all(transaction, id);
  else
    checkpoint_table::remove(transaction, id, streams);
  for (const auto& stream : streams.empty() ? all : streams)
    generation_table::raise_epoch(transaction, id, stream);
  // The shared state went too, so an older one must not come back from a destination.
  if (checkpoint_table::load(transaction, id).empty())
    generation_table::raise_epoch(transaction, id, kGlobalStream);
}

}  // namespace wharf::checkpoint
