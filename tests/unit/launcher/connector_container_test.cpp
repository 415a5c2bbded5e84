#include "launcher/connector_container.h"

#include <algorithm>
#include <catch2/catch.hpp>

using namespace wharf;
using namespace wharf::launcher;
using workload::Medium;
using workload::Side;
using workload::Verb;
using Words = std::vector<std::string>;

namespace {

const std::filesystem::path kRun = "/run/wharf/runs/abcd2345";

docker::ImageFacts faker() {
  docker::ImageFacts facts;
  facts.id = "sha256:1";
  facts.entrypoint = {"python", "/airbyte/main.py"};
  facts.environment = {{"AIRBYTE_ENTRYPOINT", "python /airbyte/main.py"}};
  return facts;
}

workload::Workload reading() {
  workload::Workload workload;
  workload.side = Side::source;
  workload.verb = Verb::read;
  definition::Image image;
  image.reference = "airbyte/source-faker:6.2.10";
  image.environment = {{"TZ", "Europe/Berlin"}};
  workload.program = image;
  workload.files = {{"connectorConfig.json", "{}"}, {"catalog.json", "{}"}, {"wharf.json", "{}"}};
  workload.channel.emplace();
  workload.attempt = base::AttemptId{base::JobId(3), 1};
  workload.connection = base::ConnectionId("c0ffee");
  return workload;
}

workload::Workload reading_over_sockets() {
  auto workload = reading();
  workload.channel->medium = Medium::socket;
  workload.channel->form = record::WireForm::protobuf;
  workload.channel->socket_paths = {kRun / "s/airbyte_socket_1.sock",
                                    kRun / "s/airbyte_socket_2.sock"};
  return workload;
}

ContainerSettings settings() {
  ContainerSettings settings;
  settings.shim = "/usr/lib/wharf/wharf-shim";
  settings.version = "9.9";
  settings.deployment = "here";
  settings.network = "connectors";
  settings.host_cpus = 2;
  return settings;
}

docker::ContainerPlan plan_of(const workload::Workload& workload,
                              const docker::ImageFacts& image = faker(),
                              const ContainerSettings& with = settings()) {
  const workload::SideDirectory directory{kRun / workload::directory_of(workload.side)};
  return container_plan(workload, image, kRun, directory, with).value();
}

// The container's target of a path of the host, with `:ro` behind it.
std::string bound(const docker::ContainerPlan& plan, const std::string& source) {
  for (const auto& bind : plan.binds) {
    if (bind.source == source) return bind.target + (bind.read_only ? ":ro" : "");
  }
  return "";
}

}  // namespace

TEST_CASE("the shim is process 1, and runs the image's own entrypoint where the image wants it") {
  const auto plan = plan_of(reading());
  CHECK(plan.entrypoint == Words{"/wharf-shim", "--stdin", "/source/stdin", "--stdout",
                                 "/source/stdout", "--stderr", "/source/stderr", "--control",
                                 "/source/control", "--", "python", "/airbyte/main.py", "read",
                                 "--config", "/source/connectorConfig.json", "--catalog",
                                 "/source/catalog.json"});
  CHECK(plan.command.empty());
  CHECK(plan.working_directory.empty());
  CHECK(bound(plan, "/usr/lib/wharf/wharf-shim") == "/wharf-shim:ro");
}

TEST_CASE(
    "without an entrypoint, AIRBYTE_ENTRYPOINT's words are run in the connector's directory") {
  docker::ImageFacts image;
  image.environment = {{"AIRBYTE_ENTRYPOINT", " /bin/run  'a b' \"c\"d "}};
  const auto plan = plan_of(reading(), image);
  const auto at = std::find(plan.entrypoint.begin(), plan.entrypoint.end(), "--");
  CHECK(Words(at + 1, at + 5) == Words{"/bin/run", "a b", "cd", "read"});
  CHECK(plan.working_directory == "/source");
}

TEST_CASE("an image that says nothing of what is to be run fails by name, with its side's origin") {
  const workload::SideDirectory directory{kRun / "source"};
  const auto plan = container_plan(reading(), {}, kRun, directory, settings());
  REQUIRE_FALSE(plan.has_value());
  CHECK(plan.error().origin == Origin::source);
  CHECK(plan.error().message.find("airbyte/source-faker:6.2.10") != std::string::npos);
  CHECK(plan.error().message.find("AIRBYTE_ENTRYPOINT") != std::string::npos);
}

TEST_CASE("files and FIFOs are bound one by one, files to be read only") {
  const auto plan = plan_of(reading());
  CHECK(plan.binds.size() == 1 + 4 + 3);
  CHECK(bound(plan, kRun / "source/stdin") == "/source/stdin");
  CHECK(bound(plan, kRun / "source/stdout") == "/source/stdout");
  CHECK(bound(plan, kRun / "source/stderr") == "/source/stderr");
  CHECK(bound(plan, kRun / "source/control") == "/source/control");
  CHECK(bound(plan, kRun / "source/catalog.json") == "/source/catalog.json:ro");
  CHECK(bound(plan, kRun / "source/connectorConfig.json") == "/source/connectorConfig.json:ro");
}

TEST_CASE("what a connector leaves where it stands is scratch, for any uid") {
  CHECK(plan_of(reading()).tmpfs.at("/source").find("mode=0777") != std::string::npos);
  auto writing = reading();
  writing.side = Side::destination;
  writing.verb = Verb::write;
  CHECK(plan_of(writing).tmpfs.count("/dest") == 1);
  auto asking = reading();
  asking.side = Side::question;
  asking.verb = Verb::check;
  CHECK(plan_of(asking).tmpfs.count("/config") == 1);
}

