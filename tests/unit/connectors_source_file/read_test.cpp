#include <catch2/catch.hpp>
#include <filesystem>

#include "reading.h"

using namespace wharf;
using namespace wharf::connectors;
using namespace wharf::connectors::source_file;

namespace {

json plain(const std::string& path) {
  return {{"path", path}, {"metadata_columns", false}};
}

std::vector<std::string> tail(const std::vector<std::string>& rows, std::size_t from) {
  return {rows.begin() + static_cast<std::ptrdiff_t>(from), rows.end()};
}

const std::string kRows =
    "id,text,at\n1,\"a \"\"b\"\"\",2024-01-31T10:00:00Z\n2,\"x\ny\",2024-01-31T10:00:00.5+02:00\n"
    "3,,\n\n4,\"\",2024-02-29 23:59:59Z\n5,end,2024-01-31T10:00:00Z\n";

}  // namespace

TEST_CASE("rows are typed, in wire order, with the file they are from") {
  TemporaryDirectory directory;
  const auto path = directory.write("orders.csv", kRows);
  CHECK(types_of({{"path", path}}) == "id:integer text:string at:timestamp_with_timezone");
  const auto rows = read(plain(path)).rows;
  REQUIRE(rows.size() == 5);
  CHECK(rows[0] == R"({"at":"2024-01-31T10:00:00Z","id":1,"text":"a \"b\""})");
  CHECK(rows[1] == R"({"at":"2024-01-31T10:00:00.5+02:00","id":2,"text":"x\ny"})");
  CHECK(rows[2] == R"({"id":3})");
  CHECK(rows[3] == R"({"at":"2024-02-29T23:59:59Z","id":4,"text":""})");
  const auto with_file = read({{"path", path}}).rows;
  CHECK_THAT(with_file[2], Catch::Contains("\"_ab_source_file_url\":\"" + path + "\"") &&
                               Catch::Matches(".*last_modified\":\"[0-9-]{10}T[0-9:.]{15}Z\".*"));
}

TEST_CASE("every state covers the rows before it and no more, at any block size (F-29)") {
  TemporaryDirectory directory;
  const auto path = directory.write("data/a.csv", kRows);
  directory.write("data/b.csv", "id,text,other\n7,seven,x\n8,eight,y");
  const json config = plain(directory.path("data"));
  const auto schema = schema_of(config);
  for (const SyncMode mode : {SyncMode::full_refresh, SyncMode::incremental}) {
    const Reading whole = read(config, mode);
    CHECK(whole.rows.size() == (mode == SyncMode::full_refresh ? 7 : 6));
    for (std::size_t block = 1; block < 60; block += 3) {
      const Reading cut = read(config, mode, {}, block);
      REQUIRE(cut.rows == whole.rows);
      for (std::size_t i = 0; i < cut.states.size(); ++i) {
        CAPTURE(block, cut.states[i]);
        const Reading rest = read(config, mode, cut.states[i], 16, schema);
        CHECK(rest.rows == tail(whole.rows, cut.rows_at_state[i]));
      }
    }
  }
}

TEST_CASE("JSON lines go on from every state too") {
  TemporaryDirectory directory;
  const auto path = directory.write(
      "a.jsonl", "{\"id\":1}\n{\"id\":2,\"t\":\"x\\ny\"}\n\n{\"id\":3}\n{\"id\":4}");
  const json config = plain(path);
  const Reading whole = read(config);
  REQUIRE(whole.rows.size() == 4);
  for (std::size_t block = 1; block < 30; ++block) {
    const Reading cut = read(config, SyncMode::full_refresh, {}, block);
    REQUIRE(cut.rows == whole.rows);
    for (std::size_t i = 0; i < cut.states.size(); ++i) {
      CHECK(read(config, SyncMode::full_refresh, cut.states[i]).rows ==
            tail(whole.rows, cut.rows_at_state[i]));
    }
  }
  CHECK(read(config, SyncMode::incremental).rows ==
        std::vector(whole.rows.begin(), whole.rows.begin() + 3));
}

