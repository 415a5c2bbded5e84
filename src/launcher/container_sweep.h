#pragma once

#include <base/ids.h>
#include <docker/engine_client.h>

#include <filesystem>
#include <optional>

namespace wharf::launcher {

/// Kills and removes the containers of connectors that are nobody's any more: those whose run
/// directory stood in `runs` and has no living maker. Those of other users, whose run directories
/// stand elsewhere, are theirs. Of one connection, or all. Answers how many; when it does, they are
/// gone. Fails with what the engine said of the first that stays.
docker::EngineAnswer<int> sweep_containers(docker::EngineClient engine, std::filesystem::path runs,
                                           std::optional<base::ConnectionId> connection = {});

}  // namespace wharf::launcher
