#include <wharf/record/wire.h>

#include <catch2/catch.hpp>
#include <deque>
#include <nlohmann/json.hpp>
#include <string>

#include "random_rows.h"

using namespace wharf;
using namespace wharf::record;

namespace {

std::shared_ptr<const Schema> schema_of(std::vector<Column> columns) {
  return std::make_shared<const Schema>(Schema(std::move(columns)));
}

std::string json_of(const Value& value) {
  Buffer out;
  append_json(out, value);
  return std::string(out.view());
}

/// Whether another reader takes it for JSON; that one knows no number beyond a double.
bool is_json(std::string_view text) {
  try {
    return !nlohmann::json::parse(text).is_discarded();
  } catch (const nlohmann::json::out_of_range&) {
    return true;
  } catch (const nlohmann::json::parse_error&) {
    return false;
  }
}

/// One stream `s` without a namespace, and lines of it.
struct Channel {
  explicit Channel(std::vector<Column> columns)
      : schema(schema_of(std::move(columns))),
        reader(make_wire_reader(WireForm::jsonl, {{{std::nullopt, "s"}, schema}})),
        batch(schema) {}

  /// Reads one line (without its end), which must be a record, as the batch's only row.
  void read(std::string line) {
    CAPTURE(line);
    lines.push_back(line + "\n");
    WireItem item = reader->next(lines.back());
    REQUIRE(item.kind == WireItem::Kind::record);
    REQUIRE(item.size == lines.back().size());
    batch.clear();
    REQUIRE(reader->decode(lines.back(), batch).has_value());
  }
  std::string value(std::string_view column) {
    return json_of(batch.row(0)[*schema->find(column)]);
  }
  WireItem::Kind kind(const std::string& line) { return reader->next(line + "\n").kind; }

  std::shared_ptr<const Schema> schema;
  std::unique_ptr<WireReader> reader;
  RecordBatch batch;
  std::deque<std::string> lines;
};

}  // namespace

TEST_CASE("a JSON record is written exactly as Airbyte writes it") {
  auto schema = schema_of({{"name", Type::string}, {"id", Type::integer}});
  RecordBatch batch(schema);
  for (int i = 0; i < 2; ++i) {
    Value* row = batch.append_row(1700000000000);
    row[0] = Value::integer(i);
  }
  batch.add_change("name", Change::nulled, Reason::source_retrieval);
  auto writer = make_wire_writer(WireForm::jsonl, {"public", "users"}, schema);
  Buffer out;
  writer->append(batch, 0, 1, out);
  CHECK(out.view() ==
        "{\"type\":\"RECORD\",\"record\":{\"stream\":\"users\",\"namespace\":\"public\",\"data\":{"
        "\"name\":null,"
        "\"id\":0},\"emitted_at\":1700000000000}}\n");
  out.clear();
  writer->begin_partition("a1B2");
  writer->append(batch, 1, 2, out);
  CHECK(out.view() ==
        "{\"type\":\"RECORD\",\"record\":{\"stream\":\"users\",\"namespace\":\"public\",\"data\":{"
        "\"name\":null,"
        "\"id\":1},\"emitted_at\":1700000000000,\"partition_id\":\"a1B2\",\"meta\":{\"changes\":[{"
        "\"field\":\"name\","
        "\"change\":\"NULLED\",\"reason\":\"SOURCE_RETRIEVAL_ERROR\"}]}}}\n");
}

