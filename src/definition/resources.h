#pragma once

#include <wharf/error.h>
#include <wharf/protocol/json.h>

#include <map>
#include <optional>
#include <string>
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

/// Each amount of `first` that is said, else that of `then`.
Resources over(const Resources& first, const Resources& then);
/// The same connector, what is said of it before what its image's definition says. Only containers
/// have limits: other programs stay as they are.
Definition with_resources(Definition definition, const Resources& said);

/// What containers are run for, as Airbyte calls it in `jobSpecific` (sync-semantics 12.1).
inline constexpr std::string_view kSyncJob = "sync";
inline constexpr std::string_view kCheckJob = "check_connection";
inline constexpr std::string_view kDiscoverJob = "discover_schema";
inline constexpr std::string_view kSpecJob = "get_spec";

/// What a source or a destination says of its containers.
struct ScopedResources {
  Resources usual;                                       ///< `default`
  std::map<std::string, Resources, std::less<>> by_job;  ///< goes before it

  bool empty() const { return *this == ScopedResources{}; }
  friend bool operator==(const ScopedResources&, const ScopedResources&) = default;
};
Resources of_job(const ScopedResources& said, std::string_view job);

/// Airbyte's ScopedResourceRequirements: `{"default":{…},"jobSpecific":[{"jobType":"sync",
/// "resourceRequirements":{…}}]}`.
protocol::JsonText to_json(const ScopedResources& said);
/// What cannot be read is left out; check_scoped_resources() says what that is.
ScopedResources parse_scoped_resources(const protocol::JsonText& text);
/// Fails with invalid_argument, naming the first member that is of another kind than it must be, or
/// no amount. Empty texts and null are nothing.
Result<void> check_scoped_resources(const protocol::JsonText& text);

/// What a connection says of the containers of its two ends.
struct SideResources {
  Resources source;
  Resources destination;
  friend bool operator==(const SideResources&, const SideResources&) = default;
};
/// `{"source":{…},"destination":{…}}`.
protocol::JsonText to_json(const SideResources& said);
SideResources parse_side_resources(const protocol::JsonText& text);

/// Whole processors, as the number of sockets goes by them: at least 1 (data-plane 1.4).
int whole_cpus(const Resources& resources);

}  // namespace wharf::definition
