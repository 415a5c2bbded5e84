#include "declaration/declaration.h"

#include <catch2/catch.hpp>
#include <string>

using namespace wharf::declaration;
namespace definition = wharf::definition;

namespace {

std::string problems_of(const std::string& text) {
  std::string all;
  for (const auto& problem : parse(text, "shop.yaml").problems) all += to_string(problem) + "\n";
  return all;
}

const std::string kGood = R"(
version: 1
sources:
  - name: exports
    connector: source-file
    configuration: {path: a.csv, rows: 12, exact: 1.50, on: "true"}
destinations:
  - name: lake
    connector: destination-sqlite
    configuration: {destination_path: lake.db}
connections:
  - name: c
    source: exports
    destination: lake
    prefix: x_
    namespace: {definition: custom_format, format: "raw_${SOURCE_NAMESPACE}"}
    streams:
      - {name: a, sync_mode: incremental_append, cursor_field: [t], primary_key: [[id], [zip]]}
      - "*"
)";

}  // namespace

TEST_CASE("a declaration becomes sources, destinations and connections") {
  const Loaded loaded = parse(kGood, "shop.yaml");
  REQUIRE(problems_of(kGood).empty());
  const auto& all = loaded.declaration;
  REQUIRE(all.sources.size() == 1);
  CHECK(all.sources[0].configuration == R"({"path":"a.csv","rows":12,"exact":1.5,"on":"true"})");
  CHECK(all.sources[0].lines.at("/rows") == 6);
  REQUIRE(all.connections.size() == 1);
  CHECK(all.connections[0].names.format == "raw_${SOURCE_NAMESPACE}");
  REQUIRE(all.connections[0].streams.size() == 2);
  CHECK(all.connections[0].streams[0].primary_key.size() == 2);
  CHECK(all.connections[0].streams[1].name == "*");
}

TEST_CASE("every problem is said, with its line and the nearest name that would be right") {
  CHECK(problems_of("sorces: []\n") ==
        "shop.yaml:1: unknown key 'sorces' in the declaration (did you mean 'sources'?)\n");
  std::string text = kGood;
  text.replace(text.find("source: exports"), 15, "source: export");
  text.replace(text.find("connector: destination-sqlite"), 29, "connector: destination-sqlit");
  const std::string said = problems_of(text);
  CHECK(said.find("shop.yaml:12: connection 'c' names source 'export', which is not declared (did "
                  "you mean 'exports'?)") != std::string::npos);
  CHECK(said.find("shop.yaml:9: no destination connector 'destination-sqlit' is built in (did you "
                  "mean 'destination-sqlite'?)") != std::string::npos);
}

TEST_CASE("a connection's schedule is a value, and manual where none is written") {
  const auto with = [](const std::string& schedule) {
    return kGood + "    schedule: " + schedule + "\n";
  };
  const auto schedule_in = [](const std::string& text) {
    CHECK(problems_of(text).empty());
    return parse(text, "shop.yaml").declaration.connections.at(0).schedule;
  };
  using namespace wharf::schedule;
  CHECK(schedule_in(kGood) == Schedule{});
  CHECK(schedule_in(with("{type: manual}")) == Schedule{});
  const Schedule basic = schedule_in(with("{type: basic, every: 6 hours, missed: skip}"));
  CHECK(std::get<Basic>(basic.timing).interval() == std::chrono::hours(6));
  CHECK(basic.missed == Missed::skip);
  const Schedule cron = schedule_in(
      with(R"({type: cron, expression: "0 0 3 * * ?", timezone: Europe/Berlin, jitter: true})"));
  CHECK(std::get<Cron>(cron.timing).expression.text() == "0 0 3 * * ?");
  CHECK(std::get<Cron>(cron.timing).zone->name() == "Europe/Berlin");
  CHECK(cron.jitter);

  CHECK(problems_of(with(R"({type: cron, expression: "0 0 25 * * ?"})")) ==
        "shop.yaml:20: while reading cron '0 0 25 * * ?': hour '25' must be 0 to 23\n");
  CHECK(problems_of(with("{type: basic, every: 6 hours, tmezone: UTC}")).find("'timezone'") !=
        std::string::npos);
  CHECK(problems_of(with("hourly")).find("must be a mapping") != std::string::npos);
}

TEST_CASE("text that is no YAML is an error with its line") {
  CHECK(problems_of("sources: [\n  {name: a\n").find("shop.yaml:") == 0);
  CHECK(problems_of("just words").find("declares nothing") != std::string::npos);
}

TEST_CASE("a foreign source may say how long it is silent, in seconds") {
  const std::string base = "sources:\n  - name: s\n    connector: {command: [x], ";
  CHECK(problems_of(base + "max_seconds_between_messages: 7200}\n").empty());
  for (const auto* wrong : {"0", "-1", "an hour", "1.5", "99999999999"}) {
    INFO(wrong);
    CHECK(problems_of(base + "max_seconds_between_messages: " + wrong + "}\n")
              .find("must be a number of seconds") != std::string::npos);
  }
}

TEST_CASE("a foreign destination supports refreshes if it says so, or if it keeps a position") {
  const std::string base = "destinations:\n  - name: d\n    connector: {command: [x], ";
  CHECK(problems_of(base + "supports_refreshes: true}\n").empty());
  CHECK(problems_of(base + "position: true, supports_refreshes: false}\n")
            .find("supports refreshes") != std::string::npos);
}

