#include <docker/container_plan.h>
#include <docker/engine_target.h>
#include <docker/tar_writer.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace wharf;
using namespace wharf::docker;
using Json = nlohmann::json;

TEST_CASE("a plan that says little leaves the rest to the image, and has no log and no terminal") {
  const auto body = create_body({.name = "n", .image = "i"});
  CHECK(body == Json::parse(R"({"Image": "i", "Tty": false, "OpenStdin": false,
      "AttachStdin": false, "AttachStdout": false, "AttachStderr": false,
      "HostConfig": {"AutoRemove": false, "Privileged": false, "Init": false,
                     "LogConfig": {"Type": "none"}, "RestartPolicy": {"Name": "no"}}})"));
}

TEST_CASE("a plan is said in the engine's words") {
  using namespace std::chrono_literals;
  const auto body = create_body({.name = "n",
                                 .image = "i",
                                 .entrypoint = {"/shim", "--"},
                                 .command = {"read"},
                                 .working_directory = "/source",
                                 .environment = {{"A", "1=2"}, {"B", ""}},
                                 .labels = {{"wharf.job", "7"}},
                                 .user = "1000:1000",
                                 .binds = {{"/run/a:b", "/in", true}, {"/run/c", "/out", false}},
                                 .tmpfs = {{"/tmp", "rw,mode=1777"}},
                                 .memory_bytes = 64 << 20,
                                 .memory_reservation_bytes = 32 << 20,
                                 .nano_cpus = 1'500'000'000,
                                 .cpu_shares = 512,
                                 .pids = 100,
                                 .dropped_capabilities = {"ALL"},
                                 .security = {"no-new-privileges"},
                                 .network = "none",
                                 .ulimits = {{"nofile", 1024, 2048}},
                                 .extra_hosts = {"db:10.0.0.1"},
                                 .stop_signal = "SIGTERM",
                                 .stop_grace = 60s,
                                 .read_only_root = true});
  CHECK(body["Entrypoint"] == Json({"/shim", "--"}));
  CHECK(body["Cmd"] == Json::array({"read"}));
  CHECK(body["WorkingDir"] == "/source");
  CHECK(body["Env"] == Json({"A=1=2", "B="}));
  CHECK(body["Labels"] == Json({{"wharf.job", "7"}}));
  CHECK(body["User"] == "1000:1000");
  CHECK(body["StopSignal"] == "SIGTERM");
  CHECK(body["StopTimeout"] == 60);
  const auto& host = body["HostConfig"];
  CHECK(host["Mounts"] == Json::parse(R"([
      {"Type": "bind", "Source": "/run/a:b", "Target": "/in", "ReadOnly": true},
      {"Type": "bind", "Source": "/run/c", "Target": "/out", "ReadOnly": false}])"));
  CHECK(host["Tmpfs"] == Json({{"/tmp", "rw,mode=1777"}}));
  CHECK(host["Memory"] == 64 << 20);
  CHECK(host["MemorySwap"] == host["Memory"]);
  CHECK(host["MemoryReservation"] == 32 << 20);
  CHECK(host["NanoCpus"] == 1'500'000'000);
  CHECK(host["CpuShares"] == 512);
  CHECK(host["PidsLimit"] == 100);
  CHECK(host["CapDrop"] == Json::array({"ALL"}));
  CHECK(host["SecurityOpt"] == Json::array({"no-new-privileges"}));
  CHECK(host["NetworkMode"] == "none");
  CHECK(host["Ulimits"] == Json::parse(R"([{"Name": "nofile", "Soft": 1024, "Hard": 2048}])"));
  CHECK(host["ExtraHosts"] == Json::array({"db:10.0.0.1"}));
  CHECK(host["ReadonlyRootfs"] == true);
}

TEST_CASE("names and filters stand in a target without breaking it") {
  CHECK(in_target_path("docker.io/a/b:1@sha256:0") == "docker.io/a/b:1@sha256:0");
  CHECK(in_target_path("a b?c#d%\r\n") == "a%20b%3Fc%23d%25%0D%0A");
  CHECK(in_target_query("a/b&c=\xc3\xa4") == "a%2Fb%26c%3D%C3%A4");
  CHECK(filters_in_query({{"label", {"a=b"}}}) == "%7B%22label%22%3A%5B%22a%3Db%22%5D%7D");
}

TEST_CASE("what a tar archive cannot say is refused") {
  const auto refusal = [](ArchiveFile file) {
    const auto archive = tar_of({&file, 1});
    REQUIRE(archive.has_error());
    return archive.error().message;
  };
  CHECK(refusal({.name = ""}).find("relative") != std::string::npos);
  CHECK(refusal({.name = "/etc/passwd"}).find("relative") != std::string::npos);
  CHECK(refusal({.name = "a/../../b"}).find("without '..'") != std::string::npos);
  CHECK(refusal({.name = std::string("a\0b", 3)}).find("relative") != std::string::npos);
  CHECK(refusal({.name = std::string(101, 'a')}).find("too long") != std::string::npos);
  CHECK(refusal({.name = std::string(160, 'a') + "/" + std::string(90, 'b')}).find("too long") !=
        std::string::npos);
  CHECK(refusal({.name = "a", .uid = 2'097'152}).find("too large") != std::string::npos);
  CHECK(refusal({.name = "a", .modified = -1}).find("too large") != std::string::npos);
  CHECK(refusal({.name = "d/", .bytes = "x"}).find("no content") != std::string::npos);
  CHECK(tar_of({}).value() == std::string(1024, '\0'));
}
