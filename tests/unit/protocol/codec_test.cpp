#include <wharf/protocol/codec.h>

#include <catch2/catch.hpp>
#include <string>
#include <string_view>

using namespace wharf::protocol;

namespace {

Parsed parse(std::string_view line) {
  return LineReader().parse(line);
}

template <class Body>
Body read(std::string_view line) {
  const Parsed parsed = parse(line);
  INFO(line);
  REQUIRE(std::holds_alternative<Message>(parsed));
  REQUIRE(std::holds_alternative<Body>(std::get<Message>(parsed)));
  return std::get<Body>(std::get<Message>(parsed));
}

std::string written(const Message& message) {
  std::string out;
  append_line(out, message);
  return out;
}

std::string rewritten(std::string_view line) {
  const Parsed parsed = parse(line);
  INFO(line);
  REQUIRE(std::holds_alternative<Message>(parsed));
  return written(std::get<Message>(parsed));
}

/// What a line is taken for, in a word.
std::string verdict(std::string_view line) {
  const Parsed parsed = parse(line);
  if (std::holds_alternative<NotAMessage>(parsed)) return "no message";
  if (std::holds_alternative<Dropped>(parsed)) return "dropped";
  if (std::holds_alternative<Broken>(parsed)) return "broken";
  return "message";
}

std::string why(std::string_view line) {
  const Parsed parsed = parse(line);
  if (const auto* dropped = std::get_if<Dropped>(&parsed)) return dropped->why;
  if (const auto* broken = std::get_if<Broken>(&parsed)) return broken->why;
  return {};
}

}  // namespace

TEST_CASE("numbers in a record's data keep every digit (F-03, F-04)") {
  const std::string data =
      R"({"big":9223372036854775809,"huge":1e400,"long":0.1234567890123456789012345678901234567890})";
  const auto record = read<RecordMessage>(R"({"type":"RECORD","record":{"stream":"s","data":)" +
                                          data + R"(,"emitted_at":1}})");
  CHECK(record.data == data);
  CHECK(written(record).find(data) != std::string::npos);
}

TEST_CASE("state blobs keep their text, white space inside included") {
  const std::string blob = R"({ "b" : 1.50, "a":[ 9223372036854775809 ,1e400], "t":"\u00e9\/" })";
  SECTION("of a stream") {
    const auto state = read<StateMessage>(
        R"({"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"s"},"stream_state":  )" +
        blob + "  }}}");
    REQUIRE(state.stream);
    CHECK(state.stream->state == blob);
    CHECK(written(state).find(blob) != std::string::npos);
  }
  SECTION("of all streams") {
    const auto state = read<StateMessage>(
        R"({"type":"STATE","state":{"type":"GLOBAL","global":{"stream_states":[],"shared_state":)" +
        blob + "}}}");
    REQUIRE(state.global);
    CHECK(state.global->shared_state == blob);
    CHECK(written(state).find(blob) != std::string::npos);
  }
  SECTION("of old") {
    const auto state = read<StateMessage>(R"({"type":"STATE","state":{"data":)" + blob + "}}");
    CHECK(state.type == StateMessage::Type::legacy);
    CHECK(state.data == blob);
    CHECK(written(state).find(blob) != std::string::npos);
  }
}

TEST_CASE("a null or missing stream state says that the stream starts over") {
  for (const std::string_view tail : {R"(,"stream_state":null)", ""}) {
    const auto state = read<StateMessage>(
        R"({"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"s","namespace":null})" +
        std::string(tail) + "}}}");
    CHECK_FALSE(state.stream->state);
    CHECK(written(state) ==
          "{\"type\":\"STATE\",\"state\":{\"type\":\"STREAM\",\"stream\":{\"stream_descriptor\":{"
          "\"name\":\"s\"},\"stream_state\":null}}}\n");
  }
}

TEST_CASE("counts are read in any form and written with a decimal point") {
  for (const std::string_view form : {"12", "12.0", "1.2e1", "120E-1", "12.000"}) {
    const auto state =
        read<StateMessage>(R"({"type":"STATE","state":{"data":{},"sourceStats":{"recordCount":)" +
                           std::string(form) + "}}}");
    REQUIRE(state.source_stats);
    CHECK(state.source_stats->record_count == 12);
    CHECK(written(state).find(R"("sourceStats":{"recordCount":12.0})") != std::string::npos);
  }
}

