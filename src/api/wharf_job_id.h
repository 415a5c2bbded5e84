#pragma once
// Numbers that a request names: of a job, and of a query.

#include <cstdint>
#include <optional>
#include <string_view>

#include "api/request.h"
#include "base/ids.h"

namespace wharf::api {

/// `{jobId}` of the path. Throws Refused (400).
base::JobId job_id_of(const Request& request);
/// `?name=12`; none if it is not there. Throws Refused (400) if it is no number from 0 on.
std::optional<std::int64_t> number_of_query(const Request& request, std::string_view name);

}  // namespace wharf::api
