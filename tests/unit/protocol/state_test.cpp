#include <wharf/protocol/state.h>

#include <catch2/catch.hpp>
#include <string>
#include <string_view>

using namespace wharf::protocol;

namespace {

StateMessage state(std::string_view json) {
  INFO(json);
  auto parsed = parse_state(json);
  REQUIRE(parsed.has_value());
  return *parsed;
}

StateMessage stream_state(std::string_view blob, std::string_view tail = "") {
  return state(R"({"type":"STREAM","stream":{"stream_descriptor":{"name":"s"},"stream_state":)" +
               std::string(blob) + "}" + std::string(tail) + "}");
}

StartState start(std::string_view json) {
  INFO(json);
  auto parsed = parse_start_state(json);
  REQUIRE(parsed.has_value());
  return *parsed;
}

std::string start_error(std::string_view json) {
  const auto parsed = parse_start_state(json);
  return parsed ? "none" : parsed.error().message;
}

constexpr std::string_view kPosition =
    R"({"job":12,"attempt":0,"epoch":1,"streams":[{"namespace":null,"name":"orders","generation":3,"epoch":1,"state":{"offset": 8192},"complete":false,"length":1048576,"inode":1311},{"namespace":"n","name":"users","generation":0,"epoch":0,"state":null,"complete":true}],"global":null})";

}  // namespace

TEST_CASE("a confirmation is the twin of what was emitted, whatever was added or spelled anew") {
  const auto emitted = stream_state(R"({"a":1,"b":[1.50,"é"],"c":null})", R"(,"id":7)");
  CHECK(same_content(emitted, stream_state(R"({ "c":null, "b":[15e-1,"\u00e9"], "a":1.0 })",
                                           R"(,"committedRecordsCount":5,"destinationStats":{})")));
  CHECK(same_content(stream_state("null"), stream_state("null", R"(,"partition_id":"p")")));
  CHECK_FALSE(same_content(emitted, stream_state(R"({"a":1,"b":[1.50,"é"]})")));
  CHECK_FALSE(same_content(emitted, stream_state(R"({"a":1,"b":["é",1.50],"c":null})")));
  CHECK_FALSE(same_content(emitted, stream_state("null")));
}

TEST_CASE("states that differ in one digit are not twins (F-03)") {
  CHECK_FALSE(same_content(stream_state(R"({"c":9223372036854775808})"),
                           stream_state(R"({"c":9223372036854775809})")));
  CHECK_FALSE(same_content(stream_state(R"({"c":0.1})"),
                           stream_state(R"({"c":0.1000000000000000000000001})")));
  CHECK(same_content(stream_state(R"({"c":1e400})"), stream_state(R"({"c":10E+399})")));
  CHECK(same_content(stream_state(R"({"c":-0.0})"), stream_state(R"({"c":0})")));
}

TEST_CASE("of a GLOBAL state the order of streams makes no difference") {
  const std::string a = R"({"stream_descriptor":{"name":"a"},"stream_state":{"x":1}})";
  const std::string b = R"({"stream_descriptor":{"name":"b","namespace":""},"stream_state":null})";
  const std::string b2 = R"({"stream_descriptor":{"name":"b"}})";
  const auto global = [](const std::string& streams, const std::string& shared) {
    return state(R"({"type":"GLOBAL","global":{"shared_state":)" + shared +
                 R"(,"stream_states":[)" + streams + "]}}");
  };
  CHECK(same_content(global(a + "," + b, "{}"), global(b2 + "," + a, "{}")));
  CHECK_FALSE(same_content(global(a + "," + b, "{}"), global(a + "," + b, "null")));
  CHECK_FALSE(same_content(global(a + "," + b, "{}"), global(a, "{}")));
  CHECK_FALSE(same_content(global(a, "{}"), stream_state("{}")));
  CHECK(same_content(state(R"({"data":{"x":1}})"), state(R"({"type":"LEGACY","data":{"x":1}})")));
}

TEST_CASE("a position is read and written as it stands in the specification") {
  const auto position = parse_position(kPosition);
  REQUIRE(position.has_value());
  CHECK(to_json(*position) == kPosition);
  const auto* orders = position->find({std::nullopt, "orders"});
  REQUIRE(orders != nullptr);
  CHECK(orders->state == R"({"offset": 8192})");
  CHECK(orders->length == 1048576);
  CHECK(position->find({"", "orders"}) == orders);
  CHECK(position->find({"other", "orders"}) == nullptr);
  CHECK(to_json(*parse_position(R"({"job":null,"attempt":null,"streams":[]})")) ==
        R"({"job":null,"attempt":null,"epoch":0,"streams":[],"global":null})");
}

