#pragma once

#include "replication/running_attempt.h"

#include <boost/asio/awaitable.hpp>

namespace wharf::replication {

/// What an answer to a check says of the attempt. Only what the connector itself calls a failure is
/// a matter of its configuration (invalid_config, of that side). Pure.
Result<void> verdict_of(const operation::StoredQuestion& check, Result<protocol::JsonText> answer);

/// Asks the checks of the attempt's order, one after the other: what failed before, or never ran,
/// is not started before its connectors say that it can work. Then the order is made anew, since a
/// check may have given its connector another configuration. Fails with the first check that
/// fails; with `cancelled`, and `stopped` says why, if somebody stops the attempt meanwhile, its
/// connection has become inactive, or Wharf ends.
boost::asio::awaitable<Result<void>> pass_checks(RunningAttempt& attempt);

}  // namespace wharf::replication
