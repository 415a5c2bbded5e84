#include "protocol/json_schema.h"

#include <catch2/catch.hpp>
#include <string>
#include <string_view>

using namespace wharf;
using namespace wharf::protocol;

namespace {

/// All problems, one `pointer: message` a line.
std::string problems(std::string_view value, std::string_view schema) {
  const auto checked = check_against_schema(value, schema);
  if (!checked) return "error: " + checked.error().message;
  std::string out;
  for (const SchemaViolation& violation : *checked) {
    out += violation.pointer + ": " + violation.message + "\n";
  }
  return out;
}

constexpr std::string_view kDatabase = R"({
  "$schema": "http://json-schema.org/draft-07/schema#", "type": "object",
  "required": ["host", "port"], "additionalProperties": false,
  "properties": {
    "host": {"type": "string", "minLength": 1, "pattern": "^[a-z.]+$", "pattern_descriptor": "a host name"},
    "port": {"type": "integer", "minimum": 1, "maximum": 65535},
    "password": {"type": "string", "airbyte_secret": true, "minLength": 4, "pattern": "^[0-9]+$"},
    "level": {"type": "string", "enum": ["low", "high"]},
    "schemas": {"type": "array", "items": {"type": "string"}, "uniqueItems": true, "minItems": 1},
    "tunnel": {"type": "object", "oneOf": [
      {"title": "None", "required": ["method"], "properties": {"method": {"const": "none"}}},
      {"title": "SSH", "required": ["method", "key"],
       "properties": {"method": {"const": "ssh"}, "key": {"type": "string", "airbyte_secret": true}}}]}
  }})";

}  // namespace

TEST_CASE("a configuration that fits has no problem") {
  CHECK(problems(R"({"host":"db.local","port":5432})", kDatabase).empty());
  CHECK(problems(R"({"host":"db","port":5432.0,"tunnel":{"method":"ssh","key":"k"}})", kDatabase)
            .empty());
}

TEST_CASE("all problems are named at once, each at its place") {
  CHECK(problems(R"({"hots":"db","port":"5432","level":"mid","schemas":["a",7,"a"]})", kDatabase) ==
        ": 'host' is missing\n"
        "/hots: 'hots' is not a known property (did you mean 'host'?)\n"
        "/level: must be one of \"low\", \"high\", is \"mid\"\n"
        "/port: must be an integer, is a string\n"
        "/schemas/1: must be a string, is an integer\n"
        "/schemas/2: is there twice\n");
  CHECK(problems(R"({"host":"DB 1","port":0,"schemas":[]})", kDatabase) ==
        "/host: must look like a host name, is \"DB 1\"\n"
        "/port: must be at least 1, is 0\n"
        "/schemas: must have at least 1 items, has 0\n");
  CHECK(problems(R"({"host":"","port":65536})", kDatabase) ==
        "/host: must not be empty\n"
        "/host: must look like a host name, is \"\"\n"
        "/port: must be at most 65535, is 65536\n");
  CHECK(problems("[]", kDatabase) == ": must be an object, is an array\n");
}

TEST_CASE("of several forms the one that is meant is explained") {
  const auto tunnel = [](std::string_view value) {
    return problems(R"({"host":"db","port":1,"tunnel":)" + std::string(value) + "}", kDatabase);
  };
  CHECK(tunnel(R"({"method":"ssh"})") == "/tunnel: 'key' is missing\n");
  CHECK(tunnel(R"({"method":"vpn"})") ==
        "/tunnel/method: must be one of \"none\", \"ssh\", is \"vpn\"\n");
  CHECK(tunnel("{}") == "/tunnel: 'method' is missing, must be one of \"none\", \"ssh\"\n");
  CHECK(problems("7", R"({"anyOf":[{"type":"string"},{"type":"object"}]})") ==
        ": must be a string or an object, is an integer\n");
  CHECK(problems("5", R"({"oneOf":[{"type":"integer"},{"minimum":2}]})") ==
        ": fits several of the allowed forms, must fit one\n");
}

TEST_CASE("the value of a secret is in no message (F-59)") {
  for (
      const std::string_view config : {
          R"({"host":"db","port":1,"password":"hunter2"})",
          R"({"host":"db","port":1,"password":{"hunter2":"hunter2"}})",
          R"({"host":"db","port":1,"password":"hunter2","tunnel":{"method":"ssh","key":["hunter2"]}})",
          R"({"host":"db","port":1,"tunnel":{"method":"none","password":"hunter2"},"other":"hunter2"})",
          R"({"host":"db","port":1,"password":"hunter2",})",
          R"({"host":"db","port":1e999,"password":"hunter2"})",
      }) {
    const std::string said = problems(config, kDatabase);
    CHECK_FALSE(said.empty());
    CHECK(said.find("hunter2") == std::string::npos);
  }
  // The same name in a form that forgot to mark it.
  CHECK(problems(R"({"a":{"token":"hunter2"}})",
                 R"({"properties":{"a":{"properties":{"token":{"enum":["x"]}}},
                     "b":{"properties":{"token":{"airbyte_secret":true}}}}})") ==
        "/a/token: must be \"x\"\n");
}

TEST_CASE("what a schema says in its own way is not asked for") {
  CHECK(problems(R"({"a":"x","n":3})",
                 R"({"id":"here","type":"object","properties":{
                     "a":{"type":"string","required":true,"format":"uri","pattern":"(?<=x)y"},
                     "n":{"type":"int","minimum":3,"exclusiveMinimum":true,"enum":[]},
                     "$ref":{"$ref":"https://example.com/x.json"}}})")
            .empty());
  CHECK(problems(R"({"a":"x"})", R"({"definitions":{"n":{"type":"number"}},
                                     "properties":{"a":{"$ref":"#/definitions/n"}}})") ==
        "/a: must be a number, is a string\n");
}

TEST_CASE("further rules are explained in plain words") {
  CHECK(problems(R"({"a":1})", R"({"dependencies":{"a":["b"]}})") ==
        ": 'b' is missing, which 'a' needs\n");
  CHECK(problems(R"({"kind":"x"})",
                 R"({"if":{"properties":{"kind":{"const":"x"}}},"then":{"required":["y"]}})") ==
        ": 'y' is missing\n");
  CHECK(problems("7", R"({"not":{"const":7}})") == ": has a form that is not allowed, is 7\n");
  CHECK(problems("7", R"({"multipleOf":2})") == ": must be a multiple of 2, is 7\n");
  CHECK(problems(R"({"a/b~":"x"})", R"({"additionalProperties":{"type":"null"}})") ==
        "/a~1b~0: must be null, is a string\n");
  CHECK_FALSE(problems("[1]", R"({"contains":{"const":2}})").empty());
}

TEST_CASE("a text or a schema that is no JSON is an error by name") {
  const auto config = check_against_schema("{", "{}");
  REQUIRE(config.has_error());
  CHECK(config.error().code == ErrorCode::invalid_config);
  const auto schema = check_against_schema("{}", "nonsense");
  REQUIRE(schema.has_error());
  CHECK(schema.error().code == ErrorCode::protocol_violation);
}

TEST_CASE("a very long text does not end the stack") {
  const std::string config = "{\"a\":\"" + std::string(1'000'000, 'x') + "\"}";
  CHECK(problems(config, R"({"properties":{"a":{"pattern":"^(x|y)*$"}}})").empty());
}