TEST_CASE("a foreign connector is named by a command or an image, not by both") {
  const std::string base = "sources:\n  - name: a\n    connector: ";
  CHECK(problems_of(base + "{command: [x]}\n").empty());
  CHECK(problems_of(base + "{command: [x], image: y}\n").find("either command: or image:") !=
        std::string::npos);
  CHECK(problems_of(base + "{command: [x], comand: [y]}\n").find("did you mean 'command'?") !=
        std::string::npos);
}

TEST_CASE("an image may say what its containers use at most") {
  const auto loaded = parse(
      "sources:\n  - name: s\n    connector:\n      image: airbyte/source-faker:6.2.10\n"
      "      env: {A: b}\n      resources: {cpu: 0.5, memory: 512 MiB}\n",
      "shop.yaml");
  REQUIRE(loaded.problems.empty());
  const auto& connector = loaded.declaration.sources[0].connector;
  CHECK(connector.image == "airbyte/source-faker:6.2.10");
  CHECK(connector.environment.size() == 1);
  CHECK(connector.resources.milli_cpus == 500);
  CHECK(connector.resources.memory == 512u << 20);

  const std::string base = "sources:\n  - name: s\n    connector: {image: a/b, ";
  CHECK(problems_of(base + "resources: {cpu_limit: 500m, memory_limit: 2Gi}}\n").empty());
  CHECK(problems_of(base + "resources: {cpu: much}}\n").find("cpu must be an amount") !=
        std::string::npos);
  CHECK(problems_of(base + "resources: {memory: 0}}\n").find("memory must be an amount") !=
        std::string::npos);
  CHECK(problems_of(base + "working_directory: /tmp}\n").find("working_directory") !=
        std::string::npos);
  CHECK(
      problems_of("sources:\n  - name: s\n    connector: {image: 'A/b'}\n").find("shop.yaml:3: ") !=
      std::string::npos);
}

TEST_CASE("sources, destinations and connections may say what their containers use") {
  const std::string ends =
      "sources:\n  - {name: s, connector: {image: a/b}, resources: {memory: 1 GiB, sync: {cpu: "
      "2}}}\n"
      "destinations:\n  - {name: d, connector: destination-jsonl}\n"
      "connections:\n  - {name: c, source: s, destination: d, resources: ";
  const auto loaded = parse(ends + "{cpu: 1, source: {memory: 3Gi}}}\n", "shop.yaml");
  REQUIRE(loaded.problems.empty());
  const auto& said = loaded.declaration.sources[0].resources;
  CHECK(said.usual == definition::Resources{.memory = 1u << 30});
  CHECK(definition::of_job(said, definition::kSyncJob).milli_cpus == 2000);
  const auto& sides = loaded.declaration.connections[0].resources;
  CHECK(sides.source == definition::Resources{.milli_cpus = 1000, .memory = 3ull << 30});
  CHECK(sides.destination == definition::Resources{.milli_cpus = 1000});
  CHECK(problems_of(ends + "{sink: {cpu: 1}}}\n").find("sink") != std::string::npos);
}

TEST_CASE("limits that nothing would hold anybody to are not declared") {
  CHECK(problems_of("sources:\n  - {name: s, connector: source-faker, resources: {cpu: 1}}\n")
            .find("is no image") != std::string::npos);
  CHECK(problems_of("sources:\n  - {name: s, connector: source-faker}\n"
                    "destinations:\n  - {name: d, connector: destination-jsonl}\n"
                    "connections:\n  - {name: c, source: s, destination: d, resources: {cpu: 1}}\n")
            .find("neither its source nor its destination") != std::string::npos);
}

TEST_CASE("a schedule is read, and one that says nothing is refused with its line") {
  auto with = [](const std::string& schedule) {
    return parse(
        "sources: [{name: s, connector: source-faker}]\n"
        "destinations: [{name: d, connector: destination-jsonl}]\n"
        "connections:\n  - name: c\n    source: s\n    destination: d\n    schedule: " +
            schedule,
        "shop.yaml");
  };
  auto good = with("{type: basic, every: 6 hours, missed: skip}");
  REQUIRE(good.problems.empty());
  const auto& schedule = good.declaration.connections[0].schedule;
  CHECK(std::get<wharf::schedule::Basic>(schedule.timing).units == 6);
  CHECK(schedule.missed == wharf::schedule::Missed::skip);
  CHECK(with("{type: manual}").problems.empty());
  CHECK(
      with("{type: cron, expression: \"0 0 3 * * ?\", timezone: Europe/Berlin}").problems.empty());
  for (const char* wrong :
       {"{type: cron, expression: 0 0 25 * * ?}", "{type: cron, expression: \"* * * * * ?\"}",
        "{type: basic, every: 6 fortnights}", "{type: basic, evry: 6 hours}", "{every: 1 hour}",
        "{type: cron, expression: 0 3 * * *, timezone: Europe/Berlim}"}) {
    INFO(wrong);
    const auto bad = with(wrong);
    REQUIRE(bad.problems.size() >= 1);
    CHECK(bad.problems[0].place.line == 7);
  }
}
