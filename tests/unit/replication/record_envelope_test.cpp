#include "replication/record_envelope.h"

#include <catch2/catch.hpp>

using namespace wharf;
using namespace wharf::replication;
using protocol::StreamDescriptor;

TEST_CASE("a record is taken apart wherever its members stand") {
  const auto usual = take_apart(
      R"({"type":"RECORD","record":{"stream":"s","namespace":"n","data":{"a":1},"emitted_at":5}})");
  REQUIRE(usual.has_value());
  CHECK(usual->stream_name() == StreamDescriptor{"n", "s"});
  CHECK(usual->data == R"({"a":1})");
  CHECK(usual->ends_with_emitted_at);
  const auto turned = take_apart(
      R"( {"record": {"emitted_at": 5, "data": {}, "stream": "\u0073", "namespace": null}, "type": "RECORD"})");
  REQUIRE(turned.has_value());
  CHECK(turned->stream_name() == StreamDescriptor{{}, "s"});
  CHECK(turned->namespace_value == "null");
  CHECK(turned->data == "{}");
  CHECK_FALSE(turned->ends_with_emitted_at);
}

TEST_CASE("a line's end tells where the data ends only if emitted_at alone stands behind it") {
  const auto ends = [](const std::string& record) {
    const auto envelope = take_apart(R"({"type":"RECORD","record":)" + record + "}");
    return envelope && envelope->ends_with_emitted_at;
  };
  CHECK(ends(R"({"stream":"s","data":{},"emitted_at":5})"));
  CHECK_FALSE(ends(R"({"data":{},"stream":"s","emitted_at":5})"));
  CHECK_FALSE(ends(R"({"stream":"s","data":{},"emitted_at":5,"meta":{}})"));
  const std::string line = R"({"record":{"data":{"a":{}},"emitted_at":17}})";
  CHECK(line.substr(0, data_end_by_tail(line)) == R"({"record":{"data":{"a":{}})");
  CHECK(data_end_by_tail(R"({"record":{"data":{},"emitted_at":null}})") == std::string::npos);
}

TEST_CASE("what is no record, or none that can be read, is not taken apart") {
  for (const char* line : {"", "{}", "word", R"({"type":"STATE","state":{}})",
                           R"({"type":"RECORD"})", R"({"type":"RECORD","record":{"stream":"s"}})",
                           R"({"type":"RECORD","record":{"stream":"s","data":[]}})",
                           R"({"type":"RECORD","record":{"stream":"s","data":{"a":1})"}) {
    INFO(line);
    CHECK_FALSE(take_apart(line).has_value());
  }
}
