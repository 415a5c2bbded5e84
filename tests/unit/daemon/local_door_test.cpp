#include "daemon/local_door.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <map>

using namespace wharf;
namespace fs = std::filesystem;

namespace {

connection::Environment environment(std::map<std::string, std::string> values) {
  return [values = std::move(values)](const char* name) -> const char* {
    const auto at = values.find(name);
    return at == values.end() ? nullptr : at->second.c_str();
  };
}

}  // namespace

TEST_CASE("the socket is where it is said to be, else in systemd's directory, else with the data") {
  using daemon::socket_path;
  CHECK(socket_path("/a/b.sock", "/data", environment({})) == "/a/b.sock");
  CHECK(socket_path("", "/data", environment({{"RUNTIME_DIRECTORY", "/run/wharf"}})) ==
        "/run/wharf/wharf.sock");
  CHECK(socket_path("", "/data", environment({{"RUNTIME_DIRECTORY", "/run/wharf:/run/x"}})) ==
        "/run/wharf/wharf.sock");
  CHECK(socket_path("", "/data", environment({})) == "/data/wharf.sock");
  CHECK_FALSE(socket_path("", "/" + std::string(100, 'd'), environment({})));
}

TEST_CASE("a command looks where it is told to, else at the service's place and at one's own") {
  using daemon::sockets_to_try;
  using Places = std::vector<std::string>;
  const auto usual = environment({});
  CHECK(sockets_to_try("/a.sock", "/data", usual) == Places{"/a.sock"});
  CHECK(sockets_to_try("", "/data", environment({{"WHARF_SOCKET", "/e.sock"}})) ==
        Places{"/data/wharf.sock"});
  CHECK(sockets_to_try("", "", environment({{"WHARF_SOCKET", "/e.sock"}})) == Places{"/e.sock"});
  CHECK(sockets_to_try("", "", usual).front() == "/run/wharf/wharf.sock");
  CHECK(sockets_to_try("", "", usual).size() == 2);
}

TEST_CASE("the data directory leads to a socket that lies elsewhere, and to no former one") {
  char name[] = "/tmp/wharf-door-XXXXXX";
  const fs::path data = ::mkdtemp(name);
  const auto link = data / "wharf.sock";
  REQUIRE(daemon::lead_to_socket(data, "/run/one.sock").has_value());
  CHECK(fs::read_symlink(link) == "/run/one.sock");
  REQUIRE(daemon::lead_to_socket(data, "/run/two.sock").has_value());
  CHECK(fs::read_symlink(link) == "/run/two.sock");
  REQUIRE(daemon::lead_to_socket(data, link.string()).has_value());
  CHECK_FALSE(fs::is_symlink(link));
  fs::remove_all(data);
}
