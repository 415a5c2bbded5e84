#include <wharf/record/coercion.h>
#include <wharf/record/text_form.h>

#include <catch2/catch.hpp>
#include <string>

using namespace wharf::record;

namespace {

/// The value in a column of `type`, as JSON; "misfit" if it does not fit.
std::string placed(Value value, Type type) {
  static RecordBatch batch(std::make_shared<const Schema>(Schema()));
  batch.clear();
  if (!coerce(value, type, batch)) {
    CHECK(value.is_null());
    return "misfit";
  }
  Buffer out;
  append_json(out, value);
  return std::string(out.view());
}

Value decimal(std::string_view text) {
  return Value::text(Kind::big_decimal, text);
}
Value big(std::string_view text) {
  return Value::text(Kind::big_integer, text);
}

}  // namespace

TEST_CASE("null fits everywhere") {
  for (int type = 0; type <= static_cast<int>(Type::any); ++type) {
    CHECK(placed(Value::null(), static_cast<Type>(type)) == "null");
    CHECK(placed(Value::json("null"), static_cast<Type>(type)) == "null");
  }
}

TEST_CASE("a boolean column takes booleans only") {
  CHECK(placed(Value::boolean(true), Type::boolean) == "true");
  CHECK(placed(Value::json("false"), Type::boolean) == "false");
  CHECK(placed(Value::string("true"), Type::boolean) == "misfit");
  CHECK(placed(Value::integer(1), Type::boolean) == "misfit");
}

TEST_CASE("an integer column takes what has no fraction, digit for digit (F-03)") {
  CHECK(placed(Value::integer(5), Type::integer) == "5");
  CHECK(placed(Value::number(12.0), Type::integer) == "12");
  CHECK(placed(Value::number(-0.0), Type::integer) == "0");
  CHECK(placed(Value::number(12.5), Type::integer) == "misfit");
  CHECK(placed(Value::number(1e22), Type::integer) == "10000000000000000000000");
  CHECK(placed(Value::string("12"), Type::integer) == "12");
  CHECK(placed(Value::string("12.0"), Type::integer) == "12");
  CHECK(placed(Value::string("+12"), Type::integer) == "12");
  CHECK(placed(Value::string("007"), Type::integer) == "7");
  CHECK(placed(Value::string("9223372036854775809"), Type::integer) == "9223372036854775809");
  CHECK(placed(big("9223372036854775809"), Type::integer) == "9223372036854775809");
  CHECK(placed(decimal("9223372036854775809.00"), Type::integer) == "9223372036854775809");
  CHECK(placed(decimal("1234567890123456789.5"), Type::integer) == "misfit");
  CHECK(placed(decimal("1e30"), Type::integer) == "1" + std::string(30, '0'));
  CHECK(placed(decimal("1e10001"), Type::integer) == "misfit");
  CHECK(placed(Value::string("12a"), Type::integer) == "misfit");
  CHECK(placed(Value::string(""), Type::integer) == "misfit");
  CHECK(placed(Value::boolean(true), Type::integer) == "misfit");
  CHECK(placed(Value::json("[1]"), Type::integer) == "misfit");
  CHECK(placed(Value::json("12"), Type::integer) == "12");
}

TEST_CASE("a number column takes numbers and numeric texts (F-04)") {
  CHECK(placed(Value::number(19.99), Type::number) == "19.99");
  CHECK(placed(Value::integer(5), Type::number) == "5");
  CHECK(placed(Value::string("19.99"), Type::number) == "19.99");
  CHECK(placed(Value::string(".5"), Type::number) == "0.5");
  CHECK(placed(Value::string("5."), Type::number) == "5");
  CHECK(placed(Value::string("-.5e3"), Type::number) == "-500");
  CHECK(placed(Value::string("1e400"), Type::number) == "1e400");
  CHECK(placed(Value::string("1e10001"), Type::number) == "misfit");
  CHECK(placed(decimal("1e10001"), Type::number) == "misfit");
  CHECK(placed(Value::string("NaN"), Type::number) == "misfit");
  CHECK(placed(Value::string("."), Type::number) == "misfit");
  CHECK(placed(Value::number(1.0 / 0.0), Type::number) == "misfit");
  CHECK(placed(Value::boolean(false), Type::number) == "misfit");
}