TEST_CASE("sockets are seen at /var/run/sockets, and a source makes them for every uid") {
  auto workload = reading_over_sockets();
  auto plan = plan_of(workload);
  CHECK(bound(plan, kRun / "s") == "/var/run/sockets");
  CHECK(plan.environment.at("DATA_CHANNEL_SOCKET_PATHS") ==
        "/var/run/sockets/airbyte_socket_1.sock,/var/run/sockets/airbyte_socket_2.sock");
  const auto& words = plan.entrypoint;
  const auto umask = std::find(words.begin(), words.end(), "--umask");
  REQUIRE(umask != words.end());
  CHECK(*(umask + 1) == "000");

  workload.side = Side::destination;
  plan = plan_of(workload);
  CHECK(bound(plan, kRun / "s") == "/var/run/sockets");
  CHECK(std::count(plan.entrypoint.begin(), plan.entrypoint.end(), "--umask") == 0);
  CHECK(bound(plan_of(reading()), kRun / "s").empty());
}

TEST_CASE("a container's environment is the contract's and the definition's, nothing of the host") {
  const auto environment = plan_of(reading()).environment;
  CHECK(environment.at("WORKER_CONNECTOR_IMAGE") == "airbyte/source-faker:6.2.10");
  CHECK(environment.at("WORKER_JOB_ID") == "3");
  CHECK(environment.at("WORKER_JOB_ATTEMPT") == "1");
  CHECK(environment.at("AIRBYTE_VERSION") == "9.9");
  CHECK(environment.at("DATA_CHANNEL_MEDIUM") == "STDIO");
  CHECK(environment.at("WHARF_CONTEXT") == "/source/wharf.json");
  CHECK(environment.at("TZ") == "Europe/Berlin");
  CHECK(environment.count("PATH") == 0);
  CHECK(environment.count("HOME") == 0);
}

TEST_CASE("labels say whose a container is, as Airbyte's launcher says it, and lead to its run") {
  const auto labels = plan_of(reading()).labels;
  CHECK(labels.at("airbyte") == "job-pod");
  CHECK(labels.at("job_type") == "sync");
  CHECK(labels.at("actor_type") == "source");
  CHECK(labels.at("image_name") == "airbyte/source-faker");
  CHECK(labels.at("image_version") == "6.2.10");
  CHECK(labels.at("connection_id") == "c0ffee");
  CHECK(labels.at("mutex_key") == "c0ffee");
  CHECK(labels.at("job_id") == "3");
  CHECK(labels.at("attempt_id") == "1");
  CHECK(labels.at("workload_id") == "c0ffee_3_1_sync");
  CHECK(labels.at("wharf.deployment") == "here");
  CHECK(labels.at(kRunLabel) == kRun.string());

  auto asking = reading();
  asking.side = Side::question;
  asking.verb = Verb::discover;
  asking.attempt.reset();
  asking.connection.reset();
  CHECK(plan_of(asking).labels.at("job_type") == "discover");
  CHECK(plan_of(asking).labels.count("connection_id") == 0);
}

TEST_CASE("a name says what runs, in at most 63 characters") {
  auto workload = reading();
  CHECK(container_name(workload, kRun) == "source-faker-read-3-1-abcd2345");
  auto& image = std::get<definition::Image>(workload.program);
  image.reference =
      "registry.example:5000/team/" + std::string(80, 'x') + "@sha256:" + std::string(64, '0');
  const auto name = container_name(workload, kRun);
  CHECK(name.size() == 63);
  CHECK(name.ends_with("x-read-3-1-abcd2345"));
  image.reference = "team/a__b:1";
  workload.attempt.reset();
  workload.verb = Verb::check;
  CHECK(container_name(workload, kRun) == "a--b-check-abcd2345");
}

TEST_CASE("a container has no right, no way to one, and limits") {
  auto workload = reading();
  auto plan = plan_of(workload);
  CHECK(plan.dropped_capabilities == Words{"ALL"});
  CHECK(plan.security == Words{"no-new-privileges"});
  CHECK(plan.network == "connectors");
  CHECK(plan.pids == 512);
  CHECK(plan.memory_bytes == std::int64_t{2} << 30);
  CHECK(plan.nano_cpus == 0);

  auto& image = std::get<definition::Image>(workload.program);
  image.resources = {.milli_cpus = 500, .memory = 64 << 20};
  plan = plan_of(workload);
  CHECK(plan.memory_bytes == 64 << 20);
  CHECK(plan.nano_cpus == 500'000'000);

  // What is kept for it is never more than its limit, and a processor weighs 1024.
  image.resources.memory_request = 128 << 20;
  image.resources.milli_cpus_request = 250;
  CHECK(plan_of(workload).memory_reservation_bytes == 64 << 20);
  CHECK(plan_of(workload).cpu_shares == 256);

  // More than the host has, an engine would refuse.
  image.resources.milli_cpus = 8000;
  CHECK(plan_of(workload).nano_cpus == 2'000'000'000);
}

TEST_CASE("a directory of the host is /local where the settings name one") {
  const auto is_local = [](const auto& bind) { return bind.target == "/local"; };
  CHECK(std::ranges::none_of(plan_of(reading()).binds, is_local));
  auto with_local = settings();
  with_local.local_mount = "/srv/wharf";
  CHECK(bound(plan_of(reading(), faker(), with_local), "/srv/wharf") == "/local");
}
