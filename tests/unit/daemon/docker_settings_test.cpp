#include "daemon/docker_settings.h"

#include <catch2/catch.hpp>
#include <map>
#include <string>

using namespace wharf::daemon;

namespace {

wharf::connection::Environment named(std::map<std::string, std::string> variables) {
  return [variables = std::move(variables)](const char* name) -> const char* {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  };
}

}  // namespace

TEST_CASE("a command without settings goes by the environment") {
  const auto usual = docker_settings(named({}));
  CHECK(usual.host == "unix:///var/run/docker.sock");
  CHECK(usual.network == "wharf");
  CHECK(usual.registry_auth.empty());
  CHECK(usual.local_mount.empty());
  const auto said = docker_settings(named({{"DOCKER_HOST", "unix:///a"},
                                           {"WHARF_DOCKER_HOST", "unix:///b"},
                                           {"WHARF_DOCKER_NETWORK", "host"},
                                           {"WHARF_DOCKER_REGISTRY_AUTH", "/etc/logins"},
                                           {"WHARF_LOCAL_MOUNT", "/srv/l"}}));
  CHECK(said.host == "unix:///b");
  CHECK(said.network == "host");
  CHECK(said.registry_auth == "/etc/logins");
  CHECK(said.local_mount == "/srv/l");
  CHECK(docker_settings(named({{"HOME", "/nonexistent"}})).registry_auth.empty());
}

TEST_CASE("what is Wharf's own is in no container") {
  const auto objects = [](const char* directory, const char* data) {
    return objection_to_local_mount(directory, data).has_value();
  };
  CHECK_FALSE(objects("/srv/wharf", "/var/lib/wharf"));
  CHECK_FALSE(objects("/var/lib/wharf-local", "/var/lib/wharf"));
  CHECK(objects("/var/lib", "/var/lib/wharf"));
  CHECK(objects("/var/lib/", "/var/lib/wharf"));
  CHECK(objects("/", "/var/lib/wharf"));
  CHECK(objects("/var/lib/wharf", "/var/lib/wharf"));
  CHECK(objects("/var/lib/wharf/local", "/var/lib/wharf/"));
  CHECK(objects("/srv/../var/lib", "/var/lib/wharf"));
  CHECK(objects("srv", "/var/lib/wharf"));
}
