#pragma once

#include <wharf/protocol/json.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace wharf::connector {

/// A state as a partition said it, and the rows it stands for since the one before.
struct CutState {
  protocol::JsonText state;
  std::string partition_id;
  std::int64_t rows = 0;
};

/// The states of one stream in the order in which its partitions were handed out, whatever the
/// order in which threads come to their ends. Pure; the caller serializes.
class StateOrder {
 public:
  /// A partition was handed out: its turn.
  std::size_t open();
  void add(std::size_t turn, CutState state);
  /// The partition has said its last state.
  void close(std::size_t turn);
  /// The states whose turn has come, in order; each is given once.
  std::vector<CutState> take_ready();
  /// Everything that was opened is closed, and its states are taken.
  bool settled() const { return turns_.empty(); }

 private:
  struct Turn {
    std::vector<CutState> states;
    bool closed = false;
  };
  std::map<std::size_t, Turn> turns_;
  std::size_t next_turn_ = 0;
};

}  // namespace wharf::connector
