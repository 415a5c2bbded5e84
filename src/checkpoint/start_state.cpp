#include "checkpoint/start_state.h"

#include <fmt/format.h>

#include <algorithm>

namespace wharf::checkpoint {
namespace {

using protocol::JsonText;
using protocol::Position;
using protocol::StreamPosition;

/// Where one stream starts, and what must rise for it.
struct Verdict {
  StartFrom from = StartFrom::beginning;
  std::string reason;
  const JsonText* state = nullptr;
  std::int64_t generation = 0;
  Epoch epoch = 0;
  bool gone = false;  ///< the rows that its checkpoint stands for
};

Verdict begin(std::string reason) {
  Verdict verdict;
  verdict.reason = std::move(reason);
  return verdict;
}

Verdict go_on(StartFrom from, const JsonText* state, std::string reason) {
  Verdict verdict;
  verdict.from = from;
  verdict.state = state;
  verdict.reason = std::move(reason);
  return verdict;
}

Verdict leave_out(std::string reason) {
  Verdict verdict;
  verdict.from = StartFrom::left_out;
  verdict.reason = std::move(reason);
  return verdict;
}

Verdict rows_gone(std::string reason) {
  auto verdict = begin(std::move(reason));
  verdict.gone = true;
  return verdict;
}

/// Whether the destination's state of this epoch counts, and the epoch to go by from here on.
struct EpochRule {
  bool counts = true;
  Epoch epoch = 0;
};

EpochRule rule_of(const Counters& ours, Epoch theirs) {
  // A state changed by hand that no destination knows of wins over whatever a destination has, and
  // the numbers of a lost data directory must not hide that.
  if (ours.edit == Edit::fresh) return {false, std::max(ours.epoch, theirs + 1)};
  return {theirs >= ours.epoch, std::max(ours.epoch, theirs)};
}

/// The state of a position that covers all streams: a GLOBAL one whole, `{"type":"GLOBAL","global":
/// {…}}`, or a legacy blob, which may be anything else.
void read_global(const JsonText& text, protocol::StartState& state) {
  auto parsed = protocol::parse_state(text);
  if (parsed && parsed->type == protocol::StateMessage::Type::global)
    state.global = std::move(parsed->global);
  else
    state.legacy = text;
}

class Planning {
 public:
  explicit Planning(const StartFacts& facts) : facts_(facts) {
    if (facts.position && facts.position->global) {
      read_global(*facts.position->global, shared_);
      shared_rule_ = rule_of(facts.global, facts.position->epoch);
    }
  }

  StartPlan plan() {
    raise_job();
    if (shared_rule_.epoch > facts_.global.epoch)
      plan_.raise.streams.push_back({kGlobalStream, 0, shared_rule_.epoch});
    for (const auto& stream : facts_.streams) add(stream, decide(stream));
    compose();
    plan_.write_again = plan_.write_again || !plan_.raise.empty();
    return std::move(plan_);
  }

 private:
  Verdict decide(const StartStream& stream) const {
    if (stream.is_left_out) return leave_out("it is complete");
    if (!facts_.position) return by_checkpoint(stream);
    const auto* position = facts_.position->find(stream.destination_name);
    auto verdict = stream.mode == protocol::SyncMode::incremental ? incremental(stream, position)
                                                                  : full_refresh(stream, position);
    if (position == nullptr || verdict.from == StartFrom::left_out) return verdict;
    const auto rule = rule_of(stream.counters, position->epoch);
    verdict.epoch = std::max(verdict.epoch, rule.epoch);
    if (stream.mode == protocol::SyncMode::incremental)
      verdict.generation = std::max(verdict.generation, position->generation);
    return verdict;
  }

  // A foreign destination: what it confirmed is what we know.
  Verdict by_checkpoint(const StartStream& stream) const {
    const bool full = stream.mode == protocol::SyncMode::full_refresh;
    if (full && !stream.resumable) return begin("full refresh starts over in each attempt");
    if (const auto* state = stored(stream))
      return go_on(StartFrom::checkpoint, state, "the last state its destination confirmed");
    return begin("no state so far");
  }

  Verdict incremental(const StartStream& stream, const StreamPosition* position) const {
    const auto* checkpoint = stored(stream);
    const bool by_hand = stream.counters.edit != Edit::none || shared_by_hand();
    if (position != nullptr && counts(stream, *position) &&
        position->generation >= stream.counters.generation) {
      if (const auto* state = held(stream, *position))
        return go_on(StartFrom::position, state, "where the destination's rows end");
    }
    if (checkpoint == nullptr)
      return begin(position == nullptr ? "no state so far" : "the destination's state is void");
    if (by_hand) return go_on(StartFrom::checkpoint, checkpoint, "a state that was set by hand");
    return rows_gone("a checkpoint stands, and the destination has not the rows it stands for");
  }

