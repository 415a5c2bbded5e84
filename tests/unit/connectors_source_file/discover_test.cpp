#include <catch2/catch.hpp>
#include <filesystem>

#include "connectors/source_file/file_list.h"
#include "reading.h"

using namespace wharf;
using namespace wharf::connectors;
using namespace wharf::connectors::source_file;

namespace {

std::string check_of(const json& config) {
  const auto status = make_source_file()->check(config);
  return status.succeeded ? "" : status.message;
}

}  // namespace

TEST_CASE("types are the narrowest that a column's values share; mixed kinds are strings") {
  TemporaryDirectory directory;
  const auto path = directory.write("a.csv",
                                    "i,n,b,d,z,w,zip,mixed,none,flag,both\n"
                                    "1,1,yes,2024-01-31,2024-01-31T10:00:00Z,2024-01-31 "
                                    "10:00:00,01234,1,,1,2024-01-31T10:00:00Z\n"
                                    "-20,2.5,F,2024-02-29,2024-01-31T10:00:00+02:00,2024-01-31T10:"
                                    "00:00.25,12345,a,,0,2024-01-31 10:00:00\n");
  CHECK(
      types_of({{"path", path}}) ==
      "i:integer n:number b:boolean d:date z:timestamp_with_timezone w:timestamp_without_timezone "
      "zip:string mixed:string none:string flag:integer both:string");
  CHECK_THAT(types_of({{"path", path}, {"inference_type", "None"}}),
             Catch::StartsWith("i:string n:string"));
  CHECK_THAT(types_of({{"path", path}, {"input_schema", {{"i", "string"}, {"extra", "date"}}}}),
             Catch::StartsWith("i:string n:number") && Catch::EndsWith("extra:date"));
}

