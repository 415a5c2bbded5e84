#pragma once

#include <optional>
#include <string>

#include "api/request.h"
#include "base/clock.h"

namespace wharf::api {

/// How an answer's body ends on the wire.
enum class Ending { length, chunks, close };

/// Status line and headers up to the empty line: those of every answer (what a browser may do
/// with it: nothing), then the answer's own.
std::string head_of(const Response& response, Ending ending, bool keep_alive, base::WallTime now);

/// One chunk of a chunked body; an empty text makes none, since that would end the body.
std::string chunk_of(const std::string& text);
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

}  // namespace wharf::api