  Verdict full_refresh(const StartStream& stream, const StreamPosition* position) const {
    const auto& ours = stream.counters;
    if (position == nullptr)
      return stored(stream) != nullptr
                 ? rows_gone("the destination no longer has what it confirmed in this job")
                 : begin("full refresh");
    if (!facts_.settled) return over(*position, ours);
    if (completed_by_us(stream, *position))
      return leave_out("the destination has it complete from an earlier attempt of this job");
    if (position->generation < ours.generation) return begin("full refresh, a new generation");
    if (position->generation > ours.generation || !stream.resumable || position->complete ||
        !counts(stream, *position))
      return over(*position, ours);
    if (const auto* state = held(stream, *position))
      return go_on(StartFrom::position, state, "goes on inside its generation");
    return begin("nothing of this generation is committed");
  }

  /// From the beginning, in a generation above whatever the destination has of the stream.
  static Verdict over(const StreamPosition& position, const Counters& ours) {
    auto verdict = begin("full refresh, a new generation");
    verdict.generation = std::max(ours.generation, position.generation + 1);
    return verdict;
  }

  bool completed_by_us(const StartStream& stream, const StreamPosition& position) const {
    const auto& ours = stream.counters;
    return facts_.settled && position.complete && position.generation >= ours.start_generation &&
           position.generation <= ours.generation && counts(stream, position);
  }

  bool counts(const StartStream& stream, const StreamPosition& position) const {
    return rule_of(stream.counters, position.epoch).counts && shared_rule_.counts;
  }

  bool shared_by_hand() const {
    return facts_.global.edit != Edit::none &&
           (facts_.checkpoints.global || facts_.checkpoints.legacy);
  }

  /// What our store has for the stream.
  const JsonText* stored(const StartStream& stream) const {
    if (facts_.checkpoints.legacy) return &*facts_.checkpoints.legacy;
    return facts_.checkpoints.of(stream.source_name);
  }

  /// What the destination has for it; a GLOBAL state names streams as the source does.
  const JsonText* held(const StartStream& stream, const StreamPosition& position) const {
    if (shared_.legacy) return &*shared_.legacy;
    if (shared_.global) return shared_.of(stream.source_name);
    return position.state ? &*position.state : nullptr;
  }

  void raise_job() {
    const auto& position = facts_.position;
    if (!position || !position->job) return;
    const base::AttemptId theirs{base::JobId(*position->job), position->attempt.value_or(0)};
    if (theirs < facts_.attempt) return;
    plan_.raise.job_at_least = base::JobId(theirs.job.value + 1);
    plan_.notices.push_back(
        fmt::format("the destination was last written by job {} (attempt {}), which this data "
                    "directory does not know: our numbers are raised above it",
                    theirs.job.value, theirs.number));
  }

  void add(const StartStream& stream, Verdict verdict) {
    if (verdict.generation > stream.counters.generation || verdict.epoch > stream.counters.epoch)
      plan_.raise.streams.push_back({stream.source_name, verdict.generation, verdict.epoch});
    if (verdict.from == StartFrom::left_out && !stream.is_left_out) plan_.write_again = true;
    if (verdict.gone)
      plan_.notices.push_back(
          fmt::format("stream {} starts over: {}", to_string(stream.source_name), verdict.reason));
    plan_.streams.push_back({stream.source_name, verdict.from, std::move(verdict.reason)});
    states_.push_back(verdict.state);
  }

  bool any_from(StartFrom from) const {
    return std::any_of(plan_.streams.begin(), plan_.streams.end(),
                       [&](const auto& stream) { return stream.from == from; });
  }

  void compose() {
    const bool from_position = any_from(StartFrom::position);
    if (!from_position && !any_from(StartFrom::checkpoint)) return;
    const auto& whole = from_position ? shared_ : facts_.checkpoints;
    if (whole.legacy) {
      plan_.state.legacy = whole.legacy;
    } else if (whole.global) {
      plan_.state.global = whole.global;
      std::erase_if(plan_.state.global->stream_states,
                    [&](const auto& state) { return starts_over(state.descriptor); });
    } else {
      for (std::size_t i = 0; i < states_.size(); ++i) {
        if (states_[i] == nullptr) continue;
        auto& state = plan_.state.streams.emplace_back();
        state.descriptor = plan_.streams[i].stream;
        state.state = *states_[i];
      }
    }
  }

  bool starts_over(const protocol::StreamDescriptor& name) const {
    for (const auto& stream : plan_.streams)
      if (stream.stream == name)
        return stream.from == StartFrom::beginning || stream.from == StartFrom::left_out;
    return false;  // not chosen in this connection: its state is carried along
  }

  const StartFacts& facts_;
  protocol::StartState shared_;  ///< of the position: GLOBAL or LEGACY, if it has one
  EpochRule shared_rule_;
  StartPlan plan_;
  std::vector<const JsonText*> states_;
};

}  // namespace

std::string_view name_of(StartFrom from) {
  switch (from) {
    case StartFrom::position:
      return "position";
    case StartFrom::checkpoint:
      return "checkpoint";
    case StartFrom::beginning:
      return "beginning";
    case StartFrom::left_out:
      return "left out";
  }
  return "beginning";
}

bool StartPlan::leaves_out(const protocol::StreamDescriptor& source_name) const {
  return std::any_of(streams.begin(), streams.end(), [&](const auto& stream) {
    return stream.stream == source_name && stream.from == StartFrom::left_out;
  });
}

StartPlan plan_start(const StartFacts& facts) {
  return Planning(facts).plan();
}

}  // namespace wharf::checkpoint
