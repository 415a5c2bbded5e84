#include <docker/engine_json.h>
#include <docker/pull_progress.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace wharf;
using namespace wharf::docker;

TEST_CASE("what an engine refuses with is the fault it means, whatever status it gives it") {
  using F = EngineFault;
  struct Case {
    unsigned status;
    F fault;
    std::string message;
  };
  // As Docker 20.10 … 28 and Podman 4.3 write them.
  const Case cases[] = {
      {404, F::image_not_found, "No such image: nope:latest"},
      {404, F::image_not_found,
       "manifest for 127.0.0.1:5000/x:9 not found: manifest unknown: manifest unknown"},
      {404, F::image_not_found,
       "pull access denied for nope, repository does not exist or may require 'docker login': "
       "denied: "
       "requested access to the resource is denied"},
      {404, F::image_not_found, "failed to find image nope: nope: No such image"},
      {500, F::registry_refused, "Head \"http://r/v2/x/manifests/1\": no basic auth credentials"},
      {500, F::registry_refused,
       "Get \"https://r/v2/\": unauthorized: incorrect username or password"},
      {200, F::registry_refused,
       "initializing source docker://r/x:1: reading manifest 1 in r/x: authentication required"},
      {500, F::registry_unreachable, "Get \"https://r/v2/\": dial tcp: lookup r: no such host"},
      {500, F::registry_unreachable,
       "Get \"http://r/v2/\": dial tcp 127.0.0.1:1: connect: connection refused"},
      {500, F::registry_unreachable,
       "Get \"https://r/v2/\": x509: certificate signed by unknown authority"},
      {500, F::registry_unreachable, "Get \"https://r/v2/\": net/http: TLS handshake timeout"},
      {200, F::no_space, "write /var/lib/docker/tmp/GetImageBlob1: no space left on device"},
      {500, F::no_space, "mkdir /var/lib/docker/overlay2/x: no space left on device"},
      {404, F::wrong_platform, "no matching manifest for linux/amd64 in the manifest list entries"},
      {400, F::entrypoint_not_found,
       "failed to create shim task: OCI runtime create failed: runc create failed: unable to start "
       "container process: exec: \"/nope\": stat /nope: no such file or directory: unknown"},
      {400, F::entrypoint_not_found, "exec: \"nope\": executable file not found in $PATH: unknown"},
      {500, F::entrypoint_not_found,
       "crun: executable file `/nope` not found: No such file or directory: OCI runtime attempted "
       "to "
       "invoke a command that was not found"},
      {400, F::entrypoint_not_found, "exec /bad: exec format error: unknown"},
      {409, F::conflict,
       "Conflict. The container name \"/x\" is already in use by container \"1\"."},
      {500, F::conflict,
       "container create: creating container storage: the container name \"x\" is already in use "
       "by 1. "
       "You have to remove that container to be able to reuse that name: that name is already in "
       "use"},
      {500, F::conflict,
       "can only kill running containers. 1 is in state exited: container state improper"},
      {404, F::not_found, "No such container: x"},
      {404, F::not_found, "network x not found"},
      {400, F::refused,
       "invalid mount config for type \"bind\": bind source path does not exist: /nope"},
      {403, F::refused, "forbidden"},
      {500, F::failed, "error while mounting volume: permission denied: unknown"},
  };
  for (const auto& one : cases) {
    INFO(one.message);
    CHECK(name_of(fault_of_answer(one.status, one.message)) == name_of(one.fault));
  }
}

TEST_CASE("an engine's error is an Error that keeps its fault on the way up") {
  const auto fails = []() -> EngineResult<int> {
    return EngineError{EngineFault::image_not_found, "no x"}.during("pulling x");
  };
  const auto error = fails().error();
  CHECK(error.fault == EngineFault::image_not_found);
  const Result<int> plain = Error(error);
  CHECK(plain.error().code == ErrorCode::not_found);
  CHECK(plain.error().message == "while pulling x: no x");
}

TEST_CASE("a refusal's words are taken as each engine says them") {
  CHECK(message_in(R"({"message":"No such image"})") == "No such image");
  CHECK(message_in(R"({"cause":"no","response":500})") == "no");
  CHECK(message_in("plain\nwords\n") == "plain words");
  CHECK(message_in("") == "(nothing)");
  CHECK(message_in(std::string(1 << 20, 'x')).size() == 2000);
}