TEST_CASE("a position is never half understood (F-19)") {
  const auto error = [](std::string_view json) { return parse_position(json).error().message; };
  CHECK(error("{}") == "/streams is missing");
  CHECK(error(R"({"streams":[{"name":"s","epoch":1}]})") == "/streams/0/generation is missing");
  CHECK(error(R"({"streams":[{"name":"s","generation":1,"epoch":"1"}]})") ==
        "/streams/0/epoch: must be an integer, is a string");
  CHECK(error(R"({"streams":[{"name":"s","generation":1,"epoch":1,"length":1e30}]})") ==
        "/streams/0/length: must be an integer of at most 64 bits");
  CHECK(error(std::string(kPosition).substr(0, 100)) == "the JSON is cut short at byte 100");
  CHECK(error(std::string(kPosition) + "}") ==
        "more text follows the JSON value at byte " + std::to_string(kPosition.size()));
}

TEST_CASE("the start state of streams is an array, and each stream finds its own") {
  const std::string json =
      R"([{"type":"STREAM","stream":{"stream_descriptor":{"name":"a","namespace":"n"},"stream_state":{"x": 1}}},)"
      R"({"type":"STREAM","stream":{"stream_descriptor":{"name":"b"},"stream_state":null}}])";
  const auto state = start(json);
  REQUIRE(state.of({"n", "a"}) != nullptr);
  CHECK(*state.of({"n", "a"}) == R"({"x": 1})");
  CHECK(state.of({std::nullopt, "b"}) == nullptr);
  CHECK(state.of({std::nullopt, "a"}) == nullptr);
  CHECK(to_json(state) == json);
}

TEST_CASE("the start state of a GLOBAL state is an array of one") {
  const std::string json =
      R"([{"type":"GLOBAL","global":{"shared_state":{"lsn":9223372036854775809},"stream_states":[{"stream_descriptor":{"name":"a"},"stream_state":{"x":1},"own":true}],"kept":1}}])";
  const auto state = start(json);
  REQUIRE(state.global);
  CHECK(*state.of({std::nullopt, "a"}) == R"({"x":1})");
  CHECK(to_json(state) == json);
}

TEST_CASE("the start state of old is the bare blob") {
  const std::string blob = R"({"users": {"cursor":"2021"}, "type":"monthly"})";
  CHECK(start(blob).legacy == blob);
  CHECK(to_json(start(blob)) == blob);
  CHECK(start(R"([{"type":"LEGACY","data":{"a":1}}])").legacy == R"({"a":1})");
  CHECK(start(R"([{"data":{"a":1}}])").legacy == R"({"a":1})");
}

TEST_CASE("a single state, and a message as a connector prints it, are start states too") {
  const std::string body = to_json(stream_state("{}"));
  CHECK(start(body).streams.size() == 1);
  CHECK(start(R"({"type":"STATE","state":)" + body + "}").streams.size() == 1);
  const std::string other = R"({"type":"STREAM","stream":{"stream_descriptor":{"name":"t"}}})";
  CHECK(start(R"([{"type":"STATE","state":)" + body + "}," + other + "]").streams.size() == 2);
}

TEST_CASE("of two start states of one stream the later one counts") {
  const auto state =
      start("[" + to_json(stream_state("1")) + "," + to_json(stream_state("2")) + "]");
  REQUIRE(state.streams.size() == 1);
  CHECK(*state.of({std::nullopt, "s"}) == "2");
}

TEST_CASE("ids and counts of an attempt do not go into the next one's start state") {
  const std::string json =
      R"([{"type":"GLOBAL","global":{"stream_states":[{"stream_descriptor":{"name":"a"},"stream_state":{},"id":3,"partition_id":"p","committedRecordsCount":5,"committedBytesCount":6,"rejectedRecordsCount":7}]},"id":9}])";
  CHECK(
      to_json(start(json)) ==
      R"([{"type":"GLOBAL","global":{"stream_states":[{"stream_descriptor":{"name":"a"},"stream_state":{}}]}}])");
}

TEST_CASE("nothing, null and empty forms start from the start; a file without JSON is an error") {
  CHECK(start("[]").empty());
  CHECK(start("{}").empty());
  CHECK(start(" null\n").empty());
  CHECK(to_json(StartState{}) == "[]");
  CHECK(start_error("") == "the JSON is cut short at byte 0");
  CHECK(start_error("7") == "must be an object, is a number");
  CHECK(start_error("[7]") == "/0: must be an object, is a number");
  CHECK(start_error(R"([{"type":"STREAM","stream":{}}])") ==
        "/0/stream/stream_descriptor is missing");
  CHECK(start_error(R"([{"type":"GLOBAL","global":{"stream_states":[]}},{"data":{}}])") ==
        "/1: a state is several STREAM states, one GLOBAL state or one LEGACY state");
}
