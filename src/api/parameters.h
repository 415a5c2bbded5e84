#pragma once
// What a request's query says, by name. What is of another kind than it must be is refused (400)
// with a sentence.

#include <optional>
#include <string>
#include <vector>

#include "api/request.h"
#include "base/clock.h"

namespace wharf::api {

/// True or false, whatever its case; absent: false.
bool flag_of(const Request& request, const char* name);
std::optional<base::WallTime> time_of(const Request& request, const char* name);
/// In small letters, however they came: repeated, or joined by commas.
std::vector<std::string> ids_of(const Request& request, const char* name);

}  // namespace wharf::api