TEST_CASE("a string column takes anything") {
  CHECK(placed(Value::string("a"), Type::string) == R"("a")");
  CHECK(placed(Value::integer(5), Type::string) == R"("5")");
  CHECK(placed(Value::boolean(true), Type::string) == R"("true")");
  CHECK(placed(decimal("1e400"), Type::string) == R"("1e400")");
  CHECK(placed(Value::json(R"({"a":1})"), Type::string) == R"("{\"a\":1}")");
  CHECK(placed(Value::json(R"("x\ny")"), Type::string) == R"("x\ny")");
  CHECK(placed(Value::date(0), Type::string) == R"("1970-01-01")");
}

TEST_CASE("date and time columns take texts, and each other where a zone is the difference") {
  CHECK(placed(Value::string("2024/01/31"), Type::date) == R"("2024-01-31")");
  CHECK(placed(Value::string("tomorrow"), Type::date) == "misfit");
  CHECK(placed(Value::integer(19000), Type::date) == "misfit");
  CHECK(placed(Value::string("2024-01-31T10:00:00"), Type::timestamp_tz) ==
        R"("2024-01-31T10:00:00Z")");
  CHECK(placed(Value::string("2024-01-31T10:00:00+02:00"), Type::timestamp) ==
        R"("2024-01-31T10:00:00")");
  CHECK(placed(Value::timestamp_tz(0, 0, 3600), Type::timestamp) == R"("1970-01-01T01:00:00")");
  CHECK(placed(Value::timestamp(0, 0), Type::timestamp_tz) == R"("1970-01-01T00:00:00Z")");
  CHECK(placed(Value::time_tz(0, 3600), Type::time) == R"("00:00:00")");
  CHECK(placed(Value::time(0), Type::time_tz) == R"("00:00:00Z")");
  CHECK(placed(Value::integer(1706695200), Type::timestamp_tz) == "misfit");
  CHECK(placed(Value::date(INT64_MAX), Type::date) == "misfit");
}

TEST_CASE("objects and arrays take their own kind, any takes all as JSON") {
  CHECK(placed(Value::json("{}"), Type::object) == "{}");
  CHECK(placed(Value::json("[]"), Type::object) == "misfit");
  CHECK(placed(Value::json("[]"), Type::array) == "[]");
  CHECK(placed(Value::string("{}"), Type::object) == "misfit");
  CHECK(placed(Value::string("{}"), Type::any) == R"("{}")");
  CHECK(placed(Value::integer(5), Type::any) == "5");
  CHECK(placed(Value::date(0), Type::any) == R"("1970-01-01")");
}

TEST_CASE("a value that does not fit is null with a recorded change, and its row stays (F-15)") {
  RecordBatch batch(
      std::make_shared<const Schema>(Schema({{"a", Type::integer}, {"b", Type::string}})));
  for (int i = 0; i < 3; ++i) {
    Value* row = batch.append_row(1);
    row[0] = i == 1 ? Value::string("x") : Value::integer(i);
    row[1] = Value::string("kept");
  }
  batch.add_change("b", Change::truncated, Reason::source_field_size);
  coerce_rows(batch, Reason::source_serialization);
  CHECK(batch.row(1)[0].is_null());
  CHECK(batch.row(1)[1].as_text() == "kept");
  REQUIRE(batch.changes(1).size() == 1);
  CHECK(batch.changes(1)[0].field == "a");
  CHECK(batch.changes(0).empty());
  CHECK(batch.changes(2).size() == 1);
  batch.drop_last_row();
  CHECK(batch.size() == 2);
  CHECK(batch.changes().size() == 1);
}
