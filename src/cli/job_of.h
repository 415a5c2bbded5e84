#pragma once

#include "cli/daemon_client.h"

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace wharf::cli {

bool is_job_number(const std::string& text);

/// The job that a person means: its number, or the newest one of a connection. Throws Failure.
std::int64_t job_of(const DaemonClient& daemon, const std::string& job_or_name);

/// A job with its tries and history. Throws Failure.
nlohmann::ordered_json job_view(const DaemonClient& daemon, std::int64_t job);

}  // namespace wharf::cli