TEST_CASE("incremental: only what is new, what grew, and what was replaced (F-85)") {
  TemporaryDirectory directory;
  const auto path = directory.write("log/a.csv", "id\n1\n2\n3");
  const json config = plain(directory.path("log"));
  const Reading first = read(config, SyncMode::incremental);
  CHECK(first.rows == std::vector<std::string>{R"({"id":1})", R"({"id":2})"});

  SECTION("the last line waits for its end") {
    CHECK(read(config, SyncMode::incremental, first.states.back()).rows.empty());
    directory.append("log/a.csv", "0\n4\n");
    CHECK(read(config, SyncMode::incremental, first.states.back()).rows ==
          std::vector<std::string>{R"({"id":30})", R"({"id":4})"});
  }
  SECTION("a new file is read, an old one is not read again") {
    directory.append("log/a.csv", "\n");
    directory.write("log/b.csv", "id\n9\n");
    const Reading second = read(config, SyncMode::incremental, first.states.back());
    CHECK(second.rows == std::vector<std::string>{R"({"id":3})", R"({"id":9})"});
    CHECK(read(config, SyncMode::incremental, second.states.back()).rows.empty());
  }
  SECTION("other bytes at the begin under the same inode") {
    directory.write("log/a.csv", "id\n7\n8\n9\n");
    CHECK(read(config, SyncMode::incremental, first.states.back()).rows.size() == 3);
  }
  SECTION("another inode with the same bytes") {
    directory.write("new", "id\n1\n2\n");
    std::filesystem::rename(directory.path("new"), path);
    CHECK(read(config, SyncMode::incremental, first.states.back()).rows.size() == 2);
  }
  SECTION("a shorter file") {
    directory.write("log/a.csv", "id\n1\n");
    CHECK(read(config, SyncMode::incremental, first.states.back()).rows.size() == 1);
  }
}

TEST_CASE("a full refresh does not go on in a file that was replaced or removed meanwhile") {
  TemporaryDirectory directory;
  const auto path = directory.write("data/a.csv", "id\n1\n2\n3\n");
  const json config = plain(directory.path("data"));
  const auto schema = schema_of(config);
  const Reading cut = read(config, SyncMode::full_refresh, {}, 4);
  const std::string middle = cut.states.front();
  REQUIRE(cut.rows_at_state.front() < 3);
  directory.write("data/a.csv", "id\n7\n8\n9\n");
  const auto again = [&] { read(config, SyncMode::full_refresh, middle, 64, schema); };
  CHECK_THAT(failure_of(again), Catch::Contains("a.csv: the file was replaced"));
  std::filesystem::remove(path);
  directory.write("data/b.csv", "id\n1\n");
  CHECK_THAT(failure_of(again), Catch::Contains("a.csv: the file was removed"));
  CHECK(read(config, SyncMode::full_refresh, cut.states.back(), 64, schema).rows.empty());
}

TEST_CASE(
    "a state that is not ours, of another mode or of a later version is refused by name (F-19)") {
  TemporaryDirectory directory;
  const json config = plain(directory.write("a.csv", "id\n1\n"));
  const auto with = [&](const std::string& state) {
    return failure_of([&] { read(config, SyncMode::incremental, state); });
  };
  CHECK_THAT(with(R"({"offset":12})"), Catch::Contains("stream 'a' is not one of source-file"));
  CHECK_THAT(with("{}"), Catch::Contains("is not one of source-file"));
  CHECK_THAT(with(R"({"v":2,"source":"file","mode":"incremental","files":{}})"),
             Catch::Contains("is of a later format (2"));
  CHECK_THAT(with(R"({"v":1,"source":"file","mode":"incremental"})"),
             Catch::Contains("is damaged"));
  CHECK_THAT(with(read(config).states.back()), Catch::Contains("is of a read in mode"));
}

TEST_CASE("ragged rows fail with file, line and byte, or pass with a recorded change (F-01)") {
  TemporaryDirectory directory;
  const auto path = directory.write("a.csv", "a,b\n1,2\n3\n4,5,6\n");
  json config = plain(path);
  CHECK_THAT(failure_of([&] { read(config); }),
             Catch::Contains("a.csv: line 3, byte 8: the row has 1 fields, the header 2"));
  config["ignore_errors_on_fields_mismatch"] = true;
  const Reading taken = read(config);
  CHECK(taken.rows ==
        std::vector<std::string>{R"({"a":1,"b":2})", R"({"a":3})", R"({"a":4,"b":5})"});
  CHECK(taken.changes ==
        std::vector<std::string>{"1 b NULLED SOURCE_RETRIEVAL_ERROR",
                                 "2 (fields 3 to 3) NULLED SOURCE_SERIALIZATION_ERROR"});
  config["ignore_errors_on_fields_mismatch"] = false;
  config["validation_policy"] = "Skip Record";
  CHECK(read(config).rows.size() == 1);
}

