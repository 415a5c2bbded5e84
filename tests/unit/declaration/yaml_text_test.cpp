#include "declaration/yaml_text.h"
#include "declaration/declaration.h"
#include "declaration/declared_id.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace wharf::declaration;
using Json = nlohmann::ordered_json;

TEST_CASE("a declaration is written in blocks, short lists in a line") {
  const Json json = Json::parse(R"({"version":1,"sources":[{"name":"shop db","id":"7",
    "connector":{"command":["/bin/x","-v"]},"configuration":{}}],"destinations":[],
    "connections":[{"name":"c","streams":[{"name":"s","primary_key":[["id"],["a b"]]}]}]})");
  CHECK(to_yaml(json) == R"(version: 1
sources:
  - name: shop db
    id: "7"
    connector:
      command: [/bin/x, "-v"]
    configuration: {}
destinations: []
connections:
  - name: c
    streams:
      - name: s
        primary_key: [[id], [a b]]
)");
}

TEST_CASE("what is written is read as the same JSON, whatever stands in its texts") {
  const Json texts = {"",
                      "~",
                      "null",
                      "true",
                      "No",
                      "12",
                      "1e3",
                      "-",
                      "- a",
                      "a: b",
                      "a #b",
                      "#",
                      "'",
                      "\"",
                      "it's \"so\"",
                      "${env:A}",
                      "{a}",
                      "[a]",
                      "&a",
                      "*a",
                      "!a",
                      "|",
                      ">",
                      "%",
                      "@",
                      "`",
                      "\n",
                      "two\nlines\"",
                      "tab\there",
                      "\\n",
                      " lead",
                      "trail ",
                      "ü",
                      "日本 \"語\"",
                      "\xF0\x9F\x98\x80",
                      "\x01\"",
                      "0x1f",
                      "1_000",
                      "2026-11-23",
                      "a, b",
                      "?",
                      "a?b",
                      ".inf",
                      "\x7f"};
  Json json{{"texts", texts}, {"object", Json::object()}};
  int number = 0;
  for (const auto& text : texts) {
    json["object"][text.get<std::string>() + std::to_string(++number)] = text;
    json["list"].push_back(Json{{"key", text}, {text.get<std::string>() + "k", nullptr}});
  }
  json["numbers"] = {1, -7, 0.5, 1e22, true, false, nullptr, Json::array(), Json::object()};
  json["deep"] = Json::parse(R"([[{"a":[{"b":1}]}],[],[[1]],{"c":{}}])");
  const auto yaml = to_yaml(json);
  INFO(yaml);
  const auto read = from_yaml(yaml);
  REQUIRE(read.has_value());
  CHECK(Json::parse(*read) == json);
}

TEST_CASE("text that is no YAML is refused with its line") {
  const auto read = from_yaml("a: 1\nb: [");
  REQUIRE_FALSE(read.has_value());
  CHECK(read.error().message.rfind("line ", 0) == 0);
}

TEST_CASE("a declaration may say ids and where streams stood, and says what is wrong with them") {
  const auto loaded = parse(R"(sources:
  - {name: a, connector: source-faker, id: 7A1DE3F4-5c3e-5b0c-9a55-3c1f6d0a77c2}
  - {name: b, connector: source-faker, id: seven}
destinations: [{name: to, connector: destination-jsonl}]
connections:
  - name: c
    source: a
    destination: to
    state:
      checkpoints: '[{"type":"STREAM","stream":{"stream_descriptor":{"name":"s"},"stream_state":{"n":1.50}}}]'
      counters: [{name: s, generation: 3, truncates: true, epoch: 1}, {generation: x}]
)",
                            "f.yaml");
  std::string said;
  for (const auto& problem : loaded.problems) said += to_string(problem) + "\n";
  CHECK(said ==
        "f.yaml:3: id is 'seven', must be a UUID\n"
        "f.yaml:11: generation must be a whole number from 0 on\n");
  CHECK(loaded.declaration.sources[0].id == "7a1de3f4-5c3e-5b0c-9a55-3c1f6d0a77c2");
  const auto& state = loaded.declaration.connections[0].state;
  REQUIRE(state.has_value());
  REQUIRE(state->checkpoints.streams.size() == 1);
  CHECK(state->checkpoints.streams[0].state == R"({"n":1.50})");
  CHECK(state->counters[0].generation == 3);
  CHECK(state->counters[0].minimum_generation == 3);
  CHECK(state->counters[0].epoch == 1);
}
