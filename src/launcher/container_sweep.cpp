#include "launcher/container_sweep.h"

#include <launcher/connector_container.h>
#include <workload/run_directory.h>

#include <utility>

namespace wharf::launcher {
namespace {

bool is_abandoned(const docker::ListedContainer& container, const std::filesystem::path& runs) {
  const auto label = container.labels.find(kRunLabel);
  if (label == container.labels.end()) return false;
  const std::filesystem::path run = label->second;
  return run.parent_path() == runs && !workload::is_owned(run);
}

}  // namespace

docker::EngineAnswer<int> sweep_containers(docker::EngineClient engine, std::filesystem::path runs,
                                           std::optional<base::ConnectionId> connection) {
  docker::EngineFilters filters{{"label", {kRunLabel}}};
  if (connection) filters["label"].push_back("connection_id=" + connection->value);
  auto listing = engine.list(std::move(filters));
  auto listed = co_await std::move(listing);
  if (!listed) co_return std::move(listed).error();
  int removed = 0;
  std::optional<docker::EngineError> stays;
  for (const auto& each : *listed) {
    if (!is_abandoned(each, runs)) continue;
    auto removing = engine.remove(each.id, {.force = true, .volumes = true});
    auto gone = co_await std::move(removing);
    if (gone) ++removed;
    if (!gone && !stays) stays = std::move(gone).error();
  }
  if (stays) co_return std::move(*stays);
  co_return removed;
}

}  // namespace wharf::launcher
