#include <wharf/record/wire.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <string>
#include <vector>

#include "random_rows.h"
#include "record/batch_frame.h"

using namespace wharf;
using namespace wharf::record;

namespace {

constexpr WireForm kForm = WireForm::batch;

std::shared_ptr<const Schema> columns_schema(std::vector<Column> columns) {
  return std::make_shared<const Schema>(Schema(std::move(columns)));
}

/// The rows of `batch` as `form` carries them.
std::string written(const RecordBatch& batch, WireForm form, std::string_view partition = "p1") {
  auto writer = make_wire_writer(form, {"public", "users"}, batch.shared_schema());
  writer->begin_partition(partition);
  Buffer out;
  writer->append(batch, 0, batch.size(), out);
  return std::string(out.view());
}

std::unique_ptr<WireReader> reader_of(WireForm form, std::shared_ptr<const Schema> schema,
                                      std::size_t limit = std::size_t{64} << 20) {
  return make_wire_reader(form, {{{{}, "others"}, schema}, {{"public", "users"}, schema}}, limit);
}

/// All rows in `bytes`, which hold nothing else.
std::size_t read_all(std::string_view bytes, WireForm form, RecordBatch& into) {
  auto reader = reader_of(form, into.shared_schema());
  std::size_t frames = 0;
  for (; !bytes.empty(); ++frames) {
    auto item = reader->next(bytes);
    REQUIRE(item.kind == WireItem::Kind::record);
    REQUIRE(item.stream == 1);
    REQUIRE(item.partition == "p1");
    const auto before = into.size();
    REQUIRE(reader->decode(bytes.substr(0, item.size), into).has_value());
    REQUIRE(into.size() == before + item.rows);
    bytes.remove_prefix(item.size);
  }
  return frames;
}

/// `bytes` with other ones at `at`.
template <class T>
std::string with(std::string bytes, std::size_t at, T other) {
  std::memcpy(bytes.data() + at, &other, sizeof other);
  return bytes;
}

}  // namespace

TEST_CASE("rows of every kind arrive as PROTOBUF would have brought them, many to a frame") {
  RandomRows random(seed());
  for (int round = 0; round < 60; ++round) {
    RecordBatch rows(random.schema());
    for (std::uint64_t i = random.below(700) + 1; i > 0; --i) random.append(rows);
    const std::string bytes = written(rows, kForm);
    RecordBatch batched(rows.shared_schema());
    const std::size_t frames = read_all(bytes, kForm, batched);
    CHECK(frames <= 1 + bytes.size() / (std::size_t{32} << 10));
    const std::string other = written(rows, WireForm::protobuf);
    RecordBatch through_protobuf(rows.shared_schema());
    read_all(other, WireForm::protobuf, through_protobuf);
    REQUIRE(batched.size() == rows.size());
    for (std::size_t row = 0; row < rows.size(); ++row) {
      REQUIRE(same_row(rows, row, batched, row));
      REQUIRE(same_row(batched, row, through_protobuf, row));
    }
  }
}

TEST_CASE("numbers keep their digits in BATCH (F-03, F-04)") {
  RecordBatch rows(columns_schema({{"n", Type::number}}));
  const std::vector<std::string> numbers{"9223372036854775809", "1e400", "-0.1",
                                         "1234567890123456789012345678901234567890.5"};
  for (const auto& number : numbers) REQUIRE(parse_number(number, *rows.append_row(0)));
  RecordBatch read(rows.shared_schema());
  const std::string bytes = written(rows, kForm);
  read_all(bytes, kForm, read);
  for (std::size_t row = 0; row < numbers.size(); ++row) {
    Buffer text;
    append_json(text, read.row(row)[0]);
    CHECK(text.view() == numbers[row]);
  }
}

TEST_CASE("a value of another kind than its column is made to fit before it is sent (F-15)") {
  RecordBatch rows(columns_schema({{"a", Type::integer}, {"b", Type::string}}));
  rows.append_row(7)[0] = Value::integer(1);
  Value* odd = rows.append_row(8);
  odd[0] = Value::string("many");
  odd[1] = Value::integer(12);
  rows.append_row(9)[0] = Value::integer(3);
  RecordBatch read(rows.shared_schema());
  const std::string bytes = written(rows, kForm);
  CHECK(read_all(bytes, kForm, read) == 3);
  REQUIRE(read.size() == 3);
  CHECK(read.row(0)[0].as_integer() == 1);
  CHECK(read.row(1)[0].is_null());
  CHECK(read.row(1)[1].as_text() == "12");
  REQUIRE(read.changes().size() == 1);
  CHECK(read.changes(1)[0].field == "a");
  CHECK(read.changes(1)[0].reason == Reason::source_serialization);
  CHECK(read.row(2)[0].as_integer() == 3);
  CHECK(read.emitted_at(2) == 9);
}

