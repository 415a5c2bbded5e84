#include "bookkeeper/state_ledger.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace wharf::bookkeeper {
namespace {

using protocol::StateMessage;
using protocol::StreamDescriptor;
using protocol::StreamState;

/// A GLOBAL or LEGACY state belongs to no stream of a name.
std::string name_for_people(const StateMessage& state) {
  return state.stream ? "stream " + to_string(state.stream->descriptor) : "the connection";
}

/// A mark of a state's content that does not see white space.
std::size_t mark_of(const StateMessage& state) {
  std::string plain;
  const auto add = [&](const std::optional<protocol::JsonText>& text) {
    for (char c : text.value_or("null"))
      if (c != ' ' && c != '\t' && c != '\n' && c != '\r') plain += c;
    plain += '\n';
  };
  if (state.stream) add(state.stream->state);
  if (state.global) {
    add(state.global->shared_state);
    for (const auto& stream : state.global->stream_states) {
      plain += to_string(stream.descriptor);
      add(stream.state);
    }
  }
  if (state.type == StateMessage::Type::legacy) add(state.data);
  return std::hash<std::string>{}(plain);
}

bool are_twins(const StateMessage& emitted, const StateMessage& confirmed) {
  if (emitted.id && confirmed.id) return *emitted.id == *confirmed.id;
  return same_content(emitted, confirmed);
}

template <class Deque, class Match>
std::optional<std::size_t> first_where(const Deque& items, Match match) {
  const auto at = std::find_if(items.begin(), items.end(), match);
  if (at == items.end()) return std::nullopt;
  return static_cast<std::size_t>(at - items.begin());
}

/// What the destination says it has stored of one stream, cumulative for the attempt.
void add_in_all(std::vector<StreamRows>& all, const StreamDescriptor& stream,
                const std::optional<std::int64_t>& rows, const std::optional<std::int64_t>& bytes) {
  if (rows) all.push_back({stream, {*rows, bytes.value_or(0)}});
}

std::int64_t rejected_of(const StateMessage& said) {
  return said.destination_stats ? said.destination_stats->rejected_record_count.value_or(0) : 0;
}

}  // namespace

StreamDescriptor stream_of(const StateMessage& state) {
  return state.stream ? state.stream->descriptor : StreamDescriptor{};
}

Result<StateLedger::Feed*> StateLedger::feed_of(const StateMessage& state, Origin side) {
  if (!type_) type_ = state.type;
  if (*type_ != state.type)
    return Error{ErrorCode::protocol_violation,
                 fmt::format("the {} mixes states of type {} and {} in one run",
                             wharf::name_of(side), name_of(*type_), name_of(state.type)),
                 side};
  return &feeds_[stream_of(state)];
}

Result<std::optional<Confirmation>> StateLedger::emitted(StateMessage state,
                                                         std::vector<StreamRows> rows) {
  const auto found = feed_of(state, Origin::source);
  if (!found) return found.error();
  Feed& feed = **found;
  if (state.id && *state.id <= feed.id_highest) {
    // Ids that do not rise say nothing about order; then the content has to find its twin.
    warnings_.push_back(fmt::format("state id {} of {} does not rise: it is matched by content",
                                    *state.id, name_for_people(state)));
    state.id.reset();
  }
  if (state.id) feed.id_highest = *state.id;
  feed.pending.push_back({std::move(state), std::move(rows)});

  const auto& twin = feed.pending.back().state;
  const auto at =
      first_where(feed.waiting, [&](const auto& said) { return are_twins(twin, said); });
  if (!at) return std::optional<Confirmation>{};
  const StateMessage said = std::move(feed.waiting[*at]);
  feed.waiting.erase(feed.waiting.begin(),
                     feed.waiting.begin() + static_cast<std::ptrdiff_t>(*at) + 1);
  auto settled = settle(feed, feed.pending.size() - 1, said);
  if (!settled) return settled.error();
  return std::optional<Confirmation>(std::move(*settled));
}

Result<std::optional<Confirmation>> StateLedger::confirmed(StateMessage state) {
  if (options_.by_socket && state.type == StateMessage::Type::legacy) {
    return Error{ErrorCode::protocol_violation,
                 "the destination confirms a state of type LEGACY, which there is none of where "
                 "records cross sockets",
                 Origin::destination};
  }
  const auto found = feed_of(state, Origin::destination);
  if (!found) return found.error();
  Feed& feed = **found;
  const auto at =
      first_where(feed.pending, [&](const auto& entry) { return are_twins(entry.state, state); });
  if (at) {
    // What the destination confirmed before and still waits is older than this, unless its id says
    // otherwise.
    std::erase_if(feed.waiting, [&](const auto& waiting) {
      return !waiting.id || !state.id || *waiting.id < *state.id;
    });
    auto settled = settle(feed, *at, state);
    if (!settled) return settled.error();
    return std::optional<Confirmation>(std::move(*settled));
  }
  // Late or repeated: a checkpoint must not move back, or the next attempt would read again what is
  // already stored.
  const bool late = state.id ? *state.id <= feed.id_highest
                             : std::find(feed.settled.begin(), feed.settled.end(),
                                         mark_of(state)) != feed.settled.end();
  if (!late) wait(feed, std::move(state));
  return std::optional<Confirmation>{};
}