TEST_CASE("a version is two numbers") {
  CHECK(api_version_in("1.41").value() == ApiVersion{1, 41});
  CHECK(ApiVersion{1, 9} < ApiVersion{1, 41});
  for (const auto* text : {"", "1", "1.", "4.3.1", "x.y", "1.41 ", "-", "99999999999.1"}) {
    INFO(text);
    CHECK(api_version_in(text).error().fault == EngineFault::bad_answer);
  }
}

TEST_CASE(
    "a default runtime that cannot share FIFOs is refused by name; one that is only there is not") {
  EngineInfo engine = engine_info_in(R"({"OSType":"linux","Architecture":"aarch64","NCPU":4,
      "MemTotal":5,"DefaultRuntime":"runc","Runtimes":{"runc":{},"runsc":{},"kata":{}},
      "CgroupVersion":"2","SecurityOptions":["name=seccomp","name=rootless"]})")
                          .value();
  CHECK(engine.architecture == "arm64");
  CHECK(engine.runtimes == std::vector<std::string>{"kata", "runc", "runsc"});
  CHECK(engine.rootless);
  CHECK(engine.processors == 4);
  CHECK(engine.memory_bytes == 5);
  CHECK(check_usable(engine).has_value());
  for (const auto& [runtime, name] : {std::pair{"runsc", "gVisor"},
                                      {"runsc-kvm", "gVisor"},
                                      {"kata", "Kata"},
                                      {"io.containerd.kata.v2", "Kata"}}) {
    engine.default_runtime = runtime;
    const auto refused = check_usable(engine);
    REQUIRE(refused.has_error());
    CHECK(refused.error().fault == EngineFault::unsupported);
    CHECK(refused.error().message.find(runtime) != std::string::npos);
    CHECK(refused.error().message.find(name) != std::string::npos);
  }
  engine.default_runtime = "crun";
  engine.os = "windows";
  CHECK(check_usable(engine).error().message.find("windows") != std::string::npos);
}

TEST_CASE("an image for another processor is refused, both named") {
  EngineInfo engine;
  engine.os = "linux";
  engine.architecture = "amd64";
  ImageFacts image;
  image.os = "linux";
  image.architecture = "amd64";
  CHECK(check_platform(image, engine).has_value());
  image.architecture = "386";
  CHECK(check_platform(image, engine).has_value());
  image.architecture = "arm64";
  const auto refused = check_platform(image, engine);
  REQUIRE(refused.has_error());
  CHECK(refused.error().fault == EngineFault::wrong_platform);
  CHECK(refused.error().message == "the image is for linux/arm64, this host is linux/amd64");
  image = {};
  image.os = "windows";
  CHECK(check_platform(image, engine).has_error());
}

TEST_CASE("an image's facts are read where the engine leaves out what is empty") {
  const auto facts = image_facts_in(R"({"Id":"sha256:1","RepoDigests":["a@sha256:2"],"Os":"linux",
      "Architecture":"amd64","Config":{"Entrypoint":["/a","b"],"Cmd":null,"WorkingDir":"/w",
      "Env":["A=1=2","B="],"Labels":{"x":"y"},"User":"1000"}})")
                         .value();
  CHECK(facts.entrypoint == std::vector<std::string>{"/a", "b"});
  CHECK(facts.command.empty());
  CHECK(facts.environment == std::map<std::string, std::string>{{"A", "1=2"}, {"B", ""}});
  CHECK(facts.labels.at("x") == "y");
  CHECK(facts.user == "1000");
  CHECK(facts.working_directory == "/w");
  CHECK(facts.repo_digests == std::vector<std::string>{"a@sha256:2"});
  const auto bare = image_facts_in(R"({"Id":"1","Config":null})").value();
  CHECK(bare.id == "sha256:1");
  CHECK(bare.entrypoint.empty());
}

TEST_CASE("how a container ended is read") {
  const auto state = container_state_in(R"({"Id":"c","Name":"/n","Image":"sha256:1",
      "State":{"Status":"exited","Running":false,"OOMKilled":true,"ExitCode":137,"Pid":0,
      "Error":"e","StartedAt":"s","FinishedAt":"f"},"Config":{"Labels":{"l":"v"}}})")
                         .value();
  CHECK(state.name == "n");
  CHECK(state.out_of_memory);
  CHECK(state.exit_code == 137);
  CHECK(state.labels.at("l") == "v");
  CHECK(exit_code_in(R"({"Error":null,"StatusCode":3})").value() == 3);
  CHECK(exit_code_in(R"({"StatusCode":0,"Error":{"Message":"lost"}})").error().fault ==
        EngineFault::failed);
}

