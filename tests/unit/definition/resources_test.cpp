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
  CHECK(parse_resources(to_json({})) == Resources{});
  CHECK(parse_resources("[]") == Resources{});
  CHECK(parse_resources(R"({"cpu_limit":"x","memory_limit":7})") == Resources{});
  CHECK(parse_memory(memory_text(3ull << 30)) == 3ull << 30);
  CHECK(memory_text(1536u << 20) == "1536 MiB");
  CHECK(memory_text(1000) == "1000");
}

TEST_CASE("sockets go by whole processors, at least one") {
  CHECK(whole_cpus({}) == 1);
  CHECK(whole_cpus({.milli_cpus = 500, .memory = {}}) == 1);
  CHECK(whole_cpus({.milli_cpus = 2500, .memory = {}}) == 2);
}
