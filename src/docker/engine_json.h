#pragma once
// An engine's JSON → values. Pure. A member that is absent, null or of another type is taken for
// its empty value, since engines leave out what they do not have; only what nothing can be done
// without is a `bad_answer`.

#include "docker/engine_values.h"

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace wharf::docker {

std::string text_in(const nlohmann::json& json, const char* name);
std::uint64_t count_in(const nlohmann::json& json, const char* name);
/// The member if it is an object, else an empty one.
const nlohmann::json& object_in(const nlohmann::json& json, const char* name);

/// The first bytes of what an engine said, fit for a message.
std::string shown(std::string_view text);

/// The engine's own words in an answer that is a refusal: `message`, else Podman's `cause`, else
/// the body itself, clipped.
std::string message_in(std::string_view body);

/// `1.41`; Podman's `4.3.1` is a version of its own API and no ApiVersion of ours.
EngineResult<ApiVersion> api_version_in(std::string_view text);

EngineResult<EngineInfo> engine_info_in(std::string_view body);
EngineResult<ImageFacts> image_facts_in(std::string_view body);
EngineResult<ContainerState> container_state_in(std::string_view body);
EngineResult<std::vector<ListedContainer>> container_list_in(std::string_view body);
EngineResult<EngineEvent> event_in(std::string_view line);
/// The `Id` of what was made.
EngineResult<std::string> new_id_in(std::string_view body);
/// The exit code that `wait` answers. A failure of the wait itself is `failed`.
EngineResult<int> exit_code_in(std::string_view body);

}  // namespace wharf::docker
