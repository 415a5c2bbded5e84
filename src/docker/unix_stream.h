#pragma once

#include "docker/engine_error.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/rate_policy.hpp>
#include <chrono>
#include <string>

namespace wharf::docker {

/// A connection to an engine, with a limit in time. Belongs to one strand.
using UnixStream =
    boost::beast::basic_stream<boost::asio::local::stream_protocol, boost::asio::any_io_executor,
                               boost::beast::unlimited_rate_policy>;

/// How its operations are awaited: what failed is among what they answer.
inline constexpr auto kAnswered = boost::asio::as_tuple(boost::asio::use_awaitable);

/// What begins from now on may take so long; zero: forever.
void allow(UnixStream& stream, std::chrono::milliseconds patience);

/// Fails with `unreachable`, and says what to do, or as broken_off() does.
boost::asio::awaitable<EngineResult<void>> connect(UnixStream& stream, const std::string& socket,
                                                   std::chrono::milliseconds patience);

/// What a failure after the connect means: `timed_out`, `cancelled`, `gone`, or `bad_answer` at
/// what is no HTTP or too large.
EngineError broken_off(const std::string& socket, const boost::system::error_code& why);

}  // namespace wharf::docker