void StateLedger::wait(Feed& feed, StateMessage state) {
  auto at = feed.waiting.end();
  if (state.id) {
    at = std::find_if(feed.waiting.begin(), feed.waiting.end(),
                      [&](const auto& waiting) { return waiting.id && *waiting.id >= *state.id; });
    if (at != feed.waiting.end() && at->id == state.id) return;  // said twice
  }
  feed.waiting.insert(at, std::move(state));
}

Result<std::vector<Confirmation>> StateLedger::both_ended() {
  std::vector<Confirmation> confirmations;
  for (auto& [stream, feed] : feeds_) {
    std::optional<StateMessage> alone;
    for (auto& said : std::exchange(feed.waiting, {})) {
      const auto at = first_where(
          feed.pending, [&](const auto& entry) { return same_content(entry.state, said); });
      if (!at) {
        alone = std::move(said);
        continue;
      }
      alone.reset();
      auto settled = settle(feed, *at, said);
      if (!settled) return settled.error();
      confirmations.push_back(std::move(*settled));
    }
    if (!alone) continue;
    warnings_.push_back(
        fmt::format("the destination confirmed a state of {} that the source never "
                    "showed us: it is kept, its rows are not counted",
                    name_for_people(*alone)));
    auto& confirmation = confirmations.emplace_back();
    confirmation.state = std::move(*alone);
    confirmation.without_twin = true;
  }
  return confirmations;
}

Result<Confirmation> StateLedger::settle(Feed& feed, std::size_t at, const StateMessage& said) {
  if (auto same = compare(feed, at, said); !same) return same.error();
  Confirmation confirmation;
  // A destination may skip states: confirming 7 confirms 1…6.
  for (std::size_t i = 0; i <= at; ++i) {
    auto& entry = feed.pending.front();
    feed.settled.push_back(mark_of(entry.state));
    if (feed.settled.size() > kSettledMost) feed.settled.pop_front();
    if (entry.rows.empty() && entry.state.stream && entry.state.source_stats)
      entry.rows.push_back({entry.state.stream->descriptor,
                            {entry.state.source_stats->record_count.value_or(0), 0}});
    std::move(entry.rows.begin(), entry.rows.end(), std::back_inserter(confirmation.rows));
    confirmation.state = std::move(entry.state);
    feed.pending.pop_front();
  }
  count(confirmation, said);
  return confirmation;
}

Result<void> StateLedger::compare(const Feed& feed, std::size_t at, const StateMessage& said) {
  if (!said.destination_stats || !said.destination_stats->record_count) return {};
  std::int64_t of_last = 0;
  std::int64_t of_all = 0;
  for (std::size_t i = 0; i <= at; ++i) {
    const auto& stats = feed.pending[i].state.source_stats;
    if (!stats || !stats->record_count) return {};
    of_last = *stats->record_count;
    of_all += of_last;
  }
  // A destination that skipped states may count since the last one it saw or the last it confirmed.
  const auto stored = *said.destination_stats->record_count + rejected_of(said);
  if (stored == of_last || stored == of_all) return {};
  const auto text = fmt::format(
      "{}: {} rows were emitted before a state, and the destination "
      "stored or rejected {} of them",
      name_for_people(said), of_all, stored);
  if (options_.strict_counts) return Error{ErrorCode::internal, text};
  warnings_.push_back(text);
  return {};
}

void StateLedger::count(Confirmation& confirmation, const StateMessage& said) {
  if (said.stream) {
    const auto& name = confirmation.state.stream->descriptor;
    const auto& inner = *said.stream;
    add_in_all(confirmation.rows_in_all, name,
               said.committed_records ? said.committed_records : inner.committed_records,
               said.committed_bytes ? said.committed_bytes : inner.committed_bytes);
    const auto in_all = said.rejected_records ? said.rejected_records : inner.rejected_records;
    const auto more = rejected_of(said);
    auto& rejected = rejected_[name];
    rejected = in_all.value_or(rejected + more);
    if (rejected > 0) confirmation.rejected_in_all.push_back({name, {rejected, 0}});
    if (more > 0 && !confirmation.rows.empty()) confirmation.rows.back().rows.rows -= more;
  }
  if (!said.global) return;
  for (const auto& stream : said.global->stream_states) {
    add_in_all(confirmation.rows_in_all, stream.descriptor, stream.committed_records,
               stream.committed_bytes);
    if (stream.rejected_records)
      confirmation.rejected_in_all.push_back({stream.descriptor, {*stream.rejected_records, 0}});
  }
}

bool StateLedger::all_confirmed(const StreamDescriptor& stream) const {
  const bool by_stream = !type_ || *type_ == StateMessage::Type::stream;
  const auto at = feeds_.find(by_stream ? stream : StreamDescriptor{});
  return at == feeds_.end() || (at->second.pending.empty() && at->second.waiting.empty());
}

std::size_t StateLedger::unconfirmed() const {
  std::size_t count = 0;
  for (const auto& [stream, feed] : feeds_) count += feed.pending.size();
  return count;
}

std::vector<std::string> StateLedger::take_warnings() {
  return std::exchange(warnings_, {});
}

}  // namespace wharf::bookkeeper
