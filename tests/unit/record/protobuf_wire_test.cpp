#include <wharf/record/wire.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <deque>
#include <random>
#include <string>
#include <vector>

#include "data/protocol/airbyte_message.pb.h"
#include "random_rows.h"
#include "record/protobuf_wire.h"

using namespace wharf;
using namespace wharf::record;
namespace oracle = io::airbyte::protocol::protobuf;

namespace {

std::string bytes_of(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 3) {
    bytes.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

std::shared_ptr<const Schema> golden_schema() {
  return std::make_shared<const Schema>(Schema(
      {{"a", Type::integer}, {"b", Type::string}, {"c", Type::string}, {"d", Type::timestamp_tz}}));
}

const std::string kGoldenRecord = bytes_of(
    "40 0a 3e 0a 06 70 75 62 6c 69 63 12 05 75 73 65 72 73 18 80 d0 95 ff bc 31 22 04 61 31 42 32 "
    "2a 02 18 0d 2a 05 12 03 62 6f 62 2a 02 68 01 2a 11 52 0f 08 80 c4 9f d5 0c 10 80 ca b5 ee 01 "
    "18 a0 38");

/// `message` as a frame of the channel.
std::string framed(const std::string& message) {
  std::string frame;
  std::size_t size = message.size();
  for (; size >= 128; size >>= 7) frame.push_back(static_cast<char>(size | 128));
  frame.push_back(static_cast<char>(size));
  return frame + message;
}

std::string framed(const oracle::AirbyteMessageProtobuf& message) {
  return framed(message.SerializeAsString());
}

/// The message in a frame, as the oracle reads it.
oracle::AirbyteMessageProtobuf read_by_oracle(std::string_view frame) {
  std::size_t head = 0;
  while (frame[head] & 128) ++head;
  ++head;
  oracle::AirbyteMessageProtobuf message;
  bool read = message.ParseFromArray(frame.data() + head, static_cast<int>(frame.size() - head));
  REQUIRE(read);
  return message;
}

std::string text_of(const Value& value) {
  Buffer out;
  append_text(out, value);
  return std::string(out.view());
}

/// Whether the oracle's value is ours, in the member that its column's type asks for.
bool same_as_oracle(const oracle::AirbyteValueProtobuf& theirs, const Value& ours, Type type) {
  if (theirs.is_null()) return ours.is_null();
  switch (type) {
    case Type::boolean:
      return theirs.has_boolean() && theirs.boolean() == ours.as_bool();
    case Type::string:
      return theirs.has_string() && theirs.string() == ours.as_text();
    case Type::integer:
      if (ours.kind() == Kind::big_integer) return theirs.big_integer() == ours.as_text();
      return theirs.has_integer() && theirs.integer() == ours.as_integer();
    case Type::number: {
      if (!theirs.has_number())
        return theirs.has_big_decimal() && theirs.big_decimal() == text_of(ours);
      double number = theirs.number();
      double wanted =
          ours.kind() == Kind::integer ? static_cast<double>(ours.as_integer()) : ours.as_number();
      return std::memcmp(&number, &wanted, sizeof number) == 0;
    }
    case Type::date:
      return theirs.has_date() && theirs.date() == ours.days();
    case Type::time_tz:
      return theirs.has_time_with_timezone() &&
             static_cast<std::int64_t>(theirs.time_with_timezone().nanos_of_day()) ==
                 ours.nanos_of_day() &&
             theirs.time_with_timezone().offset_seconds() == ours.offset_seconds();
    case Type::time:
      return theirs.value_case() == theirs.kTimeWithoutTimezone &&
             static_cast<std::int64_t>(theirs.time_without_timezone()) == ours.nanos_of_day();
    case Type::timestamp_tz: {
      const auto& stamp = theirs.timestamp_with_timezone();
      return theirs.has_timestamp_with_timezone() && stamp.epoch_second() == ours.second() &&
             stamp.nano() == ours.nanos() && stamp.offset_seconds() == ours.offset_seconds();
    }
    case Type::timestamp: {
      const auto& stamp = theirs.timestamp_without_timezone();
      return theirs.has_timestamp_without_timezone() &&
             stamp.date_days_since_epoch() * 86400 +
                     static_cast<std::int64_t>(stamp.nanos_of_day() / 1'000'000'000) ==
                 ours.second() &&
             stamp.nanos_of_day() % 1'000'000'000 == ours.nanos();
    }
    default:
      return theirs.has_json() && theirs.json() == ours.as_text();
  }
}

}  // namespace

TEST_CASE("the golden record is written byte for byte, and read back") {
  auto schema = golden_schema();
  protocol::StreamDescriptor stream{"public", "users"};
  RecordBatch batch(schema);
  Value* row = batch.append_row(1700000000000);
  row[0] = Value::integer(-7);
  row[1] = Value::string("bob");
  row[3] = Value::timestamp_tz(1700000000, 500000000, 3600);
  auto writer = make_wire_writer(WireForm::protobuf, stream, schema);
  writer->begin_partition("a1B2");
  Buffer out;
  writer->append(batch, 0, 1, out);
  CHECK(std::string(out.view()) == kGoldenRecord);

  auto reader = make_wire_reader(WireForm::protobuf, {{stream, schema}});
  WireItem item = reader->next(kGoldenRecord);
  REQUIRE(item.kind == WireItem::Kind::record);
  CHECK(item.size == kGoldenRecord.size());
  CHECK(item.partition == "a1B2");
  RecordBatch read(schema);
  REQUIRE(reader->decode(std::string_view(kGoldenRecord).substr(0, item.size), read).has_value());
  CHECK(read.emitted_at(0) == 1700000000000);
  CHECK(read.row(0)[0].as_integer() == -7);
  CHECK(read.row(0)[1].as_text() == "bob");
  CHECK(read.row(0)[2].is_null());
  CHECK(read.row(0)[3].second() == 1700000000);
  CHECK(read.row(0)[3].nanos() == 500000000);
  CHECK(read.row(0)[3].offset_seconds() == 3600);
}

TEST_CASE("probes and messages are written and read as the golden bytes say") {
  auto reader = make_wire_reader(WireForm::protobuf, {});
  std::string probe = bytes_of("02 1a 00");
  CHECK(reader->next(probe).kind == WireItem::Kind::skip);
  CHECK(reader->next(probe).size == 3);
  CHECK(reader->next(std::string_view("\0", 1)).kind == WireItem::Kind::skip);
  Buffer out;
  append_message(WireForm::protobuf, R"({"type":"STATE"})", out);
  CHECK(std::string(out.view()) ==
        bytes_of("12 12 10 7b 22 74 79 70 65 22 3a 22 53 54 41 54 45 22 7d"));
  WireItem item = reader->next(out.view());
  CHECK(item.kind == WireItem::Kind::message);
  CHECK(item.body == R"({"type":"STATE"})");
  CHECK(item.size == out.size());
}

TEST_CASE("a decoder made by protoc reads what we write, and we read it too, rows of every kind") {
  RandomRows random(seed());
  for (int round = 0; round < 150; ++round) {
    auto schema = random.schema();
    protocol::StreamDescriptor stream{std::nullopt, "users"};
    if (random.below(2) == 0) stream.name_space = "public";
    RecordBatch batch(schema);
    for (int i = 0; i < 20; ++i) random.append(batch);
    auto writer = make_wire_writer(WireForm::protobuf, stream, schema);
    if (random.below(2) == 0) writer->begin_partition("p" + std::to_string(round));
    Buffer out;
    writer->append(batch, 0, batch.size(), out);

    auto reader =
        make_wire_reader(WireForm::protobuf, {{{std::nullopt, "other"}, schema}, {stream, schema}});
    RecordBatch back(schema);
    std::string_view rest = out.view();
    for (std::size_t row = 0; row < batch.size(); ++row) {
      WireItem item = reader->next(rest);
      REQUIRE(item.kind == WireItem::Kind::record);
      REQUIRE(item.stream == 1);
      std::string_view frame = rest.substr(0, item.size);
      auto theirs = read_by_oracle(frame);
      REQUIRE(theirs.record().stream_name() == "users");
      REQUIRE(theirs.record().has_stream_namespace() == stream.name_space.has_value());
      REQUIRE(theirs.record().partition_id() == item.partition);
      REQUIRE(theirs.record().data_size() == static_cast<int>(schema->size()));
      REQUIRE(theirs.record().meta().changes_size() == static_cast<int>(batch.changes(row).size()));
      for (std::size_t c = 0; c < schema->size(); ++c) {
        if (!same_as_oracle(theirs.record().data(static_cast<int>(c)), batch.row(row)[c],
                            (*schema)[c].type)) {
          FAIL(theirs.record().data(static_cast<int>(c)).ShortDebugString()
               << " is not " << text_of(batch.row(row)[c]));
        }
      }
      REQUIRE(reader->decode(frame, back).has_value());
      REQUIRE(same_row(batch, row, back, row));
      // And what the oracle writes of it, we read alike.
      std::string again = framed(theirs);
      REQUIRE(reader->next(again).size == again.size());
      RecordBatch third(schema);
      REQUIRE(reader->decode(again, third).has_value());
      REQUIRE(same_row(batch, row, third, 0));
      rest.remove_prefix(item.size);
    }
    REQUIRE(rest.empty());
  }
}

TEST_CASE("a value of another kind than its column is made to fit before it is written (F-15)") {
  auto schema = std::make_shared<const Schema>(
      Schema({{"a", Type::any}, {"b", Type::integer}, {"c", Type::string}}));
  RecordBatch batch(schema);
  Value* row = batch.append_row(1);
  row[0] = Value::string("x\"y");
  row[1] = Value::string("no number");
  row[2] = Value::integer(7);
  auto writer = make_wire_writer(WireForm::protobuf, {std::nullopt, "s"}, schema);
  Buffer out;
  writer->append(batch, 0, 1, out);
  auto theirs = read_by_oracle(out.view()).record();
  CHECK(theirs.data(0).json() == R"("x\"y")");
  CHECK(theirs.data(1).is_null());
  CHECK(theirs.data(2).string() == "7");
  REQUIRE(theirs.meta().changes_size() == 1);
  CHECK(theirs.meta().changes(0).field() == "b");
}

TEST_CASE("whatever says null is null, missing values are null, unknown fields are passed over") {
  auto schema = golden_schema();
  auto reader = make_wire_reader(WireForm::protobuf, {{{std::nullopt, "s"}, schema}});
  std::deque<std::string> frames;  // what the batch's texts look into
  auto decode = [&](const std::string& record, RecordBatch& batch) {
    std::string message = std::string("\x0a") + static_cast<char>(record.size()) + record;
    frames.push_back(framed(message));
    return reader->decode(frames.back(), batch).has_value();
  };
  RecordBatch batch(schema);
  const std::string head = bytes_of("12 01 73");
  REQUIRE(decode(head + bytes_of("2a 02 68 00 2a 00 2a 04 12 02 68 69"), batch));
  CHECK(batch.row(0)[0].is_null());
  CHECK(batch.row(0)[1].is_null());
  CHECK(batch.row(0)[2].as_text() == "hi");
  CHECK(batch.row(0)[3].is_null());
  CHECK(batch.changes().empty());
  // Field 20 in the value, field 15 in the record.
  REQUIRE(decode(head + bytes_of("2a 05 18 0d a0 01 05 7a 01 41"), batch));
  CHECK(batch.row(1)[0].as_integer() == -7);
  // Fields 1 to 4 behind the data, as no writer we know does.
  REQUIRE(decode(bytes_of("2a 02 18 0d 12 01 73 18 05"), batch));
  CHECK(batch.row(2)[0].as_integer() == -7);
  CHECK(batch.emitted_at(2) == 5);
  // A date as text, as an older schema had it: not this version's, so null with a recorded change.
  REQUIRE(decode(head + bytes_of("2a 03 3a 01 41"), batch));
  CHECK(batch.row(3)[0].is_null());
  CHECK(batch.changes(3).size() == 1);
  // More values than columns: the catalogs differ, and no value may land in another column (F-02).
  CHECK_FALSE(decode(head + bytes_of("2a 00 2a 00 2a 00 2a 00 2a 00"), batch));
  CHECK(batch.size() == 4);
}

TEST_CASE("values that cannot be are null with a recorded change, after the record's own changes") {
  auto schema = std::make_shared<const Schema>(Schema({{"a", Type::number},
                                                       {"b", Type::date},
                                                       {"c", Type::object},
                                                       {"d", Type::number},
                                                       {"e", Type::integer},
                                                       {"f", Type::any}}));
  oracle::AirbyteMessageProtobuf message;
  auto* record = message.mutable_record();
  record->set_stream_name("s");
  record->add_data()->set_number(NAN);
  record->add_data()->set_date(INT64_MAX);
  record->add_data()->set_json("{\"a\":");
  record->add_data()->set_big_decimal("1e10001");
  record->add_data()->set_big_integer("12");
  record->add_data()->set_json(" [1,\n2] ");
  auto* change = record->mutable_meta()->add_changes();
  change->set_field("z");
  change->set_change(oracle::TRUNCATED);
  change->set_reason(oracle::SOURCE_RETRIEVAL_ERROR);
  auto reader = make_wire_reader(WireForm::protobuf, {{{std::nullopt, "s"}, schema}});
  RecordBatch batch(schema);
  std::string frame = framed(message);
  REQUIRE(reader->decode(frame, batch).has_value());
  for (std::size_t i = 0; i < 4; ++i) CHECK(batch.row(0)[i].is_null());
  CHECK(batch.row(0)[4].as_integer() == 12);
  CHECK(batch.row(0)[5].as_text() == "[1, 2]");
  REQUIRE(batch.changes(0).size() == 5);
  CHECK(batch.changes(0)[0].field == "z");
  CHECK(batch.changes(0)[0].change == Change::truncated);
  CHECK(batch.changes(0)[4].field == "d");
}

TEST_CASE("an offset of eighteen hours is one, and what is beyond is none") {
  auto schema = std::make_shared<const Schema>(Schema({{"a", Type::timestamp_tz}}));
  auto reader = make_wire_reader(WireForm::protobuf, {{{std::nullopt, "s"}, schema}});
  for (std::int32_t offset : {0, 1, -1, 3600, -64'800, 64'800, 64'801, 70'000, -70'000, 86'400}) {
    oracle::AirbyteMessageProtobuf message;
    auto* record = message.mutable_record();
    record->set_stream_name("s");
    auto* value = record->add_data()->mutable_timestamp_with_timezone();
    value->set_epoch_second(1'700'000'000);
    value->set_offset_seconds(offset);
    RecordBatch batch(schema);
    const std::string frame = framed(message);
    REQUIRE(reader->decode(frame, batch).has_value());
    CAPTURE(offset);
    const bool fits = std::abs(offset) <= 64'800;
    CHECK(batch.row(0)[0].is_null() != fits);
    if (fits) CHECK(batch.row(0)[0].offset_seconds() == offset);
  }
}

TEST_CASE("a varint that fills its bytes is read backwards, and no other") {
  std::mt19937_64 random(seed());
  for (int round = 0; round < 200'000; ++round) {
    std::vector<char> bytes(1 + random() % 12);
    for (char& byte : bytes) byte = static_cast<char>(random() | 0x80);
    if (random() % 4 != 0) bytes.back() = static_cast<char>(bytes.back() & 0x7F);
    if (random() % 4 == 0) bytes[random() % bytes.size()] = static_cast<char>(random() & 0x7F);
    const char* at = bytes.data();
    const char* const end = at + bytes.size();
    std::uint64_t expected = 0;
    std::uint64_t read = 0;
    const bool fills = protobuf::read_varint_bytewise(at, end, expected) && at == end;
    if (protobuf::read_whole_varint(bytes.data(), end, read) != fills) FAIL(round);
    if (fills && read != expected) FAIL(round);
  }
}

TEST_CASE("a record of a stream that was not asked for is named") {
  auto reader = make_wire_reader(WireForm::protobuf, {{{std::nullopt, "users"}, golden_schema()}});
  WireItem item = reader->next(kGoldenRecord);
  CHECK(item.kind == WireItem::Kind::unknown_stream);
  CHECK(item.body == "public.users");
  CHECK(item.size == kGoldenRecord.size());
}

TEST_CASE("a record over the limit is broken and names its length (F-09)") {
  auto reader = make_wire_reader(WireForm::protobuf, {}, 1000);
  std::string big = framed(std::string(1001, 'x'));
  WireItem item = reader->next(std::string_view(big).substr(0, 5));
  CHECK(item.kind == WireItem::Kind::broken);
  CHECK(std::string(item.body).find("1001") != std::string::npos);
}

TEST_CASE("cut or damaged bytes are incomplete, broken or a failure, never a crash") {
  RandomRows random(seed());
  auto schema = random.schema();
  protocol::StreamDescriptor stream{"public", "users"};
  RecordBatch batch(schema);
  for (int i = 0; i < 50; ++i) random.append(batch);
  auto writer = make_wire_writer(WireForm::protobuf, stream, schema);
  writer->begin_partition("a1B2");
  Buffer out;
  writer->append(batch, 0, batch.size(), out);
  auto reader = make_wire_reader(WireForm::protobuf, {{stream, schema}}, 1 << 20);
  for (std::size_t cut = 0; cut < reader->next(out.view()).size; ++cut) {
    auto copy = std::make_unique<char[]>(cut);
    std::memcpy(copy.get(), out.data(), cut);
    REQUIRE(reader->next({copy.get(), cut}).kind == WireItem::Kind::incomplete);
  }
  RecordBatch back(schema);
  Buffer text;
  for (int round = 0; round < 20'000; ++round) {
    std::size_t size = std::min<std::size_t>(out.size(), 1 + random.below(400));
    auto copy = std::make_unique<char[]>(size);  // of its exact size, for the sanitizers
    std::memcpy(copy.get(), out.data(), size);
    std::uint64_t damages = 1 + random.below(4);
    for (std::uint64_t d = 0; d < damages; ++d) {
      copy[random.below(size)] = static_cast<char>(random.below(256));
    }
    WireItem item = reader->next({copy.get(), size});
    if (item.kind != WireItem::Kind::record) continue;
    back.clear();
    if (!reader->decode({copy.get(), item.size}, back)) {
      REQUIRE(back.empty());
      continue;
    }
    text.clear();
    for (const Value& value : back.row(0)) append_json(text, value);
  }
}

TEST_CASE("texts of every length are written whole, whatever they come to in a row") {
  auto schema = std::make_shared<const Schema>(
      Schema({{"a", Type::string}, {"b", Type::integer}, {"c", Type::string}, {"d", Type::any}}));
  auto writer = make_wire_writer(WireForm::protobuf, {"public", "users"}, schema);
  writer->begin_partition("p1");
  for (std::size_t size = 0; size < 1200; ++size) {
    const std::string first(size, 'x');
    const std::string second = std::string(size % 130, 'y') + "z";
    const std::string json = "\"" + std::string(size * 7 % 1100, '7') + "\"";
    RecordBatch batch(schema);
    Value* row = batch.append_row(1);
    row[0] = Value::string(first);
    row[1] = size % 3 == 0 ? Value::string("12") : Value::integer(12);  // made to fit
    row[2] = Value::string(second);
    row[3] = Value::json(json);
    if (size % 5 == 0) batch.add_change("a", Change::truncated, Reason::source_field_size);
    Buffer out;
    writer->append(batch, 0, 1, out);
    const auto record = read_by_oracle(out.view()).record();
    INFO(size);
    REQUIRE(record.data_size() == 4);
    REQUIRE(record.data(0).string() == first);
    REQUIRE(record.data(1).integer() == 12);
    REQUIRE(record.data(2).string() == second);
    REQUIRE(record.data(3).json() == json);
    REQUIRE(record.meta().changes_size() == (size % 5 == 0 ? 1 : 0));
  }
}
