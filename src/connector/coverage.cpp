#include "connector/coverage.h"

#include <wharf/error.h>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace wharf::connector {

namespace {

using Type = protocol::StateMessage::Type;

std::string name_of(const protocol::StateMessage& state) {
  std::string of = state.stream ? "of " + to_string(state.stream->descriptor) : "of all streams";
  return state.id ? fmt::format("state {} {}", *state.id, of) : "a state " + of;
}

std::optional<std::int64_t> record_count(const protocol::StateMessage& state) {
  return state.source_stats ? state.source_stats->record_count : std::nullopt;
}

/// A GLOBAL state may close snapshot partitions of single streams beside its own.
std::vector<std::string> partitions_of(const protocol::StateMessage& state) {
  std::vector<std::string> ids{*state.partition_id};
  if (!state.global) return ids;
  for (const auto& stream : state.global->stream_states) {
    if (stream.partition_id) ids.push_back(*stream.partition_id);
  }
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

}  // namespace

void violated(std::string message) {
  throw Failure(Error{ErrorCode::protocol_violation, std::move(message), Origin::source});
}

Coverage::Coverage(std::vector<protocol::StreamDescriptor> streams, Order order, bool direct)
    : order_(order), direct_(direct) {
  for (auto& descriptor : streams) {
    auto index = streams_.size();
    streams_.push_back({.descriptor = std::move(descriptor), .states = {}, .partitions = {}});
    streams_.back().states.first = index;
    streams_.back().states.last = index + 1;
  }
  global_.last = streams_.size();
}

OpenPartition& Coverage::partition(std::size_t index, std::string_view id) {
  Stream& stream = streams_[index];
  if (order_ == Order::by_arrival) id = {};
  auto found = stream.partitions.find(id);
  if (found != stream.partitions.end()) return found->second;
  if (order_ == Order::by_id && id.empty()) {
    violated(fmt::format("a record of {} names no partition", to_string(stream.descriptor)));
  }
  OpenPartition opened;
  opened.id = id;
  opened.arrival = arrivals_++;
  opened.may_go_direct = is_likely_next(stream, id);
  opened.awaited = is_awaited(is_global() ? global_ : stream.states, id);
  return stream.partitions.emplace(opened.id, std::move(opened)).first->second;
}

/// Appending a partition's rows at once is right when its state comes next. When others come
/// before, their confirmation waits for this one, so it is only guessed while nothing speaks
/// against it.
bool Coverage::is_likely_next(const Stream& stream, std::string_view id) const {
  if (!direct_) return false;
  if (order_ == Order::by_arrival) return true;
  if (is_global()) return false;  // one sequence over all streams: somebody's rows are always open
  const auto& states = stream.states;
  auto head = states.pending.find(states.next_id);
  if (head != states.pending.end()) {
    return head->second.partitions.front() == id && stream.partitions.empty();
  }
  return stream.partitions.empty();
}

bool Coverage::is_awaited(const Sequence& sequence, std::string_view id) const {
  return std::any_of(sequence.pending.begin(), sequence.pending.end(), [&](const auto& entry) {
    const auto& ids = entry.second.partitions;
    return std::find(ids.begin(), ids.end(), id) != ids.end();
  });
}

void Coverage::take(protocol::StateMessage state) {
  if (kind_ && *kind_ != state.type) {
    violated("states of two kinds in one sync: STREAM, GLOBAL and LEGACY do not mix");
  }
  kind_ = state.type;
  Sequence& sequence = sequence_of(state);
  if (order_ == Order::by_id) {
    take_by_id(std::move(state), sequence);
  } else {
    take_by_arrival(std::move(state), sequence);
  }
}

void Coverage::take_by_id(protocol::StateMessage state, Sequence& sequence) {
  if (!state.id || !state.partition_id || !record_count(state)) {
    violated(fmt::format("{} says no id, no partition_id or no sourceStats.recordCount",
                         name_of(state)));
  }
  auto id = *state.id;
  if (id < sequence.next_id || sequence.pending.contains(id)) {
    violated(fmt::format("{} came twice", name_of(state)));
  }
  Pending pending{.state = {}, .partitions = partitions_of(state), .rows = *record_count(state)};
  pending.state = std::move(state);
  for (auto index = sequence.first; index < sequence.last; ++index) {
    for (const auto& partition : pending.partitions) {
      auto found = streams_[index].partitions.find(partition);
      if (found != streams_[index].partitions.end()) found->second.awaited = true;
    }
  }
  sequence.pending.emplace(id, std::move(pending));
}

void Coverage::take_by_arrival(protocol::StateMessage state, Sequence& sequence) {
  Pending pending{.state = std::move(state), .partitions = {std::string()}, .rows = 0};
  pending.rows = arrived(pending, sequence);
  auto said = record_count(pending.state);
  if (said && *said != pending.rows) {
    violated(fmt::format("{} stands for {} records, and {} came", name_of(pending.state), *said,
                         pending.rows));
  }
  sequence.pending.emplace(sequence.next_id, std::move(pending));
}

std::optional<Covered> Coverage::next(std::size_t stream) {
  Sequence& sequence = is_global() ? global_ : streams_[stream].states;
  auto head = sequence.pending.find(sequence.next_id);
  if (head == sequence.pending.end()) return std::nullopt;
  auto rows = arrived(head->second, sequence);
  if (rows > head->second.rows) {
    violated(fmt::format("{} stands for {} records, and {} came", name_of(head->second.state),
                         head->second.rows, rows));
  }
  if (rows < head->second.rows) return std::nullopt;

  Covered covered{.state = std::move(head->second.state), .rows = rows, .partitions = {}};
  for (auto index = sequence.first; index < sequence.last; ++index) {
    for (const auto& id : head->second.partitions) {
      auto node = streams_[index].partitions.extract(id);
      if (node) covered.partitions.push_back({index, std::move(node.mapped())});
    }
  }
  std::sort(covered.partitions.begin(), covered.partitions.end(),
            [](const auto& a, const auto& b) { return a.partition.arrival < b.partition.arrival; });
  sequence.pending.erase(head);
  ++sequence.next_id;
  return covered;
}

bool Coverage::has_uncovered_appended(std::size_t stream) const {
  const auto& partitions = streams_[stream].partitions;
  return std::any_of(partitions.begin(), partitions.end(), [](const auto& entry) {
    return entry.second.direct && entry.second.rows > 0;
  });
}

bool Coverage::is_settled(std::size_t stream) const {
  const auto& sequence = is_global() ? global_ : streams_[stream].states;
  return sequence.pending.empty() && streams_[stream].partitions.empty();
}

std::optional<std::string> Coverage::missing() const {
  auto say = [&](const Sequence& sequence) -> std::optional<std::string> {
    if (sequence.pending.empty()) return std::nullopt;
    const auto& [id, pending] = *sequence.pending.begin();
    if (id != sequence.next_id) {
      return fmt::format("the source ended with {}, and state {} never came",
                         name_of(pending.state), sequence.next_id);
    }
    return fmt::format("the source ended: {} stands for {} records, and {} came",
                       name_of(pending.state), pending.rows, arrived(pending, sequence));
  };
  if (auto of_all = say(global_)) return of_all;
  for (const auto& stream : streams_) {
    if (auto of_one = say(stream.states)) return of_one;
  }
  return std::nullopt;
}

std::vector<OpenPartition> Coverage::take_rest(std::size_t stream) {
  std::vector<OpenPartition> rest;
  for (auto& [id, partition] : streams_[stream].partitions) rest.push_back(std::move(partition));
  streams_[stream].partitions.clear();
  std::sort(rest.begin(), rest.end(),
            [](const auto& a, const auto& b) { return a.arrival < b.arrival; });
  return rest;
}

std::size_t Coverage::index_of(const protocol::StreamDescriptor& descriptor) const {
  auto found = std::find_if(streams_.begin(), streams_.end(),
                            [&](const Stream& stream) { return stream.descriptor == descriptor; });
  if (found == streams_.end()) {
    violated(fmt::format("a state of {}, which is not in the catalog", to_string(descriptor)));
  }
  return static_cast<std::size_t>(found - streams_.begin());
}

Coverage::Sequence& Coverage::sequence_of(const protocol::StateMessage& state) {
  if (state.type != Type::stream) return global_;
  return streams_[index_of(state.stream->descriptor)].states;
}

std::int64_t Coverage::arrived(const Pending& pending, const Sequence& sequence) const {
  std::int64_t rows = 0;
  for (auto index = sequence.first; index < sequence.last; ++index) {
    for (const auto& id : pending.partitions) {
      auto found = streams_[index].partitions.find(id);
      if (found != streams_[index].partitions.end()) rows += found->second.rows;
    }
  }
  return rows;
}

}  // namespace wharf::connector
