#pragma once

#include <docker/engine_client.h>
#include <launcher/connector_container.h>

namespace wharf::launcher {

/// Sees to what a container of these settings needs on the host beside its image: the host
/// directory that is its /local, and Wharf's own network, which is made if it is not there. Fails
/// with words that name the setting.
docker::EngineAnswer<void> prepare_place(docker::EngineClient engine,
                                         const ContainerSettings& settings);

/// The same failure, with the setting that helps where the machine cannot have Wharf's own network.
docker::EngineError with_network_hint(docker::EngineError error, const ContainerSettings& settings);

}  // namespace wharf::launcher
