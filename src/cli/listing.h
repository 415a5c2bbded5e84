#pragma once

#include "base/clock.h"

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace wharf::cli {

/// Rows under a head, in columns as wide as they need be, on stdout.
void show_table(const std::vector<std::string>& head,
                const std::vector<std::vector<std::string>>& rows);

/// "every 6 hours", "cron 0 0 3 * * ? Europe/Berlin", "manual".
std::string schedule_words(const nlohmann::ordered_json& schedule);

/// "3 min ago", "in 2 h": of an RFC 3339 time; "" if it is not there.
std::string when(const nlohmann::ordered_json& object, const char* member, base::WallTime now);
/// The time itself; none if it cannot be read.
base::WallTime time_of(const std::string& rfc3339);

/// What may stand on a terminal: without escapes and other control characters, but for line ends
/// and tabs.
std::string printable(std::string_view text);

/// As `--json` prints it.
void show_json(const nlohmann::ordered_json& json);

}  // namespace wharf::cli
