#include "launcher/container_place.h"

#include <catch2/catch.hpp>

using namespace wharf;
using namespace wharf::launcher;

TEST_CASE("a failure about the network names the setting that helps, if the network is our own") {
  const docker::EngineError cause(
      docker::EngineFault::failed,
      "failed to create endpoint x on network wharf: failed to add the host (veth1) pair");
  ContainerSettings settings;
  settings.network = kOwnNetwork;
  CHECK(with_network_hint(cause, settings).message.find("docker.network") != std::string::npos);
  CHECK(with_network_hint(cause, settings).fault == docker::EngineFault::failed);
  settings.network = "theirs";
  CHECK(with_network_hint(cause, settings).message == cause.message);
  settings.network = kOwnNetwork;
  const docker::EngineError other(docker::EngineFault::no_space, "no space left on device");
  CHECK(with_network_hint(other, settings).message == other.message);
}
