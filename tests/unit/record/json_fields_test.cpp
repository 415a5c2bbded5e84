#include <wharf/record/json_fields.h>
#include <wharf/record/text_form.h>

#include <catch2/catch.hpp>
#include <string>

#include "random_rows.h"

using namespace wharf::record;

TEST_CASE("the members of an object are their keys and values, rows of every kind") {
  RandomRows rows(seed());
  for (int round = 0; round < 300; ++round) {
    auto schema = rows.schema();
    RecordBatch batch(schema);
    const JsonFields fields(*schema, "{", "}\n");
    Buffer out;
    Buffer expected;
    for (int row = 0; row < 10; ++row) {
      rows.append(batch);
      fields.append(batch.row(batch.size() - 1), out);
      char before = '{';
      for (std::uint32_t column : schema->declared()) {
        expected.append(before);
        append_json_string(expected, (*schema)[column].name);
        expected.append(':');
        append_json(expected, batch.row(batch.size() - 1)[column]);
        before = ',';
      }
      expected.append("}\n");
    }
    if (out.view() != expected.view()) FAIL("round " << round);
  }
}

TEST_CASE("keys of any length, and JSON laid out over lines, stand on one line") {
  const std::string long_name(100, 'n');
  const Schema schema({{"b", Type::any}, {long_name, Type::string}, {"a", Type::any}});
  const JsonFields fields(schema, ",", "");
  Value row[3];
  row[*schema.find("b")] = Value::json("{\n\"x\":\r\n1}");
  row[*schema.find(long_name)] = Value::string("t\n");
  Buffer out;
  fields.append(row, out);
  CHECK(out.view() == ",\"b\":{ \"x\":  1},\"" + long_name + "\":\"t\\n\",\"a\":null");
}
