#pragma once

#include <wharf/protocol/json.h>

#include <cstdint>
#include <optional>
#include <string>

namespace wharf::connectors::faker {

/// How far the rows of one stream have been given:
/// `{"version":1,"seed":5,"id":2000,"updated_at":1795363707,"complete":false}`.
struct State {
  std::int64_t seed = 0;
  std::int64_t id = 0;  ///< the last one given
  /// What the rows of this pass carry (epoch seconds); none: each row its own.
  std::optional<std::int64_t> updated_at;
  bool complete = false;  ///< the pass has given all its rows
};

/// Throws Failure (invalid_config) for what is no such state (F-19). `{}` is where a read begins:
/// nothing.
std::optional<State> parse_state(const protocol::JsonText& text);
protocol::JsonText to_text(const State& state);

}  // namespace wharf::connectors::faker
