#include "connector/confirmations.h"

#include <wharf/protocol/codec.h>

#include <algorithm>

namespace wharf::connector {

namespace {

using namespace std::chrono_literals;
using Type = protocol::StateMessage::Type;

constexpr auto kCommitEvery = 900ms;  // and so no destination holds a lock for over a second
constexpr std::int64_t kCommitBytes = std::int64_t{64} << 20;
constexpr std::size_t kMostLines = 64;

/// A GLOBAL state as a position keeps it: without the ids and counts of this attempt.
protocol::JsonText kept_form(const protocol::StateMessage& state) {
  if (state.type == Type::legacy) return state.data.value_or("null");
  protocol::StateMessage kept;
  kept.type = state.type;
  kept.global = state.global;
  for (auto& stream : kept.global->stream_states) {
    stream.id.reset();
    stream.partition_id.reset();
    stream.committed_records.reset();
    stream.committed_bytes.reset();
    stream.rejected_records.reset();
  }
  return protocol::to_json(kept);
}

}  // namespace

Confirmations::Confirmations(std::vector<protocol::StreamDescriptor> streams, Time now) {
  for (auto& descriptor : streams) {
    Stream stream;
    stream.descriptor = std::move(descriptor);
    stream.committed_at = now - kCommitEvery;  // the first state is not kept waiting
    streams_.push_back(std::move(stream));
  }
}

void Confirmations::add_rows(std::size_t index, std::int64_t rows, std::int64_t bytes) {
  if (rows == 0) return;
  Stream& stream = streams_[index];
  stream.records += rows;
  stream.bytes += bytes;
  stream.waiting_bytes += bytes;
  stream.waiting = true;
}

void Confirmations::add_state(protocol::StateMessage state, std::size_t index, std::int64_t rows) {
  state.destination_stats.emplace();
  state.destination_stats->record_count = rows;
  count(state, index);
  if (state.type == Type::stream) {
    Stream& stream = streams_[index];
    stream.state = state.stream->state.value_or("null");
    stream.waiting = true;
    add_line(stream.lines, state);
    return;
  }
  is_global_ = true;
  global_ = kept_form(state);
  add_line(global_lines_, state);
}

/// Committed counts are cumulative, and as they are once this state is committed.
void Confirmations::count(protocol::StateMessage& state, std::size_t index) const {
  if (state.type == Type::stream) {
    state.committed_records = streams_[index].records;
    state.committed_bytes = streams_[index].bytes;
    return;
  }
  state.committed_records = 0;
  state.committed_bytes = 0;
  for (const auto& stream : streams_) {
    *state.committed_records += stream.records;
    *state.committed_bytes += stream.bytes;
    if (!state.global) continue;
    for (auto& said : state.global->stream_states) {
      if (!(said.descriptor == stream.descriptor)) continue;
      said.committed_records = stream.records;
      said.committed_bytes = stream.bytes;
    }
  }
}

/// Every state is echoed, as long as they are few; of many the newest confirms the others.
void Confirmations::add_line(std::deque<std::string>& lines, const protocol::StateMessage& state) {
  if (lines.size() >= kMostLines) lines.clear();
  protocol::append_line(lines.emplace_back(), state);
}

void Confirmations::complete(std::size_t stream) {
  streams_[stream].completing = true;
  streams_[stream].waiting = true;
}

std::optional<Confirmations::Time> Confirmations::due_at(const Stream& stream) const {
  bool waits = stream.waiting || !global_lines_.empty();
  if (!waits) return std::nullopt;
  if (stream.completing || stream.waiting_bytes >= kCommitBytes) return Time::min();
  return stream.committed_at + kCommitEvery;
}

bool Confirmations::is_due(Time now) const {
  return std::any_of(streams_.begin(), streams_.end(), [&](const Stream& stream) {
    auto due = due_at(stream);
    return due && *due <= now;
  });
}

std::optional<std::chrono::milliseconds> Confirmations::due_in(Time now) const {
  std::optional<Time> first;
  for (const auto& stream : streams_) {
    if (auto due = due_at(stream); due && (!first || *due < *first)) first = due;
  }
  if (!first) return std::nullopt;
  if (*first <= now) return 0ms;
  return std::chrono::ceil<std::chrono::milliseconds>(*first - now);
}

std::optional<Commit> Confirmations::make_commit(
    const std::function<bool(std::size_t)>& clean) const {
  Commit commit;
  for (std::size_t index = 0; index < streams_.size(); ++index) {
    const Stream& stream = streams_[index];
    bool may = clean(index);
    if (is_global_ && !may) return std::nullopt;
    if (stream.waiting && may) commit.streams.push_back({index, stream.state, stream.completing});
  }
  commit.global = global_;
  if (commit.streams.empty() && global_lines_.empty()) return std::nullopt;
  return commit;
}

std::string Confirmations::confirm(const Commit& commit, Time now) {
  std::string said;
  for (const auto& committed : commit.streams) {
    Stream& stream = streams_[committed.index];
    for (const auto& line : stream.lines) said += line;
    stream.lines.clear();
    stream.waiting_bytes = 0;
    stream.waiting = false;
    stream.completing = false;
    stream.committed_at = now;
  }
  if (commit.global) {
    for (const auto& line : global_lines_) said += line;
    global_lines_.clear();
    for (auto& stream : streams_) stream.committed_at = now;
  }
  return said;
}

}  // namespace wharf::connector
