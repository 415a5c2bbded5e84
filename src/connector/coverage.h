#pragma once

#include <wharf/protocol/state.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connector/waiting_rows.h"

namespace wharf::connector {

/// Throws: the source did what the protocol does not allow.
[[noreturn]] void violated(std::string message);

/// The rows of a stream that one state will cover, as far as they have come.
struct OpenPartition {
  std::string id;
  std::size_t arrival = 0;  ///< earlier partitions have lower numbers
  std::int64_t rows = 0;
  std::int64_t bytes = 0;
  bool may_go_direct = false;  ///< its rows may be appended before their state is known …
  bool direct = false;         ///< … and are: whoever appends says so. Else they wait
  bool awaited = false;        ///< its state is known: each row may be the last one
  WaitingRows waiting;
};

/// A state whose rows have all come and whose turn it is.
struct Covered {
  struct Rows {
    std::size_t stream;
    OpenPartition partition;
  };
  protocol::StateMessage state;
  std::int64_t rows = 0;
  std::vector<Rows> partitions;  ///< in order of arrival
};

/// Says which rows a state covers and when its turn has come. Holds no writer and reads no bytes;
/// what breaks the protocol is thrown as Failure. One thread.
///
/// By id (sockets): records and states name their partition; states count 1, 2, 3 … per stream, or
/// over all streams when they are GLOBAL, and each says how many rows it stands for. By arrival
/// (stdio): a state covers what came before it, of its stream or of all.
class Coverage {
 public:
  enum class Order { by_id, by_arrival };

  /// `direct`: one open partition of a stream at a time may have its rows appended at once.
  Coverage(std::vector<protocol::StreamDescriptor> streams, Order order, bool direct);

  /// The partition that a record names, made if this is its first. The reference holds until a
  /// state of the stream is covered.
  OpenPartition& partition(std::size_t stream, std::string_view id);
  /// Takes a state in. Then ask `next` until it has nothing more.
  void take(protocol::StateMessage state);
  /// The next covered state of this stream (GLOBAL ones: of any).
  std::optional<Covered> next(std::size_t stream);

  bool is_global() const { return kind_ && *kind_ != protocol::StateMessage::Type::stream; }
  /// Rows of this stream have been appended that no covered state stands for.
  bool has_uncovered_appended(std::size_t stream) const;
  /// No state of the stream waits for rows, and no rows for a state.
  bool is_settled(std::size_t stream) const;
  /// At the end of all input: what a state still waits for, by name.
  std::optional<std::string> missing() const;
  /// Takes out the rows that no state covers, in order of arrival.
  std::vector<OpenPartition> take_rest(std::size_t stream);

 private:
  struct Pending {
    protocol::StateMessage state;
    std::vector<std::string> partitions;
    std::int64_t rows = 0;  // that it stands for
  };
  struct Sequence {
    std::map<std::int64_t, Pending> pending;  // by id
    std::int64_t next_id = 1;
    std::size_t first = 0;  // of the streams its states speak of …
    std::size_t last = 0;   // … up to, not including
  };
  struct Stream {
    protocol::StreamDescriptor descriptor;
    Sequence states;
    std::map<std::string, OpenPartition, std::less<>> partitions;
  };

  std::size_t index_of(const protocol::StreamDescriptor& descriptor) const;
  void take_by_id(protocol::StateMessage state, Sequence& sequence);
  void take_by_arrival(protocol::StateMessage state, Sequence& sequence);
  Sequence& sequence_of(const protocol::StateMessage& state);
  std::int64_t arrived(const Pending& pending, const Sequence& sequence) const;
  bool is_likely_next(const Stream& stream, std::string_view id) const;
  bool is_awaited(const Sequence& sequence, std::string_view id) const;

  Order order_;
  bool direct_;
  std::vector<Stream> streams_;
  Sequence global_;
  std::optional<protocol::StateMessage::Type> kind_;
  std::size_t arrivals_ = 0;
};

}  // namespace wharf::connector