TEST_CASE("JSON lines of rows of every kind are read by another reader, and by ours") {
  RandomRows random(seed(), 200);  // the other reader knows no number beyond a double
  for (int round = 0; round < 150; ++round) {
    auto schema = random.schema();
    protocol::StreamDescriptor stream{std::nullopt, "us\"ers"};
    if (random.below(2) == 0) stream.name_space = "öffentlich";
    RecordBatch batch(schema);
    for (int i = 0; i < 20; ++i) random.append(batch);
    auto writer = make_wire_writer(WireForm::jsonl, stream, schema);
    std::string partition = random.below(2) == 0 ? "p" + std::to_string(round) : "";
    writer->begin_partition(partition);
    Buffer out;
    writer->append(batch, 0, batch.size(), out);
    auto reader = make_wire_reader(WireForm::jsonl, {{stream, schema}});
    RecordBatch back(schema);
    std::string_view rest = out.view();
    for (std::size_t row = 0; row < batch.size(); ++row) {
      WireItem item = reader->next(rest);
      REQUIRE(item.kind == WireItem::Kind::record);
      REQUIRE(item.partition == partition);
      std::string_view line = rest.substr(0, item.size);
      auto theirs = nlohmann::json::parse(line);
      REQUIRE(theirs["record"]["stream"] == "us\"ers");
      REQUIRE(theirs["record"]["data"].size() == schema->size());
      for (std::size_t c = 0; c < schema->size(); ++c) {
        const Value& value = batch.row(row)[c];
        const auto& field = theirs["record"]["data"][(*schema)[c].name];
        if (value.kind() == Kind::string) REQUIRE(field.get<std::string>() == value.as_text());
        if (value.kind() == Kind::integer) REQUIRE(field.get<std::int64_t>() == value.as_integer());
        if (value.kind() == Kind::number) REQUIRE(field.get<double>() == value.as_number());
        if (value.kind() == Kind::json) REQUIRE(field == nlohmann::json::parse(value.as_text()));
        REQUIRE(field.is_null() == value.is_null());
      }
      REQUIRE(reader->decode(line, back).has_value());
      REQUIRE(same_row(batch, row, back, row));
      // And as another writer orders and escapes it.
      if (line.find("e+") == std::string_view::npos) {
        std::string spaced = nlohmann::json::parse(line).dump(-1, ' ', true) + "\n";
        RecordBatch third(schema);
        REQUIRE(reader->next(spaced).kind == WireItem::Kind::record);
        REQUIRE(reader->decode(spaced, third).has_value());
        REQUIRE(third.emitted_at(0) == batch.emitted_at(row));
        REQUIRE(third.changes(0).size() == batch.changes(row).size());
      }
      rest.remove_prefix(item.size);
    }
    REQUIRE(rest.empty());
  }
}

TEST_CASE(
    "the envelopes of all writers are read, whatever the order of keys and the space between "
    "them") {
  Channel channel({{"a", Type::integer}});
  for (
      std::string line : {
          R"({"type":"RECORD","record":{"stream":"s","data":{"a":1},"emitted_at":17}})",
          R"({"type": "RECORD", "record": {"stream": "s", "data": {"a": 1}, "emitted_at": 17}})",
          R"({"type": "RECORD", "log": null, "state": null, "record": {"namespace": null, "stream": "s", "data": {"a": 1}, "emitted_at": 17, "meta": null}})",
          R"({"record":{"emitted_at":17,"data":{"a":1},"stream":"s","namespace":""},"type":"RECORD"})",
          R"({"record":{"data":{"a":1},"emitted_at":17,"namespace":null,"stream":"\u0073","x":{"data":{}}},"type":"RECORD"} )",
          R"( { "type" : "RECORD" , "record" : { "stream" : "s" , "emitted_at" : 17.0 , "data" : { "a" : 1 } } } trailing)",
      }) {
    for (int twice = 0; twice < 2; ++twice) {
      channel.read(line);
      CHECK(channel.value("a") == "1");
      CHECK(channel.batch.emitted_at(0) == 17);
      channel.read(R"({"type":"RECORD","record":{"stream":"s","data":{"a":1},"emitted_at":)" +
                   std::string(twice == 0 ? "17" : "1700000000000") + "}}");
    }
  }
}

TEST_CASE("a line of the known shape with more between its data and its end is read in full") {
  Channel channel({{"a", Type::integer}});
  channel.read(R"({"type":"RECORD","record":{"stream":"s","data":{"a":1},"emitted_at":17}})");
  channel.read(
      R"({"type":"RECORD","record":{"stream":"s","data":{"a":2},"meta":{"changes":[{"field":"b","change":"TRUNCATED","reason":"SOURCE_FIELD_SIZE_LIMITATION"}]},"emitted_at":18}})");
  CHECK(channel.value("a") == "2");
  CHECK(channel.batch.emitted_at(0) == 18);
  REQUIRE(channel.batch.changes(0).size() == 1);
  CHECK(channel.batch.changes(0)[0].field == "b");
  CHECK(channel.batch.changes(0)[0].change == Change::truncated);
  CHECK(channel.batch.changes(0)[0].reason == Reason::source_field_size);
  // What `next` said at sight would not be what the line says: a failure, never a guess.
  std::string odd =
      R"({"type":"RECORD","record":{"stream":"s","data":{"a":2},"partition_id":"x","x":{},"emitted_at":18}})";
  channel.batch.clear();
  channel.reader->next(odd + "\n");
  CHECK_FALSE(channel.reader->decode(odd, channel.batch).has_value());
  CHECK(channel.batch.empty());
}