TEST_CASE("a count that is none is carried on as it came") {
  const std::string_view line =
      R"({"type":"STATE","state":{"type":"LEGACY","data":{},"sourceStats":{"recordCount":12.5,"additionalStats":{"x":1e999}},"id":"seven"}})";
  const auto state = read<StateMessage>(line);
  CHECK_FALSE(state.source_stats->record_count);
  CHECK_FALSE(state.id);
  CHECK(written(state) == std::string(line) + "\n");
}

TEST_CASE("members may come in any order, the type last") {
  const auto record = read<RecordMessage>(
      R"({"record":{"emitted_at":5,"data":{"a":1},"namespace":"n","stream":"s"},"type":"RECORD"})");
  CHECK(record.stream == StreamDescriptor{"n", "s"});
  CHECK(record.emitted_at == 5);
  const auto state = read<StateMessage>(
      R"({"state":{"stream":{"stream_state":{},"stream_descriptor":{"name":"s"}},"type":"STREAM"},"type":"STATE"})");
  CHECK(state.stream->state == "{}");
}

TEST_CASE("escaped names and texts are read for what they say") {
  const auto record = read<RecordMessage>(
      R"({"\u0074ype":"\u0052ECORD","record":{"stream":"caf\u00e9 \ud83d\ude00 \"q\" \/ \b\f\n\r\t","data":{"a":1}}})");
  CHECK(record.stream.name == "café 😀 \"q\" / \b\f\n\r\t");
}

TEST_CASE("half a surrogate pair becomes the replacement character") {
  for (const std::string_view half : {R"(\ud83d)", R"(\ude00)", R"(\ud83d\n)", R"(\ud83d\u0041)"}) {
    const auto log = read<LogMessage>(R"({"type":"LOG","log":{"level":"INFO","message":")" +
                                      std::string(half) + "\"}}");
    CHECK(log.message.starts_with("\xEF\xBF\xBD"));
  }
}

TEST_CASE("what follows the first value on a line is ignored") {
  const std::string line = R"({"type":"LOG","log":{"level":"WARN","message":"m"}})";
  for (const std::string_view tail : {" ", "\r", "{\"type\":", "garbage \"", "\xFF", "]]"}) {
    CHECK(read<LogMessage>(line + std::string(tail)).message == "m");
  }
}

