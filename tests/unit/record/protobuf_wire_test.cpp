#include <wharf/record/wire.h>

#include <catch2/catch.hpp>
#include <string>

using namespace wharf;
using namespace wharf::record;

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