TEST_CASE("numbers keep their digits on the road of JSON lines (F-03, F-04)") {
  Channel channel(
      {{"i", Type::integer}, {"n", Type::number}, {"x", Type::any}, {"s", Type::string}});
  auto read = [&](const std::string& digits) {
    channel.read(R"({"type":"RECORD","record":{"stream":"s","data":{"i":)" + digits + R"(,"n":)" +
                 digits + R"(,"x":)" + digits + R"(,"s":)" + digits + R"(},"emitted_at":1}})");
  };
  for (std::string digits : {"9223372036854775807", "9223372036854775809", "-9223372036854775809",
                             "1234567890123456789012345678901234567890"}) {
    read(digits);
    for (auto column : {"i", "n", "x"}) CHECK(channel.value(column) == digits);
    CHECK(channel.value("s") == '"' + digits + '"');
    CHECK(channel.batch.changes().empty());
  }
  for (std::string digits : {"1e400", "19.99", "0.1234567890123456789012345678901234567890"}) {
    read(digits);
    for (auto column : {"n", "x"}) CHECK(channel.value(column) == digits);
  }
  read("1e10001");
  CHECK(channel.value("n") == "null");
  CHECK(channel.value("i") == "null");
  CHECK(channel.batch.changes(0).size() == 2);
  read("NaN");
  CHECK(channel.value("n") == "null");
  CHECK(channel.batch.changes(0).size() == 4);
}

TEST_CASE(
    "values are typed as the schema says, and what does not fit is null with a recorded change "
    "(F-15)") {
  Channel channel({{"b", Type::boolean},
                   {"d", Type::date},
                   {"t", Type::timestamp_tz},
                   {"o", Type::object},
                   {"a", Type::array},
                   {"x", Type::any},
                   {"s", Type::string}});
  channel.read(
      R"({"type":"RECORD","record":{"stream":"s","data":{"b":true,"d":"2024-01-31","t":"2024-01-31 10:00:00+0100","o":{"k": [1, "\u00e9"]},"a":[],"x":"te\"xt","s":{"k":1},"zzz":1},"emitted_at":1}})");
  CHECK(channel.value("b") == "true");
  CHECK(channel.value("d") == R"("2024-01-31")");
  CHECK(channel.value("t") == R"("2024-01-31T10:00:00+01:00")");
  CHECK(channel.value("o") == R"({"k": [1, "\u00e9"]})");
  CHECK(channel.value("a") == "[]");
  CHECK(channel.value("x") == R"("te\"xt")");
  CHECK(channel.value("s") == R"("{\"k\":1}")");
  CHECK(channel.batch.changes().empty());
  channel.read(
      R"({"type":"RECORD","record":{"stream":"s","data":{"b":"true","d":5,"t":"soon","o":[],"a":{},"x":null,"s":false},"emitted_at":1}})");
  for (auto column : {"b", "d", "t", "o", "a", "x"}) CHECK(channel.value(column) == "null");
  CHECK(channel.value("s") == R"("false")");
  CHECK(channel.batch.changes(0).size() == 5);
}

TEST_CASE("a record none of whose fields its schema knows fails by name (F-10)") {
  Channel channel({{"a", Type::integer}});
  std::string line =
      R"({"type":"RECORD","record":{"stream":"s","data":{"b":1,"c":2},"emitted_at":1}})";
  CHECK(channel.kind(line) == WireItem::Kind::record);
  auto result = channel.reader->decode(line, channel.batch);
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code == ErrorCode::protocol_violation);
  CHECK(channel.batch.empty());
}