TEST_CASE("a value that does not fit is null with a recorded change and stops nothing") {
  TemporaryDirectory directory;
  const auto path =
      directory.write("a.csv", "n,d,b\n1,2024-01-31,yes\nx,2024-02-30,maybe\n12.0,,1\n");
  json config = plain(path);
  config["input_schema"] = {{"n", "integer"}, {"d", "date"}, {"b", "boolean"}};
  const Reading reading = read(config);
  CHECK(reading.rows == std::vector<std::string>{R"({"b":true,"d":"2024-01-31","n":1})", "{}",
                                                 R"({"b":true,"n":12})"});
  CHECK(reading.changes == std::vector<std::string>{"1 n NULLED SOURCE_SERIALIZATION_ERROR",
                                                    "1 d NULLED SOURCE_SERIALIZATION_ERROR",
                                                    "1 b NULLED SOURCE_SERIALIZATION_ERROR"});
  config["validation_policy"] = "Skip Record";
  CHECK(read(config).rows.size() == 2);
  config["validation_policy"] = "Wait for Discover";
  CHECK_THAT(failure_of([&] { read(config); }),
             Catch::Contains("line 3") && Catch::Contains("'b'"));
}

TEST_CASE("numbers keep their value digit for digit (F-03, F-04)") {
  TemporaryDirectory directory;
  const std::string big = "1234567890123456789012345678901234567890";
  std::string csv = "i,n\n";
  std::string lines;
  for (const std::string number : {"9007199254740993", "9223372036854775807", "9223372036854775809",
                                   "-9223372036854775809", "0", big.c_str()}) {
    csv += number + "," + number + ".5\n";
    lines += "{\"i\":" + number + ",\"n\":" + number + ".5}\n";
  }
  for (const auto& path : {directory.write("a.csv", csv), directory.write("b.jsonl", lines)}) {
    CHECK(types_of(plain(path)) == "i:integer n:number");
    const auto rows = read(plain(path)).rows;
    REQUIRE(rows.size() == 6);
    CHECK(rows[2] == R"({"i":9223372036854775809,"n":9223372036854775809.5})");
    CHECK(rows[5] == "{\"i\":" + big + ",\"n\":" + big + ".5}");
  }
  const auto wide = plain(directory.write("c.csv", "n\n1e400\n0.1\n19.99\n1e10001\n"));
  const Reading reading = read(wide);
  CHECK(reading.rows[1] == R"({"n":0.1})");
  CHECK(reading.rows[2] == R"({"n":19.99})");
  CHECK(reading.rows[3] == "{}");
  CHECK(reading.changes == std::vector<std::string>{"3 n NULLED SOURCE_SERIALIZATION_ERROR"});
}

TEST_CASE("an empty file is a stream without columns, and has a state") {
  TemporaryDirectory directory;
  const json config = {{"path", directory.write("a.csv", "")}};
  CHECK(types_of(config).empty());
  for (const SyncMode mode : {SyncMode::full_refresh, SyncMode::incremental}) {
    const Reading reading = read(config, mode);
    CHECK(reading.rows.empty());
    CHECK(read(config, mode, reading.states.back()).rows.empty());
  }
}

TEST_CASE("JSON lines: union of keys, nested values as JSON, broken lines by name") {
  TemporaryDirectory directory;
  const auto path = directory.write(
      "a.jsonl",
      "{\"a\":1,\"o\":{\"x\":[1,2.50]},\"s\":\"\\u00fc\\ud83d\\ude42\\ud800\"}\n"
      "{\"b\":[true],\"a\":null,\"s\":null,\"a\":2}\n\r\n{}\n{\"a\":\"x\",\"o\":3}\n");
  json config = plain(path);
  config["input_schema"] = {{"a", "integer"}, {"o", "object"}};
  CHECK(types_of(config) == "a:integer o:object s:string b:array");
  const Reading reading = read(config);
  CHECK(reading.rows ==
        std::vector<std::string>{
            "{\"a\":1,\"o\":{\"x\":[1,2.50]},\"s\":\"\xC3\xBC\xF0\x9F\x99\x82\xEF\xBF\xBD\"}",
            R"({"a":2,"b":[true]})", "{}", "{}"});
  CHECK(reading.changes.size() == 2);
  const json broken = plain(directory.write("b.jsonl", "{\"a\":1}\n{\"a\":[1,}\n{\"a\":2}\n"));
  CHECK_THAT(failure_of([&] { read(broken); }),
             Catch::Contains("b.jsonl: line 2, byte 16: the line is no JSON object"));
  json skipping = broken;
  skipping["validation_policy"] = "Skip Record";
  CHECK(read(skipping).rows.size() == 2);
}

TEST_CASE("schemaless streams have one column with the whole row") {
  TemporaryDirectory directory;
  json config = plain(directory.write("a.csv", "a,b\n1,\"x\"\"y\"\n2,\n"));
  config["schemaless"] = true;
  CHECK(read(config).rows == std::vector<std::string>{R"({"data":{"a":"1","b":"x\"y"}})",
                                                      R"({"data":{"a":"2","b":null}})"});
  config["path"] = directory.write("a.jsonl", "{\"a\": 1}\n");
  CHECK(read(config).rows == std::vector<std::string>{R"({"data":{"a": 1}})"});
}
