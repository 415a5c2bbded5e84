#pragma once
// Emitted, confirmed, never back (data-plane 4.5, sync-semantics 4.7). Pure.

#include <wharf/protocol/state.h>

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bookkeeper/stream_stats.h"

namespace wharf::bookkeeper {

/// Of which stream a state speaks; nameless if of all of them.
protocol::StreamDescriptor stream_of(const protocol::StateMessage& state);

/// A stream's rows between one state and the next.
struct StreamRows {
  protocol::StreamDescriptor stream;
  RowCount rows;
};

/// What a confirmation makes true.
struct Confirmation {
  /// To be persisted, with the text as the source wrote it.
  protocol::StateMessage state;
  /// Of all the states that this one confirms: rows per stream, as counted at their emission.
  std::vector<StreamRows> rows;
  /// As the destination says: cumulative for the attempt, per stream.
  std::vector<StreamRows> rows_in_all;
  /// Rows that the destination refused: cumulative too, and not among `rows`.
  std::vector<StreamRows> rejected_in_all;
  /// No twin was ever emitted: persisted all the same, counts left out, and to be said.
  bool without_twin = false;
};

/// Which states of one attempt are confirmed. A state reaches us twice, on two outputs that are not
/// ordered: from its source (emitted) and, once its rows are stored, from the destination
/// (confirmed). Twins are found by id, else by content, in order of emission.
///
/// What it promises: a state is given out for persisting only when it was confirmed (or, at the
/// end, has no twin); per stream in the order of emission, so a checkpoint never moves back; each
/// one at most once.
class StateLedger {
 public:
  struct Options {
    /// A difference between the rows that were emitted and those that the destination stored is a
    /// failure (ends that are ours), not a warning.
    bool strict_counts = false;
    /// Records cross sockets: there a destination has no LEGACY states (components 1.7).
    bool by_socket = false;
  };
  StateLedger() = default;
  explicit StateLedger(Options options) : options_(options) {}

  /// The source emitted a state; `rows`: what was counted since the previous one, if anybody
  /// counted. Gives what an earlier confirmation was waiting for, if it was this one.
  /// Fails with `protocol_violation` if the attempt mixes types of states.
  Result<std::optional<Confirmation>> emitted(protocol::StateMessage state,
                                              std::vector<StreamRows> rows = {});

  /// The destination confirmed a state, and with it all that were emitted before it. Ahead of its
  /// twin it waits; late or repeated it changes nothing. Fails as `emitted` does, and on a LEGACY
  /// state where there may be none.
  Result<std::optional<Confirmation>> confirmed(protocol::StateMessage state);

  /// Both ends have ended: what still waits is matched by content, else given out without a twin.
  Result<std::vector<Confirmation>> both_ended();

  /// No emitted state of this stream is unconfirmed (GLOBAL: of the attempt), and none waits.
  bool all_confirmed(const protocol::StreamDescriptor& stream) const;
  std::size_t unconfirmed() const;

  /// What was odd since the last call: one sentence each.
  std::vector<std::string> take_warnings();

 private:
  struct Emitted {
    protocol::StateMessage state;
    std::vector<StreamRows> rows;
  };
  /// The states of one stream, or those of the whole connection.
  struct Feed {
    std::deque<Emitted> pending;                 ///< emitted, not confirmed; in order
    std::deque<protocol::StateMessage> waiting;  ///< confirmed, not emitted; by their ids
    std::int64_t id_highest = 0;                 ///< emitted so far
    /// Marks of contents confirmed lately, the oldest first: how a late confirmation without an id
    /// is told from one that is ahead.
    std::deque<std::size_t> settled;
  };
  static constexpr std::size_t kSettledMost = 1024;

  Result<Feed*> feed_of(const protocol::StateMessage& state, Origin side);
  void wait(Feed& feed, protocol::StateMessage state);
  /// Confirms everything up to and including `pending[at]`, as `said` by the destination.
  Result<Confirmation> settle(Feed& feed, std::size_t at, const protocol::StateMessage& said);
  Result<void> compare(const Feed& feed, std::size_t at, const protocol::StateMessage& said);
  void count(Confirmation& confirmation, const protocol::StateMessage& said);

  Options options_;
  std::optional<protocol::StateMessage::Type> type_;
  std::map<protocol::StreamDescriptor, Feed> feeds_;
  std::map<protocol::StreamDescriptor, std::int64_t> rejected_;
  std::vector<std::string> warnings_;
};

}  // namespace wharf::bookkeeper