TEST_CASE("lines that carry no row are told apart") {
  Channel channel({{"a", Type::integer}});
  using Kind = WireItem::Kind;
  CHECK(channel.kind("") == Kind::skip);
  CHECK(channel.kind("  \r") == Kind::skip);
  CHECK(channel.kind(R"({"type":"STATE","state":{"type":"STREAM"}})") == Kind::message);
  CHECK(channel.kind(R"({"state":{},"type":"STATE"})") == Kind::message);
  CHECK(channel.kind(R"({"type":"TRACE")") == Kind::message);
  CHECK(channel.kind("plain log text") == Kind::message);
  CHECK(channel.kind(R"({"type":"RECORD","record":{"stream":"s","data":{},"emitted_at":1}})") ==
        Kind::skip);
  CHECK(channel.kind(R"({"type":"RECORD","record":{"stream":"s","data":null,"emitted_at":1}})") ==
        Kind::skip);
  CHECK(
      channel.kind(
          R"({"type":"RECORD","record":{"namespace":null,"stream":"s","data":{},"isDummyStatsMessage":true,"emittedRecordsCount":5}})") ==
      Kind::skip);
  CHECK(
      channel.kind(R"({"type":"RECORD","record":{"stream":"t","data":{"a":1},"emitted_at":1}})") ==
      Kind::unknown_stream);
  CHECK(channel.kind(R"({"type":"RECORD","record":{"stream":"s","data":{"a":1)") == Kind::broken);
  CHECK(
      channel.kind(R"({"type":"RECORD","record":{"stream":"s","data":{"a":01},"emitted_at":1}})") ==
      Kind::broken);
  CHECK(channel.kind("{\"type\":\"RECORD\",\"record\":{\"stream\":\"s\",\"data\":{\"a\":\"\xff\"},"
                     "\"emitted_at\":1}}") == Kind::broken);
  CHECK(channel.reader->next("{\"type\":\"REC").kind == Kind::incomplete);
  CHECK(channel.reader->next("").kind == Kind::incomplete);
  WireItem item = channel.reader->next("{\"type\":\"STATE\"}\nrest");
  CHECK(item.body == "{\"type\":\"STATE\"}");
  CHECK(item.size == 17);
}

TEST_CASE("a line over the limit is broken and names its length, with or without its end (F-09)") {
  auto reader = make_wire_reader(WireForm::jsonl, {}, 100);
  CHECK(reader->next(std::string(100, 'x')).kind == WireItem::Kind::incomplete);
  WireItem item = reader->next(std::string(101, 'x'));
  CHECK(item.kind == WireItem::Kind::broken);
  CHECK(std::string(item.body).find("101") != std::string::npos);
  CHECK(reader->next(std::string(101, 'x') + "\n").kind == WireItem::Kind::broken);
}

TEST_CASE("damaged lines are never a crash, and what is read of them is JSON") {
  RandomRows random(seed());
  auto schema = random.schema();
  RecordBatch batch(schema);
  for (int i = 0; i < 50; ++i) random.append(batch);
  auto writer = make_wire_writer(WireForm::jsonl, {std::nullopt, "s"}, schema);
  Buffer out;
  writer->append(batch, 0, batch.size(), out);
  auto reader = make_wire_reader(WireForm::jsonl, {{{std::nullopt, "s"}, schema}});
  RecordBatch back(schema);
  Buffer text;
  std::string_view rest = out.view();
  for (int round = 0; round < 20'000; ++round) {
    std::size_t size = rest.find('\n') + 1;
    auto copy = std::make_unique<char[]>(size);
    std::memcpy(copy.get(), rest.data(), size);
    rest.remove_prefix(size);
    if (rest.empty()) rest = out.view();
    std::uint64_t damages = random.below(4);
    for (std::uint64_t d = 0; d < damages; ++d) {
      static constexpr char kBytes[] = "{}[]\",:\\0e-\x80\xff\n u";
      copy[random.below(size)] = kBytes[random.below(sizeof kBytes)];
    }
    std::string_view bytes(copy.get(), size);
    WireItem item = reader->next(bytes);
    back.clear();
    bool record = item.kind == WireItem::Kind::record;
    std::string_view frame = record ? bytes.substr(0, item.size) : bytes;
    if (!reader->decode(frame, back)) {
      REQUIRE(back.empty());
      continue;
    }
    for (const Value& value : back.row(0)) {
      text.clear();
      append_json(text, value);
      REQUIRE(is_json(text.view()));
    }
  }
}
