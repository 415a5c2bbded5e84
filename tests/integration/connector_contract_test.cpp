// One suite over every built-in connector, run as an Airbyte image would be run.

#include <wharf/protocol/codec.h>
#include <wharf/protocol/context.h>

#include <sys/stat.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>

#include "../fakes/connector_process.h"
#include "protocol/json_schema.h"
#include "sqlite/connection.h"

namespace wharf {
namespace {

using fakes::Child;
using fakes::ChildPlan;
using fakes::read_all;
using fakes::TestFolder;
using nlohmann::json;

struct SourceCase {
  std::string name;
  std::function<json(const TestFolder&)> config;
  json wrong_config;
  std::string wrong_key;  ///< that its check names
  std::function<json(const TestFolder&)> endless_config;
};

struct DestinationCase {
  std::string name;
  std::function<json(const TestFolder&)> config;
  json wrong_config;
  std::string wrong_key;
  std::function<json(const TestFolder&)> unusable_config;
  std::function<std::int64_t(const TestFolder&, const std::string& stream)> count_rows;
};

std::string csv(int rows) {
  std::string text = "id,name,amount\n";
  for (int i = 0; i < rows; ++i) {
    text +=
        std::to_string(i) + ",\"name, " + std::to_string(i) + "\"," + std::to_string(i) + ".5\n";
  }
  return text;
}

const std::vector<SourceCase>& sources() {
  static const std::vector<SourceCase> all{
      {"source-faker",
       [](const TestFolder&) {
         return json{{"count", 300},
                     {"seed", 7},
                     {"records_per_slice", 20},
                     {"parallelism", 4},
                     {"always_updated", false}};
       },
       json{{"count", "many"}}, "count",
       [](const TestFolder&) { return json{{"count", 1000000000}, {"seed", 7}}; }},
      {"source-file",
       [](const TestFolder& folder) { return json{{"path", folder.write("rows.csv", csv(500))}}; },
       json{{"path", 5}}, "path",
       [](const TestFolder& folder) {
         return json{{"path", folder.write("endless.csv", csv(400000))}};
       }},
  };
  return all;
}

std::int64_t count_lines(const TestFolder& folder, const std::string& stream) {
  auto text = read_all(folder / ("out/" + stream + ".jsonl"));
  return std::count(text.begin(), text.end(), '\n');
}

std::int64_t count_in_table(const TestFolder& folder, const std::string& stream) {
  sqlite::Connection database(folder / "out.db");
  return database.number("select count(*) from " + sqlite::quoted_name(stream));
}

const std::vector<DestinationCase>& destinations() {
  static const std::vector<DestinationCase> all{
      {"destination-jsonl",
       [](const TestFolder& folder) { return json{{"destination_path", folder / "out"}}; },
       json{{"destination_path", 7}}, "destination_path",
       [](const TestFolder& folder) {
         return json{{"destination_path", folder.write("plain", "") + "/out"}};
       },
       count_lines},
      {"destination-sqlite",
       [](const TestFolder& folder) { return json{{"destination_path", folder / "out.db"}}; },
       json{{"destination_path", 7}}, "destination_path",
       [](const TestFolder& folder) {
         return json{{"destination_path", folder.write("plain", "") + "/out.db"}};
       },
       count_in_table},
  };
  return all;
}

struct Answer {
  int exit = 0;
  std::string output;
  std::vector<protocol::Message> messages;

