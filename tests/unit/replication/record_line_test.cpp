#include "replication/record_line.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

using namespace wharf::replication;
using wharf::protocol::StreamDescriptor;
using Json = nlohmann::ordered_json;
using Kind = Look::Kind;

namespace {

PumpStream plain(const std::string& name) {
  return {.from = {{}, name}, .to = {{}, name}, .fields = {}, .key = {}};
}

std::string rewritten(RecordLines& lines, const std::string& line) {
  const Look look = lines.look(line);
  REQUIRE(look.kind == Kind::record);
  REQUIRE_FALSE(look.unchanged);
  wharf::record::Buffer out;
  REQUIRE(lines.rewrite(line, look, out));
  std::string text(out.view());
  REQUIRE(text.back() == '\n');
  return text;
}

const std::string kUsers =
    R"({"type":"RECORD","record":{"stream":"users","data":{"id":1,"big":9223372036854775809},"emitted_at":1700000000000}})";

}  // namespace

TEST_CASE("a plain record goes on as it is, and its data is measured") {
  RecordLines lines({plain("orders"), plain("users")});
  for (int pass = 0; pass < 2; ++pass) {  // taken apart, then known by how it begins
    const Look look = lines.look(kUsers);
    REQUIRE(look.kind == Kind::record);
    CHECK(look.unchanged);
    CHECK(look.stream == 1);
    CHECK(look.data_bytes == std::string(R"({"id":1,"big":9223372036854775809})").size());
  }
}

TEST_CASE("what is no record is left to others; what begins like one and is none is broken") {
  RecordLines lines({plain("users")});
  CHECK(lines.look("hello").kind == Kind::other);
  CHECK(lines.look(R"({"type":"STATE","state":{}})").kind == Kind::other);
  CHECK(lines.look(R"({"type":"LOG","log":{"level":"INFO","message":"\"RECORD\""}})").kind ==
        Kind::other);
  CHECK(lines.look(kUsers.substr(0, 60)).kind == Kind::broken);
  CHECK(lines.look(R"({"type":"RECORD","record":{"stream":"other","data":{"a":1},"emitted_at":1}})")
            .kind == Kind::unknown_stream);
  CHECK(lines.look(R"({"type":"RECORD","record":{"stream":"users","data":{},"emitted_at":1}})")
            .kind == Kind::empty_record);
}

TEST_CASE("mapped names are spliced in wherever the envelope has them") {
  PumpStream stream{.from = {"pub", "users"}, .to = {"lake", "x_users"}, .fields = {}, .key = {}};
  RecordLines lines({stream});
  for (
      const char* line :
      {R"({"type":"RECORD","record":{"stream":"users","namespace":"pub","data":{"a":1.10},"emitted_at":5}})",
       R"({"type":"RECORD","record":{"namespace":"pub","stream":"users","data":{"a":1.10},"emitted_at":6}})",
       R"({"type": "RECORD", "record": {"namespace": "pub", "stream": "users", "data": {"a": 1.10}, "emitted_at": 7}})",
       R"({"record":{"data":{"a":1.10},"emitted_at":8,"stream":"users","namespace":"pub"},"type":"RECORD"})"}) {
    for (int pass = 0; pass < 2; ++pass) {
      INFO(line);
      const std::string text = rewritten(lines, line);
      const Json out = Json::parse(text);
      CHECK(out["record"]["stream"] == "x_users");
      CHECK(out["record"]["namespace"] == "lake");
      CHECK(text.find("1.10") != std::string::npos);  // digit for digit
      CHECK(out["record"]["emitted_at"] == Json::parse(line)["record"]["emitted_at"]);
    }
  }
}

TEST_CASE(
    "a namespace is added where the source has none, and nulled where the destination has none") {
  RecordLines adds({{.from = {{}, "users"}, .to = {"lake", "users"}, .fields = {}, .key = {}}});
  CHECK(Json::parse(rewritten(adds, kUsers))["record"]["namespace"] == "lake");
  RecordLines nulls({{.from = {"pub", "users"}, .to = {{}, "users"}, .fields = {}, .key = {}}});
  const std::string line =
      R"({"type":"RECORD","record":{"stream":"users","namespace":"pub","data":{"a":1},"emitted_at":5}})";
  CHECK(Json::parse(rewritten(nulls, line))["record"]["namespace"].is_null());
}