TEST_CASE("every line is a message, none, dropped or broken") {
  using Row = std::pair<std::string_view, std::string_view>;
  const auto [line, expected] = GENERATE(table<std::string_view, std::string_view>({
      Row{"", "no message"},
      Row{"   \t", "no message"},
      Row{"Traceback (most recent call last):", "no message"},
      Row{"[1,2]", "no message"},
      Row{"17", "no message"},
      Row{"{", "no message"},
      Row{"{}", "no message"},
      Row{"{'type': 'RECORD'}", "no message"},
      Row{R"({"level":"info","msg":"hello"})", "no message"},
      Row{R"({"state":"running","pid":7})", "no message"},
      Row{R"({"type":7})", "no message"},
      Row{R"({"type":"NEWS","news":{}})", "no message"},
      Row{R"({"type":"record","record":{}})", "no message"},
      Row{R"({"type":"LOG","log":{"level":"INFO","message":"cut)", "no message"},
      Row{R"({"type":"TRACE" garbage)", "no message"},

      Row{R"({"type":"RECORD"})", "dropped"},
      Row{R"({"type":"RECORD","record":null})", "dropped"},
      Row{R"({"type":"RECORD","record":{"data":{"a":1},"emitted_at":1}})", "dropped"},
      Row{R"({"type":"RECORD","record":{"stream":"s","emitted_at":1}})", "dropped"},
      Row{R"({"type":"RECORD","record":{"stream":"s","data":null,"emitted_at":1}})", "dropped"},
      Row{R"({"type":"RECORD","record":{"stream":"s","data":{ },"emitted_at":1}})", "dropped"},
      Row{R"({"type":"STATE"})", "dropped"},
      Row{R"({"type":"STATE","state":null})", "dropped"},
      Row{R"({"type":"STATE","state":{}})", "dropped"},
      Row{R"({"type":"STATE","state":{"type":"STREAM"}})", "dropped"},
      Row{R"({"type":"STATE","state":{"type":"STREAM","stream":{"stream_state":{}}}})", "dropped"},
      Row{R"({"type":"STATE","state":{"type":"GLOBAL","global":{}}})", "dropped"},
      Row{R"({"type":"LOG","log":{"message":"m"}})", "dropped"},
      Row{R"({"type":"LOG","log":{"level":"INFO"}})", "dropped"},
      Row{R"({"type":"TRACE","trace":{"emitted_at":1}})", "dropped"},
      Row{R"({"type":"TRACE","trace":{"type":"ERROR","error":{"message":"m"}}})", "dropped"},
      Row{R"({"type":"TRACE","trace":{"type":"ERROR","emitted_at":1}})", "dropped"},
      Row{R"({"type":"TRACE","trace":{"type":"NEW","emitted_at":1,"new":{}}})", "dropped"},
      Row{R"({"type":"CONTROL","control":{"type":"CONNECTOR_CONFIG"}})", "dropped"},
      Row{R"({"type":"CONTROL","control":{"emitted_at":1}})", "dropped"},
      Row{R"({"type":"SPEC","spec":{}})", "dropped"},
      Row{R"({"type":"CATALOG","catalog":{}})", "dropped"},
      Row{R"({"type":"CATALOG","catalog":{"streams":[{"json_schema":{}}]}})", "dropped"},
      Row{R"({"type":"CONNECTION_STATUS","connectionStatus":{}})", "dropped"},
      Row{R"({"type":"CONNECTION_STATUS","connectionStatus":{"status":"MAYBE"}})", "dropped"},
      Row{R"({"type":"DESTINATION_CATALOG","destination_catalog":{"operations":[]}})", "dropped"},

      Row{R"({"type":"RECORD","record":{"stream":"s","data":{"a":)", "broken"},
      Row{R"( { "type" : "RECORD" , "record" : {"stream)", "broken"},
      Row{R"({"type": "STATE", "state": {"ty)", "broken"},
      Row{R"({"record":{"stream":"s","data":{"a":1},"emitted_at":1},"ty)", "broken"},
      Row{R"({ "state": {"type":"STREAM","stream":)", "broken"},
      Row{R"({"type":"RECORD","record":{"stream":"s","data":{"a":NaN},"emitted_at":1}})", "broken"},
      Row{R"({"type":"RECORD","record":{"stream":"s","data":{"a":01},"emitted_at":1}})", "broken"},
      Row{R"({"type":"RECORD","record":{"stream":"s","data":{"a":"\x"},"emitted_at":1}})",
          "broken"},
      Row{R"({"type":"RECORD","record":{"stream":"s","data":[1],"emitted_at":1}})", "broken"},
      Row{R"({"type":"RECORD","record":{"stream":7,"data":{"a":1},"emitted_at":1}})", "broken"},
      Row{R"({"type":"RECORD","record":[]})", "broken"},
      Row{"{\"type\":\"RECORD\",\"record\":{\"stream\":\"\xE9\",\"data\":{\"a\":1}}}", "broken"},
      Row{"{\"x\":\"\xE9\",\"type\":\"RECORD\",\"record\":{\"stream\":\"s\",\"data\":{\"a\":1}}}",
          "broken"},
      Row{"{\"type\":\"RECORD\",\"record\":{\"stream\":\"s\",\"data\":{\"a\":\"x\x01y\"}}}",
          "broken"},
      Row{R"({"type":"STATE","state":{"type":"NEW","data":{}}})", "broken"},
      Row{R"({"type":"STATE","state":{"type":"STREAM","stream":[]}})", "broken"},
      Row{R"({"type":"STATE","state":{"type":"GLOBAL","global":{"stream_states":{}}}})", "broken"},
      Row{R"({"record":{"stream":"s","data":{"a":1},"emitted_at":1}})", "broken"},
      Row{R"({"type":"REC)", "broken"},
      Row{R"({"ty)", "broken"},
      Row{R"({"type":"POSITION"})", "broken"},
      Row{R"({"type":"POSITION","position":{"streams":[{"name":"s"}]}})", "broken"},
      Row{R"({"type":"POSITION","position":{"job":"x","streams":[]}})", "broken"},

      Row{R"({"type":"RECORD","log":null,"record":{"stream":"s","data":{"a":1},"emitted_at":1.5}})",
          "message"},
      Row{R"({"type":"RECORD","record":{"stream":"s","data":{},"isDummyStatsMessage":true}})",
          "message"},
      Row{R"({"type":"STATE","state":{"data":{}}})", "message"},
      Row{"{\"type\":\"LOG\",\"log\":{\"level\":\"INFO\",\"message\":\"caf\xE9\"}}", "message"},
      Row{R"({"type":"LOG","log":{"level":"NOTICE","message":{"a":1}}})", "message"},
  }));
  INFO(line);
  CHECK(verdict(line) == expected);
}

