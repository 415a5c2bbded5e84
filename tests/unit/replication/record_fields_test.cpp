#include "replication/record_fields.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace wharf;
using namespace wharf::replication;

namespace {

std::string chosen(ChosenFields& fields, std::string_view data) {
  record::Buffer out;
  return fields.write(data, out) ? std::string(out.view()) : "no JSON";
}

}  // namespace

TEST_CASE("only chosen fields go on, as the bytes they are") {
  ChosenFields fields({"a", "c"});
  CHECK(chosen(fields, R"({"a": 1e400,"b":2,"c":{"b":[1, 2]}})") ==
        R"({"a": 1e400,"c":{"b":[1, 2]}})");
  CHECK(chosen(fields, R"({"b":2})") == "{}");
  CHECK(chosen(fields, "{}") == "{}");
  CHECK(chosen(fields, R"({"a":1,"b")") == "no JSON");
}

TEST_CASE("what is remembered of a record does not decide about another field in its place") {
  ChosenFields fields({"a", "c"});
  CHECK(chosen(fields, R"({"a":1,"b":2})") == R"({"a":1})");
  CHECK(chosen(fields, R"({"b":1,"a":2})") == R"({"a":2})");
  CHECK(chosen(fields, R"({"x":0,"b":1,"\u0061":2,"c":3})") == R"({"\u0061":2,"c":3})");
  CHECK(chosen(fields, R"({"a":1,"b":2})") == R"({"a":1})");
}

TEST_CASE("one field of a key that is there and not null is enough") {
  const std::vector<std::string> key{"id", "part"};
  CHECK(has_any_field(R"({"x":1,"part":0})", key));
  CHECK(has_any_field(R"({"id":null,"part":""})", key));
  CHECK(has_any_field(R"({"\u0069d":7})", key));
  CHECK_FALSE(has_any_field(R"({"id":null,"x":{"part":1}})", key));
  CHECK_FALSE(has_any_field("{}", key));
}