TEST_CASE("chosen fields alone go on, digit for digit") {
  PumpStream stream = plain("users");
  stream.fields = {{"big", "name"}};
  RecordLines lines({stream});
  for (int pass = 0; pass < 2; ++pass) {
    const std::string text = rewritten(lines, kUsers);
    CHECK(text.find(R"("data":{"big":9223372036854775809})") != std::string::npos);
  }
}

TEST_CASE("fields are chosen by their names, whatever their order, space and escapes") {
  PumpStream stream = plain("users");
  stream.fields = {{"id", "name", "last"}};
  RecordLines lines({stream});
  auto chosen = [&](const std::string& data) {
    const std::string text =
        rewritten(lines, R"({"type":"RECORD","record":{"stream":"users","data":)" + data +
                             R"(,"emitted_at":1}})");
    return Json::parse(text)["record"]["data"];
  };
  for (int pass = 0; pass < 2; ++pass) {  // also right after rows with other members in a place
    CHECK(chosen(R"({"id":1,"name":"a","x":2,"last":3})") ==
          Json::parse(R"({"id":1,"name":"a","last":3})"));
    CHECK(chosen(R"({"x":2,"id":1 , "name":"a,}"})") == Json::parse(R"({"id":1,"name":"a,}"})"));
    CHECK(chosen(R"({"na\u006de":"b","y":{"id":5},"last":[{"x":1}]})") ==
          Json::parse(R"({"name":"b","last":[{"x":1}]})"));
    CHECK(chosen(R"({"x":2})") == Json::object());
  }
}

TEST_CASE("data that is no JSON is found where fields are chosen from it") {
  PumpStream stream = plain("users");
  stream.fields = {{"id"}};
  RecordLines lines({stream});
  lines.look(kUsers);
  for (const char* data : {R"({"id":1,"a":})", R"({"a":tru,"id":1})", R"({"id":1}})",
                           R"({"id":1,})", R"({"a" 1,"id":1})"}) {
    INFO(data);
    const std::string line = R"({"type":"RECORD","record":{"stream":"users","data":)" +
                             std::string(data) + R"(,"emitted_at":1}})";
    const Look look = lines.look(line);
    wharf::record::Buffer out;
    CHECK((look.kind == Kind::broken ||
           (look.kind == Kind::record && !lines.rewrite(line, look, out))));
  }
}

TEST_CASE("a record whose key is null or missing is found") {
  PumpStream stream = plain("users");
  stream.key = {"id"};
  RecordLines lines({stream});
  CHECK(lines.look(kUsers).kind == Kind::record);
  auto with = [](const std::string& data) {
    return R"({"type":"RECORD","record":{"stream":"users","data":)" + data + R"(,"emitted_at":1}})";
  };
  CHECK(lines.look(with(R"({"id":null,"a":1})")).kind == Kind::no_key);
  CHECK(lines.look(with(R"({"a":1})")).kind == Kind::no_key);
  CHECK(lines.look(with(R"({"a":1,"id":0})")).kind == Kind::record);
}

TEST_CASE("the fast look and the careful one agree on random rows") {
  std::mt19937 random(42);
  RecordLines warm({plain("users")});
  warm.look(kUsers);
  for (int round = 0; round < 2000; ++round) {
    Json data = {{"id", random()}};
    if (random() % 2 != 0) data["text"] = R"(},"emitted_at":12}})";
    if (random() % 2 != 0) data["nested"] = {{"emitted_at", 5}, {"deep", {{"x", nullptr}}}};
    const std::string line =
        Json{{"type", "RECORD"},
             {"record", {{"stream", "users"}, {"data", data}, {"emitted_at", round}}}}
            .dump();
    RecordLines cold({plain("users")});
    const Look fast = warm.look(line);
    const Look careful = cold.look(line);
    REQUIRE(fast.kind == careful.kind);
    REQUIRE(fast.data_bytes == careful.data_bytes);
    REQUIRE(fast.data_bytes == data.dump().size());
  }
}
