#pragma once
// Why a value does not fit a schema, said for the person who wrote the value.

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "protocol/json_schema.h"

namespace wharf::protocol {

/// What is wrong with `value`. Of several allowed forms (`oneOf`) the one that is meant is
/// explained: the one whose constant property the value has, else the nearest. `schema` holds
/// usable keywords only.
std::vector<SchemaViolation> explain(const nlohmann::json& value, const nlohmann::json& schema);

}  // namespace wharf::protocol