TEST_CASE("garbage is a bad answer, shown clipped and on one line") {
  const std::string long_garbage = "<html>\n" + std::string(100'000, 'x');
  for (const std::string& body :
       {std::string(), std::string("null"), std::string("[1]"), std::string("{}"),
        std::string("{\"Id\":7}"), std::string("{\"Id\":\"a\""), long_garbage,
        std::string(100'000, '[')}) {
    CHECK(engine_info_in(body).error().fault == EngineFault::bad_answer);
    CHECK(image_facts_in(body).error().fault == EngineFault::bad_answer);
    CHECK(container_state_in(body).error().fault == EngineFault::bad_answer);
    CHECK(event_in(body).error().fault == EngineFault::bad_answer);
    CHECK(new_id_in(body).error().fault == EngineFault::bad_answer);
    CHECK(exit_code_in(body).error().fault == EngineFault::bad_answer);
    CHECK(container_list_in(body).error().fault == EngineFault::bad_answer);
    CHECK(new_id_in(body).error().message.size() < 2200);
    CHECK(new_id_in(body).error().message.find('\n') == std::string::npos);
  }
}

TEST_CASE("events carry who, what and its attributes") {
  const auto event = event_in(R"({"Type":"container","Action":"die","Actor":{"ID":"c",
      "Attributes":{"exitCode":"3","wharf.job":"7"}},"time":1,"timeNano":1700000000000000001})")
                         .value();
  CHECK(event.action == "die");
  CHECK(event.id == "c");
  CHECK(event.attributes.at("exitCode") == "3");
  CHECK(event.at == 1700000000000000001);
}

TEST_CASE("the layers of a pull make one progress that never goes back") {
  PullMeter meter;
  const auto take = [&](const std::string& line) {
    const double before = meter.progress().fraction;
    REQUIRE(meter.take(line).has_value());
    CHECK(meter.progress().fraction >= before);
  };
  take(R"({"status":"Pulling from library/x","id":"latest"})");
  CHECK(meter.progress() == PullProgress{});
  take(R"({"status":"Already exists","progressDetail":{},"id":"a"})");
  take(R"({"status":"Pulling fs layer","progressDetail":{},"id":"b"})");
  CHECK(meter.progress().layers == 2);
  CHECK(meter.progress().layers_done == 1);
  take(R"({"status":"Downloading","progressDetail":{"current":50,"total":100},"id":"b"})");
  CHECK(meter.progress().bytes_done == 50);
  CHECK(meter.progress().bytes_total == 100);
  CHECK(meter.progress().fraction == Approx(0.25));
  take(R"({"status":"Verifying Checksum","progressDetail":{},"id":"b"})");
  take(R"({"status":"Download complete","progressDetail":{},"id":"b"})");
  CHECK(meter.progress().fraction == Approx(0.5));
  take(R"({"status":"Extracting","progressDetail":{"current":50,"total":100},"id":"b"})");
  CHECK(meter.progress().fraction == Approx(0.75));
  take(R"({"status":"Pulling fs layer","progressDetail":{},"id":"c"})");
  take(R"({"status":"Pull complete","progressDetail":{},"id":"b"})");
  take(R"({"status":"Pull complete","progressDetail":{},"id":"c"})");
  CHECK(meter.progress().fraction == 1);
  CHECK(meter.progress().layers_done == 3);
  take(R"({"status":"Status: Downloaded newer image for x:latest"})");
}

TEST_CASE(
    "a pull that fails in its lines fails with the engine's words, and counts no endless layers") {
  PullMeter meter;
  const auto failed =
      meter.take(R"({"errorDetail":{"message":"m"},"error":"write x: no space left on device"})");
  CHECK(failed.error().fault == EngineFault::no_space);
  CHECK(failed.error().message == "the engine says: write x: no space left on device");
  CHECK(meter.take("no json").error().fault == EngineFault::bad_answer);
  for (int i = 0; i < 5000; ++i) {
    REQUIRE(
        meter
            .take(
                nlohmann::json({{"status", "Pulling fs layer"}, {"id", std::to_string(i)}}).dump())
            .has_value());
  }
  CHECK(meter.progress().layers == 1024);
}