TEST_CASE("values late in a file count, also where a place lies inside quotes") {
  TemporaryDirectory directory;
  std::string text = "a,b,t\n";
  for (int i = 0; i < 60'000; ++i) {
    text += std::to_string(i) + (i < 50'000 ? ",1" : ",x") + ",\"1,2\n3,4,5\n6\"\n";
  }
  CHECK(types_of({{"path", directory.write("a.csv", text)}}) == "a:integer b:string t:string");
}

TEST_CASE("named nulls, and strings that cannot be null") {
  TemporaryDirectory directory;
  json config = {{"path", directory.write("a.csv", "i,s\nNA,NA\n1,\n")},
                 {"metadata_columns", false},
                 {"null_values", {"NA"}}};
  CHECK(types_of(config) == "i:integer s:string");
  CHECK(read(config).rows == std::vector<std::string>{"{}", R"({"i":1})"});
  config["strings_can_be_null"] = false;
  CHECK(read(config).rows == std::vector<std::string>{R"({"s":"NA"})", R"({"i":1,"s":""})"});
}

TEST_CASE("the three forms say the same") {
  TemporaryDirectory directory;
  directory.write("in/orders.txt", "id;name\n1;'a'\n");
  const std::string path = directory.path("in/orders.txt");
  const json forms[] = {
      {{"path", path}, {"format", "csv"}, {"delimiter", ";"}, {"quote_char", "'"}},
      {{"dataset_name", "orders"},
       {"format", "csv"},
       {"url", "file://" + path},
       {"provider", {{"storage", "local"}}},
       {"reader_options", "{\"sep\": \";\", \"quotechar\": \"'\"}"}},
      {{"folder", directory.path("in")},
       {"streams",
        {{{"name", "orders"},
          {"globs", {"*.txt"}},
          {"format", {{"filetype", "csv"}, {"delimiter", ";"}, {"quote_char", "'"}}}}}}}};
  const auto expected = read(forms[0]).rows;
  CHECK_THAT(expected.at(0), Catch::Contains("\"name\":\"a\""));
  for (const json& form : forms) {
    CHECK(check_of(form) == "");
    CHECK(parse_config(form).streams.at(0).name == "orders");
    CHECK(read(form).rows == expected);
  }
}

TEST_CASE("a stream's catalog: both modes, the cursor of file sources, the configured key") {
  TemporaryDirectory directory;
  const json config = {{"path", directory.write("a.csv", "id,x\n1,2\n")}, {"primary_key", "id"}};
  const auto catalog = make_source_file()->discover(config).value();
  const auto& stream = catalog.streams.at(0);
  CHECK(stream.supported_sync_modes.size() == 2);
  CHECK(stream.source_defined_cursor);
  CHECK(stream.default_cursor_field == protocol::FieldPath{"_ab_source_file_last_modified"});
  CHECK(stream.is_resumable);
  CHECK(stream.source_defined_primary_key == std::vector<protocol::FieldPath>{{"id"}});
  json wrong = config;
  wrong["primary_key"] = "nr";
  CHECK_THAT(make_source_file()->discover(wrong).error().message, Catch::Contains("'nr'"));
}

TEST_CASE("wrong values are refused with key, value and what is allowed") {
  TemporaryDirectory directory;
  const auto path = directory.write("a.csv", "id\n1\n");
  const auto with = [&](const char* key, const json& value) {
    return check_of({{"path", path}, {key, value}});
  };
  CHECK(with("delimiter", "ab") == "`delimiter` is \"ab\"; allowed: one character (\\t for a tab)");
  CHECK_THAT(with("encoding", "koi8"),
             Catch::Contains("`encoding` is \"koi8\"; allowed: utf8, latin1, utf16"));
  CHECK_THAT(with("format", "parquet"), Catch::Contains("\"parquet\"; allowed: csv, tsv, jsonl"));
  CHECK_THAT(with("validation_policy", "x"),
             Catch::Contains("Emit Record, Skip Record, Wait for Discover"));
  CHECK_THAT(with("input_schema", json{{"id", "int64"}}), Catch::Contains("'int64'"));
  CHECK_THAT(check_of({{"path", "a.csv"}}), Catch::Contains("absolute"));
  CHECK_THAT(check_of(json::object()), Catch::Contains("names no file"));
  CHECK_THAT(check_of({{"url", path}, {"format", "excel"}}),
             Catch::Contains("`format` is \"excel\""));
  CHECK_THAT(check_of({{"url", path}, {"provider", {{"storage", "S3"}}}}),
             Catch::Contains("`provider.storage` is \"S3\""));
  CHECK_THAT(check_of({{"url", path}, {"reader_options", "{\"nrows\":3}"}}),
             Catch::Contains("`reader_options.nrows`"));
}

TEST_CASE("missing, unmatched, compressed and unknown files fail check and read by name") {
  TemporaryDirectory directory;
  const json missing = {{"path", directory.path("no.csv")}};
  CHECK_THAT(check_of(missing),
             Catch::Contains("no.csv") && Catch::Contains("No such file or directory"));
  CHECK_THAT(failure_of([&] {
               read(missing, SyncMode::full_refresh, {}, 64, std::make_shared<record::Schema>());
             }),
             Catch::Contains("No such file"));
  std::filesystem::create_directory(directory.path("empty"));
  CHECK_THAT(check_of({{"path", directory.path("empty")}}), Catch::Contains("there is no file at"));
  CHECK_THAT(check_of({{"path", directory.path("*.csv")}}), Catch::Contains("there is no file at"));
  CHECK_THAT(check_of({{"path", directory.write("a.csv.gz", "x")}}),
             Catch::Contains("compressed input is not supported yet"));
  CHECK_THAT(check_of({{"path", directory.write("a.dat", "x")}}), Catch::Contains("set `format`"));
  CHECK_THAT(check_of({{"path", directory.write("dup.csv", "a,a\n")}}),
             Catch::Contains("'a' twice"));
}

TEST_CASE("patterns match by segment") {
  CHECK(path_matches("/d/*.csv", "/d/a.csv"));
  CHECK_FALSE(path_matches("/d/*.csv", "/d/e/a.csv"));
  CHECK_FALSE(path_matches("/d/*.csv", "/d/.a.csv"));
  CHECK(path_matches("/d/**/*.csv", "/d/a.csv"));
  CHECK(path_matches("/d/**/*.csv", "/d/e/f/a.csv"));
  CHECK(path_matches("/d/**", "/d/e/f/a.csv"));
  CHECK_FALSE(path_matches("/d/**", "/d/.git/a.csv"));
  CHECK(path_matches("/d/{a,b{1,2}}.csv", "/d/b2.csv"));
  CHECK_FALSE(path_matches("/d/{a,b}.csv", "/d/c.csv"));
}

TEST_CASE("the files of a directory, of one format, by path") {
  TemporaryDirectory directory;
  directory.write("in/b.csv", "id,x\n2,q\n");
  directory.write("in/a/z.csv", "id\n1\n");
  directory.write("in/README", "hello");
  json config = {{"path", directory.path("in")}, {"metadata_columns", false}};
  CHECK(types_of(config) == "id:integer x:string");
  CHECK(read(config).rows == std::vector<std::string>{R"({"id":1})", R"({"id":2,"x":"q"})"});
  directory.write("in/c.jsonl", "{}\n");
  CHECK_THAT(check_of(config), Catch::Contains("several formats"));
}
