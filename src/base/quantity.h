#pragma once
// Amounts as people write them.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wharf::base {

/// `64 MiB`, `2GB`, `1048576`: B, KB, MB, GB, TB count by 1000, KiB, MiB, GiB, TiB by 1024.
std::optional<std::uint64_t> parse_bytes(std::string_view text);

/// `90 days`, `15m`, `1 hour`, `500ms`; no unit: seconds.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

/// `12.3 GB`, `999 B`.
std::string bytes_text(std::uint64_t bytes);

}  // namespace wharf::base
