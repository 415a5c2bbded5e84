#pragma once

#include <wharf/error.h>
#include <wharf/record/schema.h>

#include <nlohmann/json_fwd.hpp>
#include <vector>

namespace wharf::connectors::source_file {

/// Types set by hand: an object of column → type name, a JSON Schema, or either as a text. An
/// error's message says what is allowed.
Result<std::vector<record::Column>> parse_input_schema(const nlohmann::json& schema);

}  // namespace wharf::connectors::source_file