  template <class T>
  std::vector<T> only() const {
    std::vector<T> chosen;
    for (const auto& message : messages) {
      if (const auto* one = std::get_if<T>(&message)) chosen.push_back(*one);
    }
    return chosen;
  }
};

/// Every line a built-in writes on stdout is a message.
std::vector<protocol::Message> parse_lines(const std::string& output) {
  std::vector<protocol::Message> messages;
  protocol::LineReader reader;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    auto parsed = reader.parse(line);
    auto* message = std::get_if<protocol::Message>(&parsed);
    INFO(line);
    REQUIRE(message != nullptr);
    messages.push_back(std::move(*message));
  }
  return messages;
}

Answer run(const TestFolder& folder, ChildPlan plan) {
  static int runs = 0;
  plan.stdout_path = folder / ("stdout" + std::to_string(++runs));
  Answer answer;
  answer.exit = Child(WHARF_BINARY, plan).wait();
  answer.output = read_all(plan.stdout_path);
  answer.messages = parse_lines(answer.output);
  return answer;
}

protocol::ConnectorSpecification spec_of(const TestFolder& folder, const std::string& name) {
  auto answer = run(folder, {.arguments = {name, "spec"}, .environment = {}, .stdout_path = {}});
  CHECK(answer.exit == 0);
  auto specs = answer.only<protocol::ConnectorSpecification>();
  REQUIRE(specs.size() == 1);
  return specs[0];
}

protocol::ConnectionStatus check_of(const TestFolder& folder, const std::string& name,
                                    const json& config) {
  auto file = folder.write("check.json", config.dump());
  auto answer =
      run(folder,
          {.arguments = {name, "check", "--config", file}, .environment = {}, .stdout_path = {}});
  CHECK(answer.exit == 0);
  auto statuses = answer.only<protocol::ConnectionStatus>();
  REQUIRE(statuses.size() == 1);
  return statuses[0];
}

protocol::Catalog discover(const TestFolder& folder, const SourceCase& source, const json& config) {
  auto file = folder.write("discover.json", config.dump());
  auto answer = run(folder, {.arguments = {source.name, "discover", "--config", file},
                             .environment = {},
                             .stdout_path = {}});
  CHECK(answer.exit == 0);
  auto catalogs = answer.only<protocol::Catalog>();
  REQUIRE(catalogs.size() == 1);
  return catalogs[0];
}

/// Every stream, incremental where it can be, appended.
protocol::ConfiguredCatalog configured(const protocol::Catalog& catalog) {
  protocol::ConfiguredCatalog chosen;
  for (const auto& stream : catalog.streams) {
    protocol::ConfiguredStream one;
    one.stream = stream;
    const auto& modes = stream.supported_sync_modes;
    bool incremental =
        std::find(modes.begin(), modes.end(), protocol::SyncMode::incremental) != modes.end();
    one.sync_mode =
        incremental ? protocol::SyncMode::incremental : protocol::SyncMode::full_refresh;
    one.destination_sync_mode = protocol::DestinationSyncMode::append;
    one.cursor_field = stream.default_cursor_field;
    chosen.streams.push_back(std::move(one));
  }
  return chosen;
}

ChildPlan read_plan(const TestFolder& folder, const SourceCase& source, const json& config,
                    const protocol::ConfiguredCatalog& catalog) {
  return {.arguments = {source.name, "read", "--config", folder.write("source.json", config.dump()),
                        "--catalog", folder.write("catalog.json", to_json(catalog))},
          .environment = {},
          .stdout_path = {}};
}

ChildPlan write_plan(const TestFolder& folder, const DestinationCase& destination,
                     const std::string& verb = "write") {
  return {.arguments = {destination.name, verb, "--config",
                        folder.write("destination.json", destination.config(folder).dump()),
                        "--catalog", folder / "catalog.json"},
          .environment = {},
          .stdout_path = {}};
}

using Rows = std::multiset<std::pair<std::string, std::string>>;

Rows rows_of(const std::vector<protocol::Message>& messages, std::size_t up_to) {
  Rows rows;
  for (std::size_t i = 0; i < up_to; ++i) {
    if (const auto* record = std::get_if<protocol::RecordMessage>(&messages[i])) {
      rows.emplace(to_string(record->stream), record->data);
    }
  }
  return rows;
}

TEST_CASE("every spec is draft-07 with titles, and its own configuration fits it") {
  TestFolder folder;
  auto check = [&](const std::string& name, const json& config, const json& wrong) {
    INFO(name);
    auto spec = spec_of(folder, name);
    auto schema = json::parse(spec.connection_specification);
    CHECK(schema.value("$schema", "").find("draft-07") != std::string::npos);
    CHECK(schema.at("type") == "object");
    for (const auto& [key, said] : schema.at("properties").items()) {
      INFO(key);
      const json& property =
          said.contains("$ref")
              ? schema.at(json::json_pointer(said.at("$ref").get<std::string>().substr(1)))
              : said;
      CHECK(property.contains("title"));
      CHECK(property.contains("description"));
    }
    auto right = protocol::check_against_schema(config.dump(), spec.connection_specification);
    REQUIRE(right.has_value());
    CHECK(right->empty());
    CHECK_FALSE(protocol::check_against_schema(wrong.dump(), spec.connection_specification)
                    .value()
                    .empty());
  };
  for (const auto& source : sources())
    check(source.name, source.config(folder), source.wrong_config);
  for (const auto& destination : destinations()) {
    check(destination.name, destination.config(folder), destination.wrong_config);
    CHECK_FALSE(spec_of(folder, destination.name).supported_destination_sync_modes.empty());
  }
}

TEST_CASE("every check is honest: it succeeds when the work would start, and names what is wrong") {
  TestFolder folder;
  for (const auto& source : sources()) {
    INFO(source.name);
    CHECK(check_of(folder, source.name, source.config(folder)).succeeded);
    auto wrong = check_of(folder, source.name, source.wrong_config);
    CHECK_FALSE(wrong.succeeded);
    CHECK(wrong.message.find(source.wrong_key) != std::string::npos);
  }
  CHECK_FALSE(check_of(folder, "source-file", {{"path", folder / "nothing.csv"}}).succeeded);
  for (const auto& destination : destinations()) {
    INFO(destination.name);
    CHECK(check_of(folder, destination.name, destination.config(folder)).succeeded);
    auto wrong = check_of(folder, destination.name, destination.wrong_config);
    CHECK_FALSE(wrong.succeeded);
    CHECK(wrong.message.find(destination.wrong_key) != std::string::npos);
    CHECK_FALSE(check_of(folder, destination.name, destination.unusable_config(folder)).succeeded);
  }
}

TEST_CASE("every discovered stream is unique, has a schema of columns and a way to be read") {
  TestFolder folder;
  for (const auto& source : sources()) {
    INFO(source.name);
    std::set<protocol::StreamDescriptor> seen;
    auto catalog = discover(folder, source, source.config(folder));
    CHECK_FALSE(catalog.streams.empty());
    for (const auto& stream : catalog.streams) {
      INFO(stream.descriptor.name);
      CHECK(seen.insert(stream.descriptor).second);
      CHECK_FALSE(stream.supported_sync_modes.empty());
      CHECK_FALSE(json::parse(stream.json_schema).at("properties").empty());
    }
  }
}

TEST_CASE("every read says a state for each stream, and goes on from any of them exactly") {
  TestFolder folder;
  for (const auto& source : sources()) {
    INFO(source.name);
    auto config = source.config(folder);
    auto catalog = configured(discover(folder, source, config));
    auto whole = run(folder, read_plan(folder, source, config, catalog));
    CHECK(whole.exit == 0);
    auto all = rows_of(whole.messages, whole.messages.size());
    CHECK_FALSE(all.empty());

    std::map<protocol::StreamDescriptor, std::string> newest;
    std::size_t tried = 0;
    for (std::size_t i = 0; i < whole.messages.size(); ++i) {
      const auto* state = std::get_if<protocol::StateMessage>(&whole.messages[i]);
      if (state == nullptr) continue;
      newest[state->stream->descriptor] = state->stream->state.value();
      if (tried++ % 5 != 0 && i + 3 < whole.messages.size()) continue;
      protocol::StartState start;
      for (const auto& [descriptor, text] : newest) {
        start.streams.emplace_back();
        start.streams.back().descriptor = descriptor;
        start.streams.back().state = text;
      }
      auto plan = read_plan(folder, source, config, catalog);
      plan.arguments.insert(plan.arguments.end(),
                            {"--state", folder.write("state.json", to_json(start))});
      auto rest = run(folder, plan);
      INFO("resumed behind line " << i);
      CHECK(rest.exit == 0);
      auto together = rows_of(whole.messages, i);
      together.merge(rows_of(rest.messages, rest.messages.size()));
      CHECK((together == all));
    }
    CHECK(newest.size() == catalog.streams.size());
  }
}

TEST_CASE("a state that is not its own is refused by name (F-19)") {
  TestFolder folder;
  for (const auto& source : sources()) {
    INFO(source.name);
    auto config = source.config(folder);
    auto catalog = configured(discover(folder, source, config));
    protocol::StartState foreign;
    foreign.streams.emplace_back();
    foreign.streams[0].descriptor = catalog.streams[0].stream.descriptor;
    foreign.streams[0].state = R"({"lsn":"0/16B3748","slot":"other"})";
    auto plan = read_plan(folder, source, config, catalog);
    plan.arguments.insert(plan.arguments.end(),
                          {"--state", folder.write("state.json", to_json(foreign))});
    auto answer = run(folder, plan);
    CHECK(answer.exit == 1);
    auto traces = answer.only<protocol::TraceMessage>();
    CHECK(std::any_of(traces.begin(), traces.end(), [](const auto& trace) {
      return std::holds_alternative<protocol::ErrorTrace>(trace.body);
    }));
  }
}

struct Road {
  std::string medium;
  std::string form;
  int sockets = 0;
};

/// Moves everything from source to destination and returns what the destination said.
Answer move(const TestFolder& folder, ChildPlan reading, ChildPlan writing, const Road& road) {
  reading.stdout_path = folder / "records";
  if (road.medium == "STDIO") {
    CHECK(Child(WHARF_BINARY, reading).wait() == 0);
    writing.stdin_path = reading.stdout_path;
    return run(folder, writing);
  }
  std::string paths;
  for (int i = 1; i <= road.sockets; ++i) {
    paths += (i > 1 ? "," : "") + (folder / ("data-" + std::to_string(i) + ".sock"));
  }
  for (auto* plan : {&reading, &writing}) {
    plan->environment["DATA_CHANNEL_MEDIUM"] = road.medium;
    plan->environment["DATA_CHANNEL_FORMAT"] = road.form;
    plan->environment["DATA_CHANNEL_SOCKET_PATHS"] = paths;
  }
  for (int i = 1; i <= road.sockets; ++i) {
    std::filesystem::remove(folder / ("data-" + std::to_string(i) + ".sock"));
  }
  Child source(WHARF_BINARY, reading);
  auto answer = run(folder, writing);
  CHECK(source.wait() == 0);
  return answer;
}

std::string context_of(const protocol::ConfiguredCatalog& catalog, int job) {
  protocol::Context context;
  context.connection = "8f3f0c7e-5d0a-4b44-a6c0-7a5a3b1f2d11";
  context.job = job;
  for (const auto& stream : catalog.streams) {
    protocol::Context::Stream said;
    said.descriptor = stream.stream.descriptor;
    said.mode = stream.sync_mode == protocol::SyncMode::incremental ? "incremental_append"
                                                                    : "full_refresh_append";
    said.generation = 1;
    said.resumable = true;
    context.streams.push_back(std::move(said));
  }
  return to_json(context);
}

TEST_CASE(
    "every pair moves every row by stdio and by sockets in every form, and says its position") {
  const std::vector<Road> roads{{"STDIO", "JSONL", 0},     {"SOCKET", "PROTOBUF", 1},
                                {"SOCKET", "PROTOBUF", 4}, {"SOCKET", "JSONL", 2},
                                {"SOCKET", "BATCH", 1},    {"SOCKET", "BATCH", 4}};
  for (const auto& source : sources()) {
    for (const auto& destination : destinations()) {
      for (const auto& road : roads) {
        TestFolder folder;
        INFO(source.name << " to " << destination.name << " by " << road.medium << " " << road.form
                         << " " << road.sockets);
        auto config = source.config(folder);
        auto catalog = configured(discover(folder, source, config));
        auto reading = read_plan(folder, source, config, catalog);
        auto writing = write_plan(folder, destination);
        writing.environment["WHARF_CONTEXT"] = folder.write("wharf.json", context_of(catalog, 1));
        auto answer = move(folder, reading, writing, road);
        CHECK(answer.exit == 0);
        REQUIRE_FALSE(answer.messages.empty());
        CHECK(std::holds_alternative<protocol::Position>(answer.messages[0]));
        CHECK(answer.only<protocol::Position>().size() == 1);

        auto whole = run(folder, reading);
        std::map<std::string, std::int64_t> rows;
        for (const auto& record : whole.only<protocol::RecordMessage>()) ++rows[record.stream.name];
        std::map<std::string, std::string> confirmed;
        for (const auto& state : answer.only<protocol::StateMessage>()) {
          confirmed[state.stream->descriptor.name] = state.stream->state.value();
          CHECK(*state.committed_records <= rows[state.stream->descriptor.name]);
        }
        writing.arguments[1] = "position";
        auto positions = run(folder, writing).only<protocol::Position>();
        REQUIRE(positions.size() == 1);
        CHECK(positions[0].job == 1);
        for (const auto& stream : catalog.streams) {
          const auto& name = stream.stream.descriptor.name;
          CHECK(destination.count_rows(folder, name) == rows[name]);
          const auto* position = positions[0].find(stream.stream.descriptor);
          REQUIRE(position != nullptr);
          CHECK(position->complete);
          CHECK(position->state == confirmed[name]);
        }
      }
    }
  }
}

TEST_CASE("a source killed at any moment leaves every destination with whole states only") {
  const auto& source = sources()[0];
  for (const auto& destination : destinations()) {
    TestFolder folder;
    INFO(destination.name);
    auto config = source.config(folder);
    auto catalog = configured(discover(folder, source, config));
    auto reading = read_plan(folder, source, config, catalog);
    auto whole = run(folder, reading).output;
    auto writing = write_plan(folder, destination);
    writing.environment["WHARF_CONTEXT"] = folder.write("wharf.json", context_of(catalog, 1));
    writing.stdin_path = folder.write("cut", whole.substr(0, whole.size() / 2));
    auto answer = run(folder, writing);
    CHECK(answer.exit == 1);  // half a line at the end
    writing.arguments[1] = "position";
    auto position = run(folder, writing).only<protocol::Position>().at(0);
    for (const auto& stream : position.streams) {
      CHECK_FALSE((stream.complete && stream.descriptor.name == "purchases"));
    }
  }
}

/// Milliseconds until a child that was told to stop has ended, and its exit code.
std::pair<std::int64_t, int> stop(Child& child) {
  auto begin = std::chrono::steady_clock::now();
  child.signal(SIGTERM);
  int exit = child.wait();
  auto took = std::chrono::steady_clock::now() - begin;
  return {std::chrono::duration_cast<std::chrono::milliseconds>(took).count(), exit};
}

/// A FIFO whose reader takes one byte and no more, so that its writer blocks.
class SlowReader {
 public:
  explicit SlowReader(const std::string& path) {
    ::mkfifo(path.c_str(), 0600);
    fd_ = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  }
  ~SlowReader() { ::close(fd_); }
  void wait_for_bytes() const {
    char byte = 0;
    REQUIRE(::read(fd_, &byte, 1) == 1);
  }

