#include "connectors/destination_jsonl/destination_jsonl.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "connectors/files/output_paths.h"
#include "connectors/files/position_file.h"

using namespace wharf;
using nlohmann::ordered_json;
namespace files = wharf::connectors::files;
namespace fs = std::filesystem;

namespace {

/// A directory that is gone with the test.
struct Scratch {
  Scratch() {
    std::string name = (fs::temp_directory_path() / "wharf-jsonl-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  Scratch(const Scratch&) = delete;
  ~Scratch() { fs::remove_all(path); }
  fs::path path;
};

std::string content(const fs::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// The `id` of every row, in order: `1 2 3`.
std::string ids(const fs::path& path) {
  std::ifstream file(path);
  std::string all;
  for (std::string line; std::getline(file, line);) {
    all += (all.empty() ? "" : " ") + ordered_json::parse(line).at("id").dump();
  }
  return all;
}

struct Wish {
  std::string name = "orders";
  std::optional<std::string> name_space = {};
  std::int64_t generation = 1;
  std::int64_t epoch = 0;
  bool truncate = false;
  bool staged = false;
};

connector::WriteStream stream_of(const Wish& wish) {
  connector::WriteStream stream;
  stream.stream.stream.descriptor = {wish.name_space, wish.name};
  stream.target = {wish.name_space, wish.name};
  stream.schema = std::make_shared<record::Schema>(std::vector<record::Column>{
      {"id", record::Type::integer}, {"note", record::Type::string}, {"data", record::Type::any}});
  stream.generation = wish.generation;
  stream.minimum_generation = wish.truncate ? wish.generation : 0;
  stream.epoch = wish.epoch;
  stream.truncate = wish.truncate;
  stream.staged = wish.staged || wish.truncate;
  stream.sync_id = 12;
  return stream;
}

struct Run {
  std::vector<Wish> streams{Wish{}};
  std::string connection = "c-1";
  std::optional<std::int64_t> job = 1;
  std::optional<std::int64_t> attempt = 0;
};

/// A destination in a directory, and what can be done with it in a line.
struct Destination {
  explicit Destination(const fs::path& directory, nlohmann::json more = nlohmann::json::object())
      : path(directory), config(std::move(more)) {
    config["destination_path"] = path.string();
  }

  std::unique_ptr<connector::Writer> open(const Run& run = {}) const {
    connector::WriteRequest request;
    for (const auto& wish : run.streams) request.streams.push_back(stream_of(wish));
    request.connection = run.connection;
    request.job = run.job;
    request.attempt = run.attempt;
    return connectors::make_destination_jsonl()->open(config, std::move(request));
  }
  fs::path file(const std::string& name = "orders.jsonl") const { return path / name; }
  fs::path inner(const std::string& name) const { return path / ".wharf" / name; }

  fs::path path;
  nlohmann::json config;
};

void add(connector::Writer& writer, std::vector<std::int64_t> numbers, std::size_t stream = 0,
         std::string_view note = "n") {
  auto schema = stream_of({}).schema;
  record::RecordBatch batch(schema);
  for (auto number : numbers) {
    auto* row = batch.append_row(1'700'000'000'000);
    row[*schema->find("id")] = record::Value::integer(number);
    row[*schema->find("note")] = record::Value::string(note);
  }
  writer.append(stream, batch);
}

void commit(connector::Writer& writer, std::optional<std::string> state, bool complete = false,
            std::size_t stream = 0) {
  writer.commit({{{stream, std::move(state), complete}}, std::nullopt});
}

/// One run that ends as it should.
void sync(const Destination& to, std::vector<std::int64_t> numbers, const Run& run = {}) {
  auto writer = to.open(run);
  add(*writer, std::move(numbers));
  commit(*writer, R"({"at":1})", true);
}

std::string refusal(const Destination& to, const Run& run = {}) {
  try {
    to.open(run);
  } catch (const Failure& failure) {
    return std::string(name_of(failure.error().code)) + ": " + failure.error().message;
  }
  return "";
}

/// Changes the position on disk, as a machine that stopped there would have left it.
template <class F>
void amend(const Destination& to, F&& change) {
  auto path = to.inner("c-1.position");
  auto position = files::parse_directory_position(content(path));
  change(*position.find("orders.jsonl"));
  std::ofstream(path) << files::to_text(position);
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a v2 row has the airbyte columns, then the fields in the schema's order") {
  Scratch scratch;
  Destination to(scratch.path);
  auto writer = to.open();
  auto schema = stream_of({}).schema;
  record::RecordBatch batch(schema);
  auto* row = batch.append_row(1'700'000'000'123);
  row[*schema->find("id")] = record::Value::integer(7);
  row[*schema->find("note")] = record::Value::string("a \"b\"\n\xFF c");
  row[*schema->find("data")] = record::Value::json("{\n \"x\":1}");
  row = batch.append_row(1'700'000'000'124);
  row[*schema->find("id")] = record::Value::text(record::Kind::big_integer, "9223372036854775809");
  batch.add_change("note", record::Change::nulled, record::Reason::destination_serialization);
  writer->append(0, batch);
  commit(*writer, "{}", true);

  std::stringstream lines(content(to.file()));
  std::string first, second, third;
  std::getline(lines, first);
  std::getline(lines, second);
  CHECK_FALSE(std::getline(lines, third));
  auto id = first.substr(std::string(R"({"_airbyte_raw_id":")").size(), 36);
  CHECK(first == R"({"_airbyte_raw_id":")" + id +
                     R"(","_airbyte_extracted_at":1700000000123,"_airbyte_generation_id":1,)"
                     R"("_airbyte_meta":{"sync_id":12,"changes":[]},)"
                     R"("id":7,"note":"a \"b\"\n)"
                     "\xEF\xBF\xBD"
                     R"( c","data":{  "x":1}})");
  CHECK(id[14] == '4');
  CHECK(contains(second, R"("_airbyte_extracted_at":1700000000124,)"));
  CHECK(contains(second,
                 R"("changes":[{"field":"note","change":"NULLED",)"
                 R"("reason":"DESTINATION_SERIALIZATION_ERROR"}]},"id":9223372036854775809,)"
                 R"("note":null,"data":null})"));
}

TEST_CASE("the raw layout has Airbyte's three columns, in a file named as there") {
  Scratch scratch;
  Destination to(scratch.path, {{"layout", "raw"}});
  sync(to, {1});
  auto row = ordered_json::parse(content(to.file("_airbyte_raw_orders.jsonl")));
  CHECK(row.size() == 3);
  CHECK(row["_airbyte_ab_id"].get<std::string>().size() == 36);
  CHECK(row["_airbyte_emitted_at"] == 1'700'000'000'000);
  CHECK(row["_airbyte_data"].dump() == R"({"id":1,"note":"n","data":null})");
}

TEST_CASE("without metadata columns a row is its fields") {
  Scratch scratch;
  Destination to(scratch.path, {{"metadata_columns", false}});
  sync(to, {1});
  CHECK(content(to.file()) == "{\"id\":1,\"note\":\"n\",\"data\":null}\n");
}

TEST_CASE("files are named after namespace and stream, cleaned") {
  Scratch scratch;
  Destination to(scratch.path);
  sync(to, {1}, {.streams = {{.name = "my orders/2024", .name_space = "pub.lic"}}});
  CHECK(ids(to.file("pub_lic_my_orders_2024.jsonl")) == "1");
}

TEST_CASE("two streams that would meet in one file are refused, both by name") {
  Scratch scratch;
  Destination to(scratch.path);
  auto why = refusal(to, {.streams = {{.name = "a b"}, {.name = "a_b"}}});
  CHECK(contains(why, "invalid_config: streams a b and a_b"));
}

TEST_CASE("the earlier rows stay when a file is closed, opened and appended to (F-05)") {
  Scratch scratch;
  Destination to(scratch.path);
  for (std::int64_t job = 1; job <= 3; ++job) sync(to, {job}, {.job = job});
  CHECK(ids(to.file()) == "1 2 3");
}

TEST_CASE("columns keep their order over all flushes, whatever is null (F-02)") {
  Scratch scratch;
  Destination to(scratch.path);
  auto schema = stream_of({}).schema;
  auto writer = to.open();
  for (std::string name : {"note", "data", "id"}) {
    record::RecordBatch batch(schema);
    batch.append_row(1)[*schema->find(name)] = record::Value::null();
    writer->append(0, batch);
    commit(*writer, "{}");
  }
  std::stringstream lines(content(to.file()));
  for (std::string line; std::getline(lines, line);) {
    CHECK(contains(line, R"(,"id":null,"note":null,"data":null})"));
  }
}

TEST_CASE("rows without a commit are cut by whoever opens next, torn ones too (F-07)") {
  Scratch scratch;
  Destination to(scratch.path);
  {
    auto writer = to.open();
    add(*writer, {1, 2});
    commit(*writer, R"({"at":2})");
    // A row of three megabytes with line ends in it: more than is written at once.
    add(*writer, {3}, 0, std::string(3 << 20, '\n'));
    add(*writer, {4});
  }
  auto size = fs::file_size(to.file());
  fs::resize_file(to.file(), size - 1000);  // torn within the row
  auto writer = to.open({.attempt = 1});
  CHECK(ids(to.file()) == "1 2");
  auto position = writer->position();
  REQUIRE(position.streams.size() == 1);
  CHECK(position.streams[0].state == R"({"at":2})");
  CHECK(position.streams[0].length == static_cast<std::int64_t>(fs::file_size(to.file())));
  add(*writer, {3});
  commit(*writer, R"({"at":3})", true);
  CHECK(ids(to.file()) == "1 2 3");
}

TEST_CASE("many pieces with commits and another stream between them hold every row, in order") {
  Scratch scratch;
  Destination to(scratch.path);
  const Run run{.streams = {Wish{}, Wish{.name = "others"}}};
  auto writer = to.open(run);
  std::string expected;
  std::string others;
  for (std::int64_t id = 1; id <= 400; ++id) {
    add(*writer, {id}, 0, std::string(static_cast<std::size_t>(20'000 + id * 37), 'x'));
    expected += (expected.empty() ? "" : " ") + std::to_string(id);
    if (id % 150 == 0) commit(*writer, R"({"at":1})");
    if (id % 170 != 0) continue;
    add(*writer, {id}, 1);
    others += (others.empty() ? "" : " ") + std::to_string(id);
  }
  commit(*writer, R"({"at":2})", true);
  commit(*writer, R"({"at":2})", true, 1);
  CHECK(ids(to.file()) == expected);
  CHECK(ids(to.file("others.jsonl")) == others);
}

TEST_CASE("a first run that dies before its first commit leaves nothing that is refused") {
  Scratch scratch;
  Destination to(scratch.path);
  {
    auto writer = to.open();
    add(*writer, {1}, 0, std::string(2 << 20, 'x'));
    add(*writer, {2});
  }
  CHECK(fs::file_size(to.file()) > 0);
  auto writer = to.open({.attempt = 1});
  CHECK(fs::file_size(to.file()) == 0);
  CHECK_FALSE(writer->position().job);
  add(*writer, {1});
  commit(*writer, "{}", true);
  CHECK(ids(to.file()) == "1");
}

TEST_CASE("an overwrite shows the old rows until its last commit, then only the new ones (F-16)") {
  Scratch scratch;
  Destination to(scratch.path);
  sync(to, {1, 2}, {.streams = {{.truncate = true}}});
  auto writer = to.open({.streams = {{.generation = 2, .truncate = true}}, .job = 2});
  add(*writer, {3});
  commit(*writer, R"({"at":3})");
  CHECK(ids(to.file()) == "1 2");
  add(*writer, {4});
  commit(*writer, R"({"at":4})", true);
  CHECK(ids(to.file()) == "3 4");
  CHECK_FALSE(fs::exists(to.inner("orders.jsonl.2.staging")));
  CHECK(writer->position().streams.at(0).complete);
}

TEST_CASE("a run without a commit leaves the old file as it was (F-08)") {
  Scratch scratch;
  Destination to(scratch.path);
  sync(to, {1, 2}, {.streams = {{.truncate = true}}});
  auto before = content(to.file());
  {
    auto writer = to.open({.streams = {{.generation = 2, .truncate = true}}, .job = 2});
    add(*writer, {3}, 0, std::string(2 << 20, 'x'));
    add(*writer, {4});
  }
  CHECK(content(to.file()) == before);
}

TEST_CASE("a successful overwrite without rows leaves an empty file (F-08)") {
  Scratch scratch;
  Destination to(scratch.path);
  sync(to, {1, 2}, {.streams = {{.truncate = true}}});
  auto writer = to.open({.streams = {{.generation = 2, .truncate = true}}, .job = 2});
  commit(*writer, "{}", true);
  CHECK(fs::exists(to.file()));
  CHECK(fs::file_size(to.file()) == 0);
}

TEST_CASE("an append without rows makes the file") {
  Scratch scratch;
  Destination to(scratch.path);
  commit(*to.open(), "{}", true);
  CHECK(fs::file_size(to.file()) == 0);
}

TEST_CASE("the staging of a generation goes on in the next attempt, cut to its position (F-16)") {
  Scratch scratch;
  Destination to(scratch.path);
  Run run{.streams = {{.generation = 2, .truncate = true}}};
  {
    auto writer = to.open(run);
    add(*writer, {1});
    commit(*writer, R"({"at":1})");
    add(*writer, {2}, 0, std::string(2 << 20, 'x'));
    add(*writer, {3});
  }
  run.attempt = 1;
  auto writer = to.open(run);
  auto at = writer->position().streams.at(0);
  CHECK(at.state == R"({"at":1})");
  CHECK(at.generation == 2);
  CHECK(at.length == static_cast<std::int64_t>(fs::file_size(to.inner("orders.jsonl.2.staging"))));
  add(*writer, {2});
  commit(*writer, R"({"at":2})", true);
  CHECK(ids(to.file()) == "1 2");
}

TEST_CASE("a staging of another generation is dropped with the first row of the new one") {
  Scratch scratch;
  Destination to(scratch.path);
  {
    auto writer = to.open({.streams = {{.generation = 2, .truncate = true}}});
    add(*writer, {1});
    commit(*writer, R"({"at":1})");
  }
  auto writer = to.open({.streams = {{.generation = 3, .truncate = true}}, .attempt = 1});
  CHECK(fs::exists(to.inner("orders.jsonl.2.staging")));  // opening alone drops nothing
  add(*writer, {5});
  commit(*writer, std::nullopt);
  CHECK_FALSE(fs::exists(to.inner("orders.jsonl.2.staging")));
  CHECK_FALSE(writer->position().streams.at(0).state);
  commit(*writer, "{}", true);
  CHECK(ids(to.file()) == "5");
}

TEST_CASE("a staging that a crash left before its first commit is swept (F-11)") {
  Scratch scratch;
  Destination to(scratch.path);
  sync(to, {1});
  std::ofstream(to.inner("orders.jsonl.9.staging")) << "half a row";
  std::ofstream(to.inner("other.jsonl.9.staging")) << "somebody's";
  to.open({.job = 2});
  CHECK_FALSE(fs::exists(to.inner("orders.jsonl.9.staging")));
  CHECK(fs::exists(to.inner("other.jsonl.9.staging")));
}

TEST_CASE("a swap is finished by whoever opens next, before and after the rename (F-16)") {
  Scratch scratch;
  Destination to(scratch.path);
  bool with_old = GENERATE(true, false);
  if (with_old) sync(to, {1}, {.streams = {{.truncate = true}}});
  Run run{.streams = {{.generation = 2, .truncate = true}}, .job = 2};
  {
    auto writer = to.open(run);
    add(*writer, {2});
    commit(*writer, R"({"at":2})");
  }
  auto staging = to.inner("orders.jsonl.2.staging");
  amend(to, [](files::FilePosition& file) {  // the swap is committed, and the machine stops …
    file.staging->next = files::Staging::Next::replace;
    file.stream.complete = true;
  });
  bool renamed = GENERATE(true, false);
  if (renamed) fs::rename(staging, to.file());  // … or just behind the rename

  SECTION("the stream is in the catalog") {
    auto position = to.open(run)->position();
    CHECK(position.streams.at(0).complete);
    CHECK(position.streams.at(0).length == static_cast<std::int64_t>(fs::file_size(to.file())));
  }
  SECTION("the stream is in the catalog no more") {
    to.open({.streams = {{.name = "other"}}});
  }
  CHECK(ids(to.file()) == "2");
  CHECK_FALSE(fs::exists(staging));

  auto writer = to.open(run);  // not done twice
  commit(*writer, std::nullopt, true);
  CHECK(ids(to.file()) == "2");
}

TEST_CASE("a swap that was committed does not overwrite a file touched by other hands (F-80)") {
  Scratch scratch;
  Destination to(scratch.path);
  sync(to, {1}, {.streams = {{.truncate = true}}});
  Run run{.streams = {{.generation = 2, .truncate = true}}, .job = 2};
  {
    auto writer = to.open(run);
    add(*writer, {2});
    commit(*writer, R"({"at":2})");
  }
  amend(to, [](files::FilePosition& file) { file.staging->next = files::Staging::Next::replace; });
  std::ofstream(to.file(), std::ios::app) << "mine\n";
  CHECK(contains(refusal(to, run), "data_foreign: " + to.file().string() + " is longer"));
  CHECK(contains(content(to.file()), "mine"));
}

TEST_CASE("a full-refresh append joins its target with its last state only") {
  Scratch scratch;
  Destination to(scratch.path);
  sync(to, {1}, {.streams = {{.staged = true}}});
  auto writer = to.open({.streams = {{.generation = 2, .staged = true}}, .job = 2});
  add(*writer, {2});
  commit(*writer, R"({"at":2})");
  CHECK(ids(to.file()) == "1");
  add(*writer, {3});
  commit(*writer, R"({"at":3})", true);
  CHECK(ids(to.file()) == "1 2 3");
  CHECK_FALSE(fs::exists(to.inner("orders.jsonl.2.staging")));
  writer.reset();
  sync(to, {4}, {.streams = {{.generation = 3, .staged = true}}, .job = 3});
  CHECK(ids(to.file()) == "1 2 3 4");
}

TEST_CASE("a join goes on where the crash came, from any byte of it (F-16)") {
  Scratch scratch;
  Destination to(scratch.path);
  sync(to, {1}, {.streams = {{.staged = true}}});
  Run run{.streams = {{.generation = 2, .staged = true}}, .job = 2};
  {
    auto writer = to.open(run);
    add(*writer, {2, 3, 4});
    commit(*writer, R"({"at":4})");
  }
  auto staged = content(to.inner("orders.jsonl.2.staging"));
  auto known = static_cast<std::size_t>(GENERATE(0, 1, 100));  // joined, and the position says so
  auto torn = static_cast<std::size_t>(GENERATE(0, 1, 57));    // joined, and it does not
  std::ofstream(to.file(), std::ios::app) << staged.substr(0, known + torn);
  amend(to, [&](files::FilePosition& file) {
    file.clean = false;
    file.stream.complete = true;
    file.staging->next = files::Staging::Next::join;
    file.staging->joined = static_cast<std::int64_t>(known);
    file.target->length += static_cast<std::int64_t>(known);
  });
  auto position = to.open(run)->position();
  CHECK(ids(to.file()) == "1 2 3 4");
  CHECK(position.streams.at(0).complete);
  CHECK(position.streams.at(0).length == static_cast<std::int64_t>(fs::file_size(to.file())));
  CHECK_FALSE(fs::exists(to.inner("orders.jsonl.2.staging")));
}

TEST_CASE("a staging of this generation that a failed refresh left joins before new rows come") {
  Scratch scratch;
  Destination to(scratch.path);
  sync(to, {1});
  {
    auto refresh = to.open({.streams = {{.generation = 2, .truncate = true}}, .job = 2});
    add(*refresh, {2});
    commit(*refresh, R"({"at":2})");
  }
  auto writer = to.open({.streams = {{.generation = 2}}, .job = 3});
  CHECK(writer->position().streams.at(0).state == R"({"at":2})");
  add(*writer, {3});
  commit(*writer, R"({"at":3})", true);
  CHECK(ids(to.file()) == "1 2 3");
}

TEST_CASE("a completed generation that comes again keeps its rows, and takes more") {
  Scratch scratch;
  Destination to(scratch.path);
  Run run{.streams = {{.generation = 2, .truncate = true}}};
  sync(to, {1}, run);
  run.attempt = 1;
  {
    auto writer = to.open(run);
    commit(*writer, std::nullopt, true);
    CHECK(ids(to.file()) == "1");
  }
  sync(to, {2}, run);
  CHECK(ids(to.file()) == "1 2");
}

TEST_CASE("without a context and without generations every overwrite begins anew") {
  Scratch scratch;
  Destination to(scratch.path);
  Run run{
      .streams = {{.generation = 0, .truncate = true}}, .connection = "", .job = {}, .attempt = {}};
  sync(to, {1}, run);
  {
    auto writer = to.open(run);
    add(*writer, {2});
    commit(*writer, "{}");
  }
  sync(to, {3}, run);
  CHECK(ids(to.file()) == "3");
}

TEST_CASE("a file that is shorter, longer after a clean end, or another one is refused (F-80)") {
  Scratch scratch;
  Destination to(scratch.path);
  sync(to, {1, 2});
  auto before = content(to.file());
  std::string why;
  SECTION("shorter") {
    fs::resize_file(to.file(), before.size() - 1);
    why = "is shorter";
  }
  SECTION("longer") {
    std::ofstream(to.file(), std::ios::app) << "mine\n";
    why = "is longer";
  }
  SECTION("another inode") {
    fs::copy_file(to.file(), to.path / "copy");
    fs::rename(to.path / "copy", to.file());
    why = "is another file";
  }
  SECTION("no file") {
    fs::remove(to.file());
    fs::create_directory(to.file());
    why = "is no regular file";
  }
  bool readable = fs::is_regular_file(to.file());
  auto touched = readable ? content(to.file()) : "";
  auto message = refusal(to, {.job = 2});
  CHECK(contains(message, "data_foreign: " + to.file().string()));
  CHECK(contains(message, why));
  if (readable) CHECK(content(to.file()) == touched);
}

TEST_CASE("a file with content that no position knows is refused, an empty one is taken (F-80)") {
  Scratch scratch;
  Destination to(scratch.path);
  std::ofstream(to.file()) << "mine\n";
  CHECK(contains(refusal(to), "has content, and no position knows it"));
  fs::resize_file(to.file(), 0);
  sync(to, {1});
  CHECK(ids(to.file()) == "1");
}

TEST_CASE("a file that is gone takes its position with it: the stream starts over (F-80, F-83)") {
  Scratch scratch;
  Destination to(scratch.path);
  Run run{.streams = {{.name = "a"}, {.name = "b"}}};
  {
    auto writer = to.open(run);
    add(*writer, {1}, 0);
    add(*writer, {2}, 1);
    writer->commit({{{0, R"({"at":1})", true}, {1, R"({"at":2})", true}}, std::nullopt});
  }
  fs::remove(to.file("a.jsonl"));
  run.job = 2;
  auto writer = to.open(run);
  auto position = writer->position();
  REQUIRE(position.streams.size() == 1);
  CHECK(position.streams[0].descriptor.name == "b");
  CHECK(position.job == 1);
  add(*writer, {1}, 0);
  commit(*writer, R"({"at":1})", true, 0);
  CHECK(ids(to.file("a.jsonl")) == "1");
}

TEST_CASE("with every file gone a GLOBAL state covers nothing (F-83)") {
  Scratch scratch;
  Destination to(scratch.path);
  {
    auto writer = to.open();
    add(*writer, {1});
    writer->commit({{{0, std::nullopt, true}}, R"({"shared_state":{}})"});
    CHECK(writer->position().global == R"({"shared_state":{}})");
  }
  CHECK(to.open()->position().global == R"({"shared_state":{}})");
  fs::remove(to.file());
  CHECK_FALSE(to.open()->position().global);
}

TEST_CASE("the position outlives a lost data directory: rows go on from it (F-83)") {
  Scratch scratch;
  Destination to(scratch.path);
  sync(to, {1, 2}, {.job = 41, .attempt = 3});
  auto writer = to.open({.job = 1});
  auto position = writer->position();
  CHECK(position.job == 41);  // the counters are raised to it …
  CHECK(position.attempt == 3);
  CHECK(position.streams.at(0).state == R"({"at":1})");
  add(*writer, {3});  // … and who has not raised them writes nothing
  CHECK_THROWS_WITH(commit(*writer, "{}"), Catch::Contains("no longer stands"));
  writer.reset();
  CHECK(ids(to.file()) == "1 2");
  sync(to, {3}, {.job = 42});
  CHECK(ids(to.file()) == "1 2 3");
}

TEST_CASE("a GLOBAL state covers all streams in one commit, those without rows too") {
  Scratch scratch;
  Destination to(scratch.path);
  Run run{.streams = {{.name = "a"}, {.name = "b", .generation = 3}}};
  {
    auto writer = to.open(run);
    add(*writer, {1}, 0);
    writer->commit({{}, R"({"shared_state":{"lsn":1e400},"stream_states":[]})"});
    add(*writer, {2}, 1);
    add(*writer, {3}, 0);
  }
  auto position = to.open(run)->position();
  CHECK(position.global == R"({"shared_state":{"lsn":1e400},"stream_states":[]})");
  REQUIRE(position.streams.size() == 2);
  CHECK(position.streams[1].generation == 3);
  CHECK_FALSE(position.streams[0].state);
  CHECK(ids(to.file("a.jsonl")) == "1");
  CHECK(ids(to.file("b.jsonl")).empty());
}

TEST_CASE(
    "a commit of one stream leaves the uncovered rows of another behind its position (F-17)") {
  Scratch scratch;
  Destination to(scratch.path);
  Run run{.streams = {{.name = "a"}, {.name = "b"}}};
  {
    auto writer = to.open(run);
    CHECK(writer->takes_uncovered_rows());
    add(*writer, {1}, 0);
    commit(*writer, R"({"at":1})", false, 0);
    add(*writer, {2}, 0);
    add(*writer, {3}, 1);
    commit(*writer, R"({"at":3})", false, 1);
  }
  auto position = to.open(run)->position();
  CHECK(position.streams.at(0).state == R"({"at":1})");
  CHECK(ids(to.file("a.jsonl")) == "1");
  CHECK(ids(to.file("b.jsonl")) == "3");
}

TEST_CASE("a state keeps its text, and a new epoch or generation voids it, not the length (F-23)") {
  Scratch scratch;
  Destination to(scratch.path);
  const std::string state = R"({ "n":1.50, "big":123456789012345678901234567890, "a":"\u00e9"})";
  {
    auto writer = to.open();
    add(*writer, {1});
    commit(*writer, state);
    add(*writer, {2});
  }
  auto at = to.open()->position().streams.at(0);
  CHECK(at.state == state);

  Wish later{.generation = GENERATE(1, 2), .epoch = 5};
  auto writer = to.open({.streams = {later}, .job = 2});
  CHECK(ids(to.file()) == "1");  // cut, whatever became of the state
  CHECK(writer->position().streams.at(0).epoch == 0);
  add(*writer, {3});
  commit(*writer, std::nullopt);
  at = writer->position().streams.at(0);
  CHECK_FALSE(at.state);
  CHECK(at.epoch == 5);
  CHECK(at.generation == later.generation);
  CHECK(ids(to.file()) == "1 3");
}

TEST_CASE("complete speaks of the job that wrote last") {
  Scratch scratch;
  Destination to(scratch.path);
  Run run{.streams = {{.name = "a"}, {.name = "b"}}};
  {
    auto writer = to.open(run);
    writer->commit({{{0, "{}", true}, {1, "{}", true}}, std::nullopt});
  }
  run.attempt = 1;
  CHECK(to.open(run)->position().streams.at(1).complete);
  run.job = 2;
  {
    auto writer = to.open(run);
    add(*writer, {1}, 0);
    commit(*writer, "{}", true, 0);
  }
  auto position = to.open(run)->position();
  CHECK(position.streams.at(0).complete);
  CHECK_FALSE(position.streams.at(1).complete);
  CHECK(position.streams.at(1).state == "{}");
}

TEST_CASE("a second write of the same connection is refused while the first lives (F-11)") {
  Scratch scratch;
  Destination to(scratch.path);
  auto first = to.open();
  CHECK(contains(refusal(to), "conflict: another write of connection c-1 is at work in"));
  first.reset();
  CHECK(refusal(to).empty());
}

TEST_CASE("a file belongs to one connection; other streams go into the same directory (F-11)") {
  Scratch scratch;
  Destination to(scratch.path);
  auto mine = to.open();
  add(*mine, {1});
  auto theirs = to.open({.streams = {{.name = "invoices"}}, .connection = "c-2"});
  add(*theirs, {2});
  commit(*theirs, "{}", true);
  commit(*mine, "{}", true);
  CHECK(ids(to.file("orders.jsonl")) == "1");
  CHECK(ids(to.file("invoices.jsonl")) == "2");

  auto why = refusal(to, {.streams = {{.name = "fresh"}, {}}, .connection = "c-3"});
  CHECK(contains(why, "data_foreign: " + to.file().string() + " belongs to connection c-1"));
  CHECK_FALSE(fs::exists(to.inner("fresh.jsonl.owner")));  // nothing was claimed

  fs::remove(to.file());
  CHECK(contains(refusal(to, {.connection = "c-3"}), "belongs to connection c-1"));  // at work
  mine.reset();
  sync(to, {7}, {.connection = "c-3"});  // a file that is gone is nobody's
  CHECK(contains(refusal(to), "belongs to connection c-3"));
}

TEST_CASE("a stream whose file changes its name has no rows in the new one") {
  Scratch scratch;
  Destination to(scratch.path);
  sync(to, {1});
  connector::WriteRequest request;
  request.streams.push_back(stream_of({}));
  request.streams[0].target.name = "pre_orders";
  request.connection = "c-1";
  request.job = 2;
  auto writer = connectors::make_destination_jsonl()->open(to.config, request);
  CHECK(writer->position().streams.empty());
  add(*writer, {2});
  commit(*writer, "{}", true);
  CHECK(ids(to.file("orders.jsonl")) == "1");
  CHECK(ids(to.file("pre_orders.jsonl")) == "2");
}

TEST_CASE("a position of a later format, or none of ours, is refused by name (F-19)") {
  Scratch scratch;
  Destination to(scratch.path);
  sync(to, {1});
  auto path = to.inner("c-1.position");
  auto text = content(path);
  SECTION("later") {
    std::ofstream(path) << R"({"version":2,"connection":"c-1","files":[]})"
                        << "\n{\"streams\":[]}\n";
    CHECK(contains(refusal(to), "it has format 2"));
  }
  SECTION("cut") {
    std::ofstream(path) << text.substr(0, text.size() / 2);
    CHECK(contains(refusal(to), "data_foreign: while reading " + path.string()));
  }
  SECTION("empty") {
    std::ofstream(path) << "";
    CHECK(contains(refusal(to), "data_foreign"));
  }
}

TEST_CASE("a writer whose position was replaced by somebody else commits nothing more") {
  Scratch scratch;
  Destination to(scratch.path);
  sync(to, {1});
  auto writer = to.open({.job = 2});
  fs::copy_file(to.inner("c-1.position"), to.inner("theirs"));
  fs::rename(to.inner("theirs"), to.inner("c-1.position"));
  CHECK_THROWS_WITH(
      [&] {
        add(*writer, {2});
        commit(*writer, "{}");
      }(),
      Catch::Contains("was replaced by somebody else"));
  CHECK_THROWS_AS(commit(*writer, "{}"), Failure);
}

TEST_CASE("who follows a file finds its length by the inode, in the first line of the position") {
  Scratch scratch;
  Destination to(scratch.path);
  auto writer = to.open();
  add(*writer, {1});
  commit(*writer, R"({"at":1})");
  add(*writer, {2}, 0, std::string(2 << 20, 'x'));
  add(*writer, {3}, 0, std::string(2 << 20, 'x'));  // the first large row is being written …
  add(*writer, {4});                                // … and is, when the second one's turn comes
  auto owner = ordered_json::parse(content(to.inner("orders.jsonl.owner")));
  auto text = content(to.inner(owner["position"].get<std::string>()));
  auto head = ordered_json::parse(text.substr(0, text.find('\n')));
  struct stat found;
  REQUIRE(::stat(to.file().c_str(), &found) == 0);
  CHECK(head["connection"] == "c-1");
  CHECK(head["files"][0]["file"] == "orders.jsonl");
  CHECK(head["files"][0]["inode"] == found.st_ino);
  auto length = head["files"][0]["length"].get<std::size_t>();
  CHECK(length < fs::file_size(to.file()));
  CHECK(content(to.file())[length - 1] == '\n');
  CHECK(content(to.file()).substr(0, length).find("\"id\":2") == std::string::npos);
}

TEST_CASE("check makes the directory, tries it, and says what stands against it") {
  Scratch scratch;
  auto destination = connectors::make_destination_jsonl();
  CHECK(destination->check({{"destination_path", (scratch.path / "a/b").string()}}).succeeded);
  CHECK(fs::is_directory(scratch.path / "a/b"));
  std::ofstream(scratch.path / "file") << "x";
  auto status = destination->check({{"destination_path", (scratch.path / "file").string()}});
  CHECK_FALSE(status.succeeded);
  CHECK(contains(status.message, "Not a directory"));
  status = destination->check({{"destination_path", "relative"}});
  CHECK(contains(status.message, "destination_path 'relative' is not absolute"));
  status = destination->check({{"destination_path", "/local/../etc"}});
  CHECK(contains(status.message, "leads out of /local"));
  status = destination->check({{"destination_path", "/x"}, {"compression", "gzip"}});
  CHECK(contains(status.message, "compression 'gzip' is not offered"));
  status = destination->check({{"destination_path", "/x"}, {"layout", "v3"}});
  CHECK(contains(status.message, "layout 'v3' is not known; allowed are v2 and raw"));
}

TEST_CASE("a path under /local lies under /tmp/airbyte_local, any other where it says") {
  CHECK(files::OutputPaths::configured("/local/json_data").directory() ==
        "/tmp/airbyte_local/json_data");
  CHECK(files::OutputPaths::configured("/local").directory() == "/tmp/airbyte_local");
  CHECK(files::OutputPaths::configured("/srv/data/").directory() == "/srv/data");
  CHECK(files::OutputPaths::configured("/locally/x").directory() == "/locally/x");
}

TEST_CASE("in a container /local is what outlives it, and nothing else is written") {
  ::setenv("WHARF_LOCAL_ROOT", "/local", 1);
  CHECK(files::OutputPaths::configured("/local/json_data").directory() == "/local/json_data");
  CHECK(files::OutputPaths::configured("/local").directory() == "/local");
  CHECK_THROWS_AS(files::OutputPaths::configured("/srv/data"), Failure);
  CHECK_THROWS_AS(files::OutputPaths::configured("/locally/x"), Failure);
  ::unsetenv("WHARF_LOCAL_ROOT");
}

TEST_CASE("a dedup stream is refused by name") {
  Scratch scratch;
  connector::WriteRequest request;
  request.streams.push_back(stream_of({}));
  request.streams[0].dedup = true;
  CHECK_THROWS_WITH(connectors::make_destination_jsonl()->open(
                        {{"destination_path", scratch.path.string()}}, request),
                    Catch::Contains("stream orders is to be deduplicated"));
}

TEST_CASE("the spec is draft-07 and offers what files can do") {
  auto spec = connectors::make_destination_jsonl()->spec();
  auto schema = ordered_json::parse(spec.connection_specification);
  CHECK(schema["$schema"] == "http://json-schema.org/draft-07/schema#");
  CHECK(schema["required"] == ordered_json{"destination_path"});
  CHECK(spec.supported_destination_sync_modes.size() == 2);
}
