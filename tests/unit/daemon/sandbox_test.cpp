#include "daemon/sandbox.h"

#include <catch2/catch.hpp>

using namespace wharf::daemon;
using Access = Sandbox::Access;

namespace {

// What the packaged unit makes of a machine, with a disk of its own at /srv that may be written.
constexpr const char* kService =
    "100 1 254:0 / / ro,relatime shared:1 - ext4 /dev/vda rw\n"
    "101 100 0:30 /systemd/inaccessible/dir /home ro,nosuid shared:2 - tmpfs tmpfs rw,mode=755\n"
    "102 100 254:0 /tmp/systemd-private-2f-wharf.service-x/tmp /tmp rw - ext4 /dev/vda rw\n"
    "103 100 254:0 /var/lib/wharf /var/lib/wharf rw,relatime - ext4 /dev/vda rw\n"
    "104 100 254:16 / /srv/my\\040lake rw - ext4 /dev/vdb rw\n"
    "105 100 0:31 / /root rw - tmpfs tmpfs ro\n"
    "half a line\n";

bool says(const std::optional<std::string>& objection, std::string_view words) {
  return objection && objection->find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("what the unit leaves open is not objected to") {
  const Sandbox sandbox(kService);
  CHECK_FALSE(sandbox.objection("/var/lib/wharf/lake.db", Access::write));
  CHECK_FALSE(sandbox.objection("/srv/my lake/lake.db", Access::write));
  CHECK_FALSE(sandbox.objection("/usr/share/zoneinfo/iso3166.tab", Access::read));
}

TEST_CASE("outside a service nothing is hidden") {
  CHECK_FALSE(Sandbox().objection("/tmp/lake.db", Access::write));
  const auto nothing = [](const char*) -> const char* { return nullptr; };
  CHECK_FALSE(Sandbox::of_this_process(nothing).objection("/proc/1/x", Access::write));
  // A terminal whose session is a service's has this number of another process.
  const auto another = [](const char*) { return "1"; };
  CHECK_FALSE(Sandbox::of_this_process(another).objection("/proc/1/x", Access::write));
}

TEST_CASE("what may only be read is objected to for writing, with the drop-in that opens it") {
  const auto objection = Sandbox(kService).objection("/usr/../srv/other/lake.db", Access::write);
  CHECK(says(objection, "/srv/other/lake.db can be read"));
  CHECK(says(objection, "systemctl edit wharf"));
  CHECK(says(objection, "[Service]\n  ReadWritePaths=/srv/other\n"));
  CHECK_FALSE(Sandbox(kService).objection("/var/lib/wharfs", Access::read));
  CHECK(says(Sandbox(kService).objection("/var/lib/wharfs", Access::write), "ProtectSystem"));
}

TEST_CASE("the service's own /tmp and the homes are hidden from readers too") {
  const Sandbox sandbox(kService);
  const auto tmp = sandbox.objection("/tmp/orders.csv", Access::read);
  CHECK(says(tmp, "[Service]\n  PrivateTmp=no\n"));
  CHECK_FALSE(says(tmp, "ReadWritePaths"));
  CHECK(says(sandbox.objection("/tmp/lake.db", Access::write), "ReadWritePaths=/tmp\n"));
  const auto home = sandbox.objection("/home/jo/orders.csv", Access::read);
  CHECK(says(home, "[Service]\n  ProtectHome=read-only\n"));
  CHECK_FALSE(says(home, "ReadWritePaths"));
  CHECK(says(sandbox.objection("/root/lake.db", Access::write), "ProtectHome"));
}

TEST_CASE("hidden paths of built-ins are problems of their lines") {
  wharf::declaration::Loaded loaded = wharf::declaration::parse(
      "sources:\n"
      "  - name: orders\n"
      "    connector: source-file\n"
      "    configuration:\n"
      "      streams:\n"
      "        - globs:\n"
      "            - /home/jo/*.csv\n"
      "            - /usr/share/x.csv\n"
      "  - {name: own, connector: {command: [/bin/x]}, configuration: {path: "
      "/tmp/of-a-container}}\n"
      "destinations:\n"
      "  - name: lake\n"
      "    connector: destination-sqlite\n"
      "    configuration: {destination_path: lake.db}\n",
      "/etc/wharf/conf.d/a.yaml");
  const auto problems = hidden_paths(loaded.declaration, Sandbox(kService));
  REQUIRE(problems.size() == 2);
  CHECK(problems[0].place.file == "/etc/wharf/conf.d/a.yaml");
  CHECK(problems[0].place.line == 7);
  CHECK(problems[0].message.starts_with("'orders': /home/jo/*.csv is hidden"));
  CHECK(problems[1].message.starts_with("'lake': /etc/wharf/conf.d/lake.db can be read"));
}