 private:
  int fd_;
};

TEST_CASE("SIGTERM ends every read at once, also one whose reader takes nothing") {
  for (const auto& source : sources()) {
    TestFolder folder;
    INFO(source.name);
    auto config = source.endless_config(folder);
    auto catalog = configured(discover(folder, source, config));
    auto plan = read_plan(folder, source, config, catalog);
    plan.stdout_path = folder / "fifo";
    SlowReader reader(plan.stdout_path);
    Child child(WHARF_BINARY, plan);
    reader.wait_for_bytes();
    auto [millis, exit] = stop(child);
    CHECK(millis < 1000);
    CHECK(exit == 143);
  }
}

TEST_CASE("SIGTERM ends every write at once, with what is covered committed and confirmed") {
  const auto& source = sources()[0];
  for (const auto& destination : destinations()) {
    TestFolder folder;
    INFO(destination.name);
    auto config = source.config(folder);
    auto catalog = configured(discover(folder, source, config));
    auto reading = read_plan(folder, source, config, catalog);
    auto records = run(folder, reading).output;
    auto behind_state = records.find('\n', records.find(R"({"type":"STATE")")) + 1;
    auto writing = write_plan(folder, destination);
    writing.environment["WHARF_CONTEXT"] = folder.write("wharf.json", context_of(catalog, 1));
    writing.stdin_path = folder / "fifo";
    writing.stdout_path = folder / "confirmed";
    ::mkfifo(writing.stdin_path.c_str(), 0600);
    int feed = ::open(writing.stdin_path.c_str(), O_RDWR | O_CLOEXEC);
    REQUIRE(::write(feed, records.data(), behind_state) == static_cast<ssize_t>(behind_state));
    Child child(WHARF_BINARY, writing);
    while (read_all(writing.stdout_path).find("\"STATE\"") == std::string::npos) ::usleep(10000);
    auto [millis, exit] = stop(child);
    ::close(feed);
    CHECK(millis < 1000);
    CHECK(exit == 143);
    writing.arguments[1] = "position";
    writing.stdin_path = "/dev/null";
    auto positions = run(folder, writing).only<protocol::Position>();
    REQUIRE(positions.size() == 1);
    CHECK(positions[0].streams.at(0).state.has_value());
  }
}

TEST_CASE("arguments that nobody knows are a usage error") {
  TestFolder folder;
  for (const auto& name :
       {"source-faker", "source-file", "destination-jsonl", "destination-sqlite"}) {
    INFO(name);
    auto exit_of = [&](std::vector<std::string> words) {
      words.insert(words.begin(), name);
      return run(folder, {.arguments = words, .environment = {}, .stdout_path = {}}).exit;
    };
    CHECK(exit_of({"spec", "--nothing", "x"}) == 2);
    CHECK(exit_of({"check"}) == 2);
    CHECK(exit_of({"dance"}) == 2);
  }
}

}  // namespace
}  // namespace wharf