TEST_CASE("a broken line is described by place and length, never by content (F-79)") {
  const std::string_view line = R"({"type":"RECORD","record":{"stream":"s","data":{"pin":"1234)";
  CHECK(why(line) ==
        "a line of 59 bytes that begins like a RECORD or STATE cannot be read: the JSON is cut "
        "short at byte 59");
  CHECK(why(R"({"type":"STATE","state":{"type":"GLOBAL","global":{"stream_states":[7]}}})")
            .ends_with("/state/global/stream_states/0: must be an object, is a number"));
  CHECK(why(R"({"type":"RECORD","record":{"stream":"s"}})") == "RECORD: /record/data is missing");
}

TEST_CASE("nesting without end is broken, not a crash") {
  const std::string deep(100'000, '[');
  CHECK(verdict(R"({"type":"RECORD","record":{"stream":"s","data":{"a":)" + deep) == "broken");
  CHECK(verdict(deep) == "no message");
}

TEST_CASE("a record of a thousand levels is read, one with one more is broken by name") {
  const auto line = [](std::size_t levels) {  // three of them are the record's own
    return R"({"type":"RECORD","record":{"stream":"s","emitted_at":1,"data":{"a":)" +
           std::string(levels - 3, '[') + "1" + std::string(levels - 3, ']') + "}}}";
  };
  CHECK(verdict(line(1000)) != "broken");
  CHECK(verdict(line(1001)) == "broken");
  const auto parsed = parse(line(1001));
  CHECK(std::get<Broken>(parsed).why.find("more than 1000 levels of nesting") != std::string::npos);
}

TEST_CASE("JSON strings escape what must be and repair what is not UTF-8") {
  const auto quoted = [](std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
  };
  CHECK(quoted("") == R"("")");
  CHECK(quoted("plain text, longer than one step of sixteen bytes") ==
        R"("plain text, longer than one step of sixteen bytes")");
  CHECK(quoted("a\"b\\c\nd\re\tf\bg\fh") == R"("a\"b\\c\nd\re\tf\bg\fh")");
  CHECK(quoted(std::string_view("\0\x1f\x7f", 3)) == "\"\\u0000\\u001f\x7f\"");
  CHECK(quoted("café 😀") == "\"café 😀\"");
  CHECK(quoted("\xC3") == "\"\xEF\xBF\xBD\"");
  CHECK(quoted("a\xC0\xAF\xED\xA0\x80z") ==
        "\"a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDz\"");
  for (std::size_t before = 0; before < 40; ++before) {
    const std::string plain(before, 'x');
    CHECK(quoted(plain + "\"" + plain) == "\"" + plain + "\\\"" + plain + "\"");
  }
}

TEST_CASE("text of several lines is written on one") {
  ConnectorSpecification spec;
  spec.connection_specification = "{\n  \"title\": \"a \\\" b\\\\\",\r\n  \"x\": [1,\n 2]\n}";
  CHECK(written(spec) ==
        "{\"type\":\"SPEC\",\"spec\":{\"connectionSpecification\":{\"title\":\"a \\\" "
        "b\\\\\",\"x\":[1,2]}}}\n");
}

TEST_CASE("a line once written is written the same again") {
  const std::string_view line = GENERATE(
      R"({"type":"RECORD","record":{"namespace":"n","stream":"s","data":{"a":1e400},"emitted_at":5,"meta":{"changes":[]},"partition_id":"p","file_reference":{"x":1}}})",
      R"({"type":"RECORD","record":{"stream":"s","data":{},"isDummyStatsMessage":true,"emittedRecordsCount":5,"emittedBytesCount":60}})",
      R"({"type":"TRACE","trace":{"type":"STREAM_STATUS","stream_status":{"stream_descriptor":{"name":"s"},"status":"RUNNING","reasons":[{"type":"RATE_LIMITED","rate_limited":{"quota_reset":7}}]},"emitted_at":1700000000000.0,"x":[1]}})",
      R"({"type":"CONTROL","control":{"type":"CONNECTOR_CONFIG","emitted_at":1.5,"connectorConfig":{"config":{"k":1.10}}}})",
      R"({"type":"CONNECTION_STATUS","connectionStatus":{"status":"FAILED","message":"no"}})");
  CHECK(rewritten(line) == std::string(line) + "\n");
}