TEST_CASE("a stream without columns has rows all the same") {
  RecordBatch rows(columns_schema({}));
  for (int row = 0; row < 3; ++row) rows.append_row(row);
  RecordBatch read(rows.shared_schema());
  const std::string bytes = written(rows, kForm);
  read_all(bytes, kForm, read);
  REQUIRE(read.size() == 3);
  CHECK(read.emitted_at(2) == 2);
}

TEST_CASE("dates that cannot be and JSON that opens otherwise are null with a recorded change") {
  RecordBatch rows(columns_schema({{"d", Type::date}, {"o", Type::object}}));
  Value* row = rows.append_row(0);
  row[0] = Value::date(std::int64_t{1} << 60);
  row[1] = Value::json("[1]");
  RecordBatch read(rows.shared_schema());
  const std::string bytes = written(rows, kForm);
  read_all(bytes, kForm, read);
  CHECK(read.row(0)[0].is_null());
  CHECK(read.row(0)[1].is_null());
  REQUIRE(read.changes(0).size() == 2);
  CHECK(read.changes(0)[0].field == "d");
  CHECK(read.changes(0)[1].reason == Reason::destination_serialization);
}

TEST_CASE("messages stand between the rows") {
  RecordBatch rows(columns_schema({{"a", Type::integer}}));
  rows.append_row(0)[0] = Value::integer(5);
  Buffer bytes;
  append_message(kForm, R"({"type":"STATE"})", bytes);
  bytes.append(written(rows, kForm));
  auto reader = reader_of(kForm, rows.shared_schema());
  const auto message = reader->next(bytes.view());
  CHECK(message.kind == WireItem::Kind::message);
  CHECK(message.body == R"({"type":"STATE"})");
  const auto record = reader->next(bytes.view().substr(message.size));
  CHECK(record.kind == WireItem::Kind::record);
  CHECK(message.size + record.size == bytes.size());
}

TEST_CASE("rows of a stream that was not asked for are named") {
  RecordBatch rows(columns_schema({{"a", Type::integer}}));
  rows.append_row(0);
  auto reader = make_wire_reader(kForm, {{{{}, "users"}, rows.shared_schema()}});
  const std::string bytes = written(rows, kForm);
  const auto item = reader->next(bytes);
  CHECK(item.kind == WireItem::Kind::unknown_stream);
  CHECK(item.body == "public.users");
}

TEST_CASE("a frame of another build, of other columns or over the limit fails by name (F-09)") {
  RecordBatch rows(columns_schema({{"a", Type::string}}));
  const std::string text(1000, 'x');
  rows.append_row(0)[0] = Value::string(text);
  const std::string bytes = written(rows, kForm);
  auto reader = reader_of(kForm, rows.shared_schema(), 900);
  auto over = reader->next(bytes);
  CHECK(over.kind == WireItem::Kind::broken);
  CHECK(std::string(over.body).find("over the limit of 900") != std::string::npos);

  const std::string other_build = with(bytes, 0, batch::kRowsMark + (1U << 24));
  auto other_reader = reader_of(kForm, rows.shared_schema());  // an item's views are its reader's
  auto other = other_reader->next(other_build);
  CHECK(other.kind == WireItem::Kind::broken);
  CHECK(std::string(other.body).find("same build") != std::string::npos);

  RecordBatch wider(columns_schema({{"a", Type::string}, {"b", Type::string}}));
  auto decoded = reader_of(kForm, wider.shared_schema())->decode(bytes, wider);
  REQUIRE_FALSE(decoded.has_value());
  CHECK(decoded.error().message.find("same catalog") != std::string::npos);
  CHECK(wider.empty());
}

TEST_CASE("a cut frame is incomplete, a damaged one broken or a failure, never a crash") {
  RandomRows random(seed());
  RecordBatch rows(random.schema());
  for (int i = 0; i < 5; ++i) random.append(rows);
  const std::string bytes = written(rows, kForm);
  auto reader = reader_of(kForm, rows.shared_schema());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CHECK(reader->next(std::string_view(bytes).substr(0, size)).kind == WireItem::Kind::incomplete);
    RecordBatch into(rows.shared_schema());
    CHECK_FALSE(reader->decode(std::string_view(bytes).substr(0, size), into).has_value());
  }
  for (int round = 0; round < 20'000; ++round) {
    std::string damaged = bytes;
    for (std::uint64_t flips = 1 + random.below(3); flips > 0; --flips) {
      damaged[random.below(damaged.size())] ^= static_cast<char>(1U << random.below(8));
    }
    auto item = reader->next(damaged);
    if (item.kind != WireItem::Kind::record) continue;
    RecordBatch into(rows.shared_schema());
    if (!reader->decode(std::string_view(damaged).substr(0, item.size), into)) {
      CHECK(into.empty());
      continue;
    }
    Buffer out;  // whatever it says now can be written
    for (std::size_t row = 0; row < into.size(); ++row) {
      for (const Value& value : into.row(row)) append_json(out, value);
    }
  }
}
