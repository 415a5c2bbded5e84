#pragma once

#include <wharf/protocol/json.h>

#include <optional>
#include <string_view>

#include "definition/definition.h"

namespace wharf::definition {

/// `0.5`, `2`, `500m` → thousandths of a processor; none: it is no such amount, or nothing.
std::optional<int> parse_cpus(std::string_view text);
/// `512 MiB`, and as Kubernetes writes it: `512Mi`, `2Gi`, `1G`, `1073741824`. In bytes.
std::optional<std::uint64_t> parse_memory(std::string_view text);

/// The shortest that parse_memory() reads as that: `512 MiB`, `1000`.
std::string memory_text(std::uint64_t bytes);

/// As the store and the API have them: `{"cpu_limit":"500m","memory_limit":"536870912"}`.
protocol::JsonText to_json(const Resources& resources);
/// What cannot be read is left out.
Resources parse_resources(const protocol::JsonText& text);

/// Whole processors, as the number of sockets goes by them: at least 1 (data-plane 1.4).
int whole_cpus(const Resources& resources);

}  // namespace wharf::definition
