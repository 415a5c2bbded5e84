#include "definition/resources.h"

#include <catch2/catch.hpp>

using namespace wharf::definition;

TEST_CASE("processors are said in parts, as Kubernetes says them too") {
  CHECK(parse_cpus("0.5") == 500);
  CHECK(parse_cpus("2") == 2000);
  CHECK(parse_cpus("500m") == 500);
  CHECK(parse_cpus("0.001") == 1);
  for (const auto* wrong : {"", "0", "-1", "x", "1x", "1e2", "0.0001", "5000"}) {
    INFO(wrong);
    CHECK_FALSE(parse_cpus(wrong).has_value());
  }
}

TEST_CASE("memory is said in bytes with a unit, as Kubernetes says it too") {
  CHECK(parse_memory("512 MiB") == 512u << 20);
  CHECK(parse_memory("512Mi") == 512u << 20);
  CHECK(parse_memory("2Gi") == 2ull << 30);
  CHECK(parse_memory("1G") == 1'000'000'000u);
  CHECK(parse_memory("4096") == 4096u);
  CHECK_FALSE(parse_memory("0").has_value());
  CHECK_FALSE(parse_memory("much").has_value());
  CHECK_FALSE(parse_memory("").has_value());
}

TEST_CASE("limits come back as they were kept, and what is no limit is none") {
  const Resources both{.milli_cpus = 1500, .memory = 3ull << 30};
  CHECK(parse_resources(to_json(both)) == both);
  CHECK(parse_resources(to_json(Resources{})) == Resources{});
  CHECK(parse_resources("[]") == Resources{});
  CHECK(parse_resources(R"({"cpu_limit":"x","memory_limit":7})") == Resources{});
  CHECK(parse_memory(memory_text(3ull << 30)) == 3ull << 30);
  CHECK(memory_text(1536u << 20) == "1536 MiB");
  CHECK(memory_text(1000) == "1000");
}

TEST_CASE("each amount is the first that is said") {
  const Resources near{.milli_cpus = 500, .memory_request = 1u << 20};
  const Resources far{.milli_cpus = 2000, .memory = 64u << 20};
  const auto granted = over(near, far);
  CHECK(granted.milli_cpus == 500);
  CHECK(granted.memory == 64u << 20);
  CHECK(granted.memory_request == 1u << 20);
  CHECK_FALSE(granted.milli_cpus_request.has_value());
}

TEST_CASE("what is said of one job goes before what is said of all, and only there") {
  ScopedResources said;
  said.usual = {.milli_cpus = 1000, .memory = 1u << 30};
  said.by_job["sync"] = {.memory = 4ull << 30};
  CHECK(of_job(said, kSyncJob) == Resources{.milli_cpus = 1000, .memory = 4ull << 30});
  CHECK(of_job(said, kCheckJob) == said.usual);
  CHECK(parse_scoped_resources(to_json(said)) == said);
  CHECK(to_json(ScopedResources{}) == "{}");
  CHECK(parse_scoped_resources(R"({"default":null,"jobSpecific":[7,{"jobType":"sync"}]})").empty());
}

TEST_CASE("the two ends of a connection are told apart") {
  const SideResources said{{.milli_cpus = 3000}, {.memory = 1u << 20}};
  CHECK(parse_side_resources(to_json(said)) == said);
  CHECK(parse_side_resources("nonsense") == SideResources{});
}

TEST_CASE("only containers are given limits, and what their definition says stands behind") {
  Definition definition;
  definition.program = Image{"a/b:1", {}, {.milli_cpus = 250, .memory = 1u << 20}, ""};
  const auto granted = with_resources(definition, {.memory = 2u << 20});
  CHECK(std::get<Image>(granted.program).resources ==
        Resources{.milli_cpus = 250, .memory = 2u << 20});
  definition.program = Builtin{"source-file"};
  CHECK(with_resources(definition, {.memory = 1}).program == definition.program);
}

TEST_CASE("an allocation that cannot be is refused by its member") {
  const auto why = [](const char* text) {
    const auto fits = check_scoped_resources(text);
    return fits ? std::string() : fits.error().message;
  };
  CHECK(why(R"({"default":{"cpu_limit":"500m","memory_limit":"","memory_request":null}})").empty());
  CHECK(why(R"({"jobSpecific":[{"jobType":"sync","resourceRequirements":{}}]})").empty());
  CHECK(why(R"({"default":{"cpu_limit":"much"}})").find("default.cpu_limit") != std::string::npos);
  CHECK(why(R"({"default":{"memory_limit":7}})").find("is to be a text") != std::string::npos);
  CHECK(why(R"({"default":[]})").find("is to be an object") != std::string::npos);
  CHECK(why(R"({"jobSpecific":{}})").find("a list") != std::string::npos);
  CHECK(why(R"({"jobSpecific":[{"jobType":"sink"}]})").find("jobType") != std::string::npos);
  CHECK(why(R"({"jobSpecific":[{"jobType":"sync"}]})").find("missing") != std::string::npos);
  CHECK(
      why(R"({"jobSpecific":[{"jobType":"sync","resourceRequirements":null}]})").find("missing") !=
      std::string::npos);
  CHECK(why("7").find("an object") != std::string::npos);
}

TEST_CASE("sockets go by whole processors, at least one") {
  CHECK(whole_cpus({}) == 1);
  CHECK(whole_cpus({.milli_cpus = 500, .memory = {}}) == 1);
  CHECK(whole_cpus({.milli_cpus = 2500, .memory = {}}) == 2);
}
