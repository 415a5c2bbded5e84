// The runtime under all built-ins, with a source and a destination that keep everything in memory:
// real sockets, real threads, both wire forms.

#include <wharf/connector/run.h>
#include <wharf/protocol/codec.h>

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <thread>

#include "../fakes/memory_connectors.h"
#include "connector/data_socket.h"
#include "connector/read_runtime.h"
#include "connector/write_request.h"
#include "connector/write_runtime.h"

namespace wharf::connector {
namespace {

using fakes::MemorySource;
using fakes::MemoryWriter;
using fakes::stream_named;
using record::WireForm;

/// A file without a name that stands for stdin or stdout.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view content = {}) : fd_(::memfd_create("test", MFD_CLOEXEC)) {
    REQUIRE(::pwrite(fd_.get(), content.data(), content.size(), 0) ==
            static_cast<ssize_t>(content.size()));
  }
  int fd() const { return fd_.get(); }
  std::string content() const {
    struct stat status{};
    ::fstat(fd_.get(), &status);
    std::string text(static_cast<std::size_t>(status.st_size), '\0');
    REQUIRE(::pread(fd_.get(), text.data(), text.size(), 0) == status.st_size);
    return text;
  }

 private:
  base::UniqueFd fd_;
};

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = "/tmp/wharf-runtime-XXXXXX";
    path_ = ::mkdtemp(name.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

std::vector<protocol::Message> messages_of(const std::string& output) {
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

template <class T>
std::vector<T> only(const std::string& output) {
  std::vector<T> chosen;
  for (auto& message : messages_of(output)) {
    if (auto* one = std::get_if<T>(&message)) chosen.push_back(std::move(*one));
  }
  return chosen;
}

protocol::ConfiguredCatalog catalog_of(const std::vector<std::string>& streams) {
  protocol::ConfiguredCatalog catalog;
  for (const auto& name : streams) catalog.streams.push_back(stream_named(name));
  return catalog;
}

std::vector<std::int64_t> numbers_to(std::int64_t count) {
  std::vector<std::int64_t> numbers(static_cast<std::size_t>(count));
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

DataChannel sockets_in(const TemporaryFolder& folder, int count, WireForm form) {
  DataChannel channel;
  channel.form = form;
  for (int i = 1; i <= count; ++i)
    channel.sockets.push_back(folder / (std::to_string(i) + ".sock"));
  return channel;
}

std::string read_to_stdout(MemorySource& source, const protocol::ConfiguredCatalog& catalog,
                           const protocol::StartState& state = {}) {
  MemoryFile output;
  Stop stop;
  PlatformOutput platform(output.fd(), &stop);
  run_read(source, nlohmann::json::object(), stream_requests(catalog, state, 1), {}, platform,
           stop);
  return output.content();
}

/// What a write of these bytes on stdin said on stdout; `error` holds why it failed.
struct Written {
  std::string output;
  std::string error;
};

Written write_from(const std::string& input, MemoryWriter& writer,
                   const protocol::ConfiguredCatalog& catalog,
                   std::size_t waiting_memory = std::size_t{16} << 20) {
  MemoryFile in(input), out;
  Stop stop;
  PlatformOutput platform(out.fd());
  auto request = make_write_request(catalog, {}).value();
  WriteOptions options;
  options.stdin_fd = in.fd();
  options.waiting_memory = waiting_memory;
  Written written;
  try {
    run_write(request, writer, options, platform, stop);
  } catch (const Failure& failure) {
    written.error = failure.what();
  }
  written.output = out.content();
  return written;
}

struct Moved {
  std::string source_output;
  std::string destination_output;
  std::string error;
  bool read_succeeded = false;
};

Moved move(MemorySource& source, MemoryWriter& writer, const protocol::ConfiguredCatalog& catalog,
           const DataChannel& channel, std::size_t waiting_memory = std::size_t{16} << 20) {
  MemoryFile source_out, destination_out;
  Moved moved;
  Stop stop;
  std::thread reading([&] {
    PlatformOutput platform(source_out.fd(), &stop);
    moved.read_succeeded = run_read(source, nlohmann::json::object(),
                                    stream_requests(catalog, {}, 1), channel, platform, stop);
  });
  PlatformOutput platform(destination_out.fd());
  WriteOptions options;
  options.channel = channel;
  options.waiting_memory = waiting_memory;
  try {
    run_write(make_write_request(catalog, {}).value(), writer, options, platform, stop);
  } catch (const Failure& failure) {
    moved.error = failure.what();
  }
  reading.join();
  moved.source_output = source_out.content();
  moved.destination_output = destination_out.content();
  return moved;
}

TEST_CASE("a read on stdio says statuses, records and, right behind them, their state") {
  MemorySource source;
  source.rows = 25;
  auto output = read_to_stdout(source, catalog_of({"a"}));
  auto messages = messages_of(output);
  std::int64_t records = 0;
  for (const auto& message : messages) {
    if (std::holds_alternative<protocol::RecordMessage>(message)) ++records;
    if (const auto* state = std::get_if<protocol::StateMessage>(&message)) {
      CHECK(state->stream->state == "{\"next\":" + std::to_string(records) + "}");
      CHECK_FALSE(state->id);
      CHECK_FALSE(state->partition_id);
    }
  }
  CHECK(records == 25);
  CHECK(only<protocol::StateMessage>(output).size() == 3);
  std::vector<std::string> statuses;
  for (const auto& trace : only<protocol::TraceMessage>(output)) {
    if (const auto* status = std::get_if<protocol::StreamStatusTrace>(&trace.body)) {
      statuses.emplace_back(name_of(status->status));
    }
  }
  CHECK(statuses == std::vector<std::string>{"STARTED", "RUNNING", "COMPLETE"});
}

TEST_CASE("an empty stream says a state too, and a read goes on where its state says") {
  MemorySource source;
  source.rows = 0;
  auto states = only<protocol::StateMessage>(read_to_stdout(source, catalog_of({"a", "b"})));
  REQUIRE(states.size() == 2);
  CHECK(states[0].stream->state == R"({"next":0})");

  source.rows = 25;
  protocol::StartState state;
  state.streams.emplace_back();
  state.streams[0].descriptor.name = "a";
  state.streams[0].state = R"({"next":21})";
  CHECK(only<protocol::RecordMessage>(read_to_stdout(source, catalog_of({"a"}), state)).size() ==
        4);
}

TEST_CASE("F-19: a stream that refuses its state ends the read by name") {
  MemorySource source;
  protocol::StartState state;
  state.streams.emplace_back();
  state.streams[0].descriptor.name = "a";
  state.streams[0].state = R"({"lsn":1})";
  auto output = read_to_stdout(source, catalog_of({"a"}), state);
  CHECK(output.find("not a state of mine") != std::string::npos);
  CHECK(output.find("config_error") != std::string::npos);
}

TEST_CASE(
    "F-29, F-17: a read that fails has said states for what came before, and names the stream") {
  MemorySource source;
  source.fails_at = 17;
  auto output = read_to_stdout(source, catalog_of({"a"}));
  auto states = only<protocol::StateMessage>(output);
  REQUIRE(states.size() == 1);
  CHECK(states[0].stream->state == R"({"next":10})");
  const protocol::ErrorTrace* error = nullptr;
  auto traces = only<protocol::TraceMessage>(output);
  for (const auto& trace : traces) {
    if (const auto* found = std::get_if<protocol::ErrorTrace>(&trace.body)) error = found;
  }
  REQUIRE(error != nullptr);
  CHECK(error->message == "row is broken");
  CHECK(error->stream->name == "a");
}

TEST_CASE("source and destination by a pipe: every row once, states confirmed, streams complete") {
  for (bool direct : {true, false}) {
    MemorySource source;
    source.rows = 1000;
    auto catalog = catalog_of({"a", "b"});
    MemoryWriter writer(2, direct);
    auto written = write_from(read_to_stdout(source, catalog), writer, catalog);
    CHECK(written.error.empty());
    for (const auto& table : writer.tables) {
      CHECK(table.rows() == numbers_to(1000));
      CHECK(table.complete);
      CHECK(table.state == R"({"next":1000})");
    }
    auto states = only<protocol::StateMessage>(written.output);
    REQUIRE(!states.empty());
    CHECK(states.back().committed_records == 1000);
    CHECK(states.back().destination_stats->record_count == 10);
  }
}

TEST_CASE("sockets: partitions shuffled over threads arrive whole, in state order, in both forms") {
  for (auto form : {WireForm::protobuf, WireForm::jsonl, WireForm::batch}) {
    for (int count : {1, 2, 8}) {
      for (bool direct : {true, false}) {
        TemporaryFolder folder;
        MemorySource source;
        source.rows = 2000;
        source.threads = 8;
        auto catalog = catalog_of({"a", "b", "c"});
        MemoryWriter writer(3, direct);
        auto moved = move(source, writer, catalog, sockets_in(folder, count, form));
        INFO(moved.error);
        CHECK(moved.read_succeeded);
        CHECK(moved.error.empty());
        for (const auto& table : writer.tables) {
          auto rows = table.rows();
          if (!direct) CHECK(rows == numbers_to(2000));
          std::sort(rows.begin(), rows.end());
          CHECK(rows == numbers_to(2000));
          CHECK(table.complete);
          CHECK(table.state == R"({"next":2000})");
        }
        std::map<std::string, std::int64_t> ids;
        for (const auto& state : only<protocol::StateMessage>(moved.source_output)) {
          CHECK(*state.id == ++ids[state.stream->descriptor.name]);
          CHECK(state.partition_id->size() == 4);
        }
        CHECK(ids["a"] == 200);
        CHECK_FALSE(only<protocol::StateMessage>(moved.destination_output).empty());
      }
    }
  }
}

TEST_CASE("rows that memory has no room for wait in a segment file and arrive all the same") {
  TemporaryFolder folder;
  MemorySource source;
  source.rows = 40000;
  source.rows_per_partition = 10000;
  auto catalog = catalog_of({"a"});
  MemoryWriter writer(1, false);
  auto moved = move(source, writer, catalog, sockets_in(folder, 4, WireForm::protobuf),
                    std::size_t{64} << 10);
  CHECK(moved.error.empty());
  CHECK(writer.tables[0].rows() == numbers_to(40000));
}

TEST_CASE("F-22: a destination that dies while it appends has confirmed only what it committed") {
  MemorySource source;
  source.rows = 100;
  auto catalog = catalog_of({"a"});
  MemoryWriter writer(1, false);
  writer.fails_at = 55;
  auto written = write_from(read_to_stdout(source, catalog), writer, catalog);
  CHECK(written.error == "the disk is full");
  for (const auto& state : only<protocol::StateMessage>(written.output)) {
    CHECK(*state.committed_records <= static_cast<std::int64_t>(writer.tables[0].committed));
  }
}

/// Position and rows agree, and nothing was confirmed beyond them.
void check_prefix(const MemoryWriter& writer, const std::string& output) {
  for (const auto& table : writer.tables) {
    auto rows = static_cast<std::int64_t>(table.committed);
    CHECK(table.rows() == numbers_to(rows));
    if (!table.complete) {
      CHECK(table.state.value_or(R"({"next":0})") == "{\"next\":" + std::to_string(rows) + "}");
    }
  }
  for (const auto& state : only<protocol::StateMessage>(output)) {
    const auto& table = writer.tables[state.stream->descriptor.name == "a" ? 0 : 1];
    CHECK(*state.committed_records <= static_cast<std::int64_t>(table.committed));
  }
}

TEST_CASE("F-79: stdin cut at every byte leaves a prefix whose position fits its rows") {
  MemorySource source;
  source.rows = 12;
  source.rows_per_partition = 4;
  auto catalog = catalog_of({"a", "b"});
  auto input = read_to_stdout(source, catalog);
  for (bool direct : {true, false}) {
    for (std::size_t cut = 0; cut <= input.size(); ++cut) {
      MemoryWriter writer(2, direct);
      auto written = write_from(input.substr(0, cut), writer, catalog);
      INFO("cut at " << cut);
      bool whole_lines = cut == 0 || input[cut - 1] == '\n';
      CHECK(written.error.empty() == whole_lines);
      check_prefix(writer, written.output);
      // All that is covered was committed.
      auto states = only<protocol::StateMessage>(
          input.substr(0, cut == 0 ? 0 : input.rfind('\n', cut - 1) + 1));
      std::size_t covered = 0;
      for (const auto& state : states) {
        covered += state.stream->descriptor.name == "a" ? 4 : 0;
      }
      CHECK(writer.tables[0].committed == covered);
    }
  }
}

/// Plays the source: sends the bytes on the one socket and closes it.
Written write_from_socket(const std::string& bytes, MemoryWriter& writer,
                          const protocol::ConfiguredCatalog& catalog, WireForm form) {
  TemporaryFolder folder;
  auto channel = sockets_in(folder, 1, form);
  Stop stop;
  Listener listener(channel.sockets[0]);
  std::thread source([&] {
    wait_ready(listener.descriptor(), 1, stop);
    auto peer = listener.accept();
    try {
      send_all(peer.get(), bytes, stop, "test");
    } catch (const Failure&) {
      // The destination has seen enough.
    }
  });
  MemoryFile out;
  PlatformOutput platform(out.fd());
  WriteOptions options;
  options.channel = channel;
  Written written;
  try {
    run_write(make_write_request(catalog, {}).value(), writer, options, platform, stop);
  } catch (const Failure& failure) {
    written.error = failure.what();
  }
  source.join();
  written.output = out.content();
  return written;
}

/// The frames of a read, as one socket carries them.
std::string socket_bytes(MemorySource& source, const protocol::ConfiguredCatalog& catalog,
                         WireForm form) {
  TemporaryFolder folder;
  auto channel = sockets_in(folder, 1, form);
  MemoryFile out;
  Stop stop;
  std::thread reading([&] {
    PlatformOutput platform(out.fd(), &stop);
    run_read(source, nlohmann::json::object(), stream_requests(catalog, {}, 1), channel, platform,
             stop);
  });
  auto socket = connect_to(channel.sockets[0], stop);
  std::string bytes(1 << 20, '\0');
  std::size_t size = 0;
  for (std::size_t got = 1; got > 0; size += got) {
    wait_ready(socket.get(), 1, stop);
    got = receive_some(socket.get(), bytes.data() + size, bytes.size() - size).value_or(0);
  }
  reading.join();
  bytes.resize(size);
  return bytes;
}

TEST_CASE("a socket cut at every byte leaves a prefix whose position fits its rows") {
  MemorySource source;
  source.rows = 8;
  source.rows_per_partition = 4;
  source.parallel = false;
  auto catalog = catalog_of({"a", "b"});
  for (auto form : {WireForm::protobuf, WireForm::jsonl, WireForm::batch}) {
    auto bytes = socket_bytes(source, catalog, form);
    for (bool direct : {true, false}) {
      for (std::size_t cut = 0; cut <= bytes.size(); cut += 7) {
        MemoryWriter writer(2, direct);
        auto written = write_from_socket(bytes.substr(0, cut), writer, catalog, form);
        INFO("cut at " << cut);
        check_prefix(writer, written.output);
      }
      MemoryWriter writer(2, direct);
      CHECK(write_from_socket(bytes, writer, catalog, form).error.empty());
      CHECK(writer.tables[0].rows() == numbers_to(8));
      CHECK(writer.tables[1].complete);
    }
  }
}

std::string record_line(const std::string& stream, int id) {
  return R"({"type":"RECORD","record":{"stream":")" + stream + R"(","data":{"id":)" +
         std::to_string(id) + R"(,"text":"x"},"emitted_at":1}})" + "\n";
}
std::string complete_line(const std::string& stream) {
  protocol::StreamDescriptor descriptor{{}, stream};
  return line_of(stream_status(descriptor, protocol::StreamStatusTrace::Status::complete)) + "\n";
}
std::string state_line(const std::string& body) {
  return R"({"type":"STATE","state":)" + body + "}\n";
}
std::string stream_state_line(const std::string& stream, const std::string& more = "") {
  return state_line(R"({"type":"STREAM","stream":{"stream_descriptor":{"name":")" + stream +
                    R"("},"stream_state":{"at":1}})" + more + "}");
}

TEST_CASE("rows after the last state are stored when the stream completes, and dropped when not") {
  for (bool direct : {true, false}) {
    auto catalog = catalog_of({"a"});
    auto input = record_line("a", 0) + stream_state_line("a") + record_line("a", 1);
    MemoryWriter dropped(1, direct);
    CHECK(write_from(input, dropped, catalog).error.empty());
    CHECK(dropped.tables[0].rows() == numbers_to(1));
    CHECK_FALSE(dropped.tables[0].complete);
    MemoryWriter stored(1, direct);
    CHECK(write_from(input + complete_line("a"), stored, catalog).error.empty());
    CHECK(stored.tables[0].rows() == numbers_to(2));
    CHECK(stored.tables[0].complete);
  }
}

TEST_CASE("a GLOBAL state is committed whole, with the rows of all streams before it") {
  for (bool direct : {true, false}) {
    auto catalog = catalog_of({"a", "b"});
    auto global = state_line(
        R"({"type":"GLOBAL","global":{"shared_state":{"lsn":7},"stream_states":[{"stream_descriptor":{"name":"a"},"stream_state":{"x":1}}]},"id":5,"sourceStats":{"recordCount":3.0}})");
    MemoryWriter writer(2, direct);
    auto written = write_from(record_line("a", 0) + record_line("b", 0) + record_line("a", 1) +
                                  global + complete_line("a") + complete_line("b"),
                              writer, catalog);
    CHECK(written.error.empty());
    CHECK(writer.tables[0].rows() == numbers_to(2));
    CHECK(writer.tables[1].rows() == numbers_to(1));
    auto kept = protocol::parse_start_state(writer.global.value());
    REQUIRE(kept.has_value());
    CHECK(kept->global->shared_state == R"({"lsn":7})");
    auto states = only<protocol::StateMessage>(written.output);
    REQUIRE(states.size() == 1);
    CHECK(states[0].id == 5);
    CHECK(states[0].committed_records == 3);
    CHECK(states[0].global->stream_states[0].committed_records == 2);
  }
}

TEST_CASE("a LEGACY state is its blob") {
  auto catalog = catalog_of({"a"});
  MemoryWriter writer(1, false);
  auto written =
      write_from(record_line("a", 0) + state_line(R"({"data":{"old":true}})"), writer, catalog);
  CHECK(written.error.empty());
  CHECK(writer.global == R"({"old":true})");
  CHECK(writer.tables[0].rows() == numbers_to(1));
}

TEST_CASE("what breaks the protocol fails by name, and what was covered is kept and confirmed") {
  auto catalog = catalog_of({"a"});
  auto good = record_line("a", 0) + stream_state_line("a", R"(,"id":1)");
  auto failing = [&](const std::string& bad) {
    MemoryWriter writer(1, false);
    auto written = write_from(good + bad, writer, catalog);
    CHECK(writer.tables[0].rows() == numbers_to(1));
    CHECK(only<protocol::StateMessage>(written.output).size() == 1);
    return written.error;
  };
  CHECK(failing(record_line("zz", 1)).find("zz") != std::string::npos);
  CHECK(failing(R"({"type":"RECORD","record":{"stream":"a","data":{)"
                "\n") != "");
  CHECK(failing(R"({"type":"STATE","state":{"type":"STREAM")"
                "\n") != "");
  CHECK(failing(R"({"type":"RECORD","record":{"stream":"a")") != "");
  CHECK(failing(record_line("a", 1) + stream_state_line("a", R"(,"sourceStats":{"recordCount":2})"))
            .find("stands for 2 records, and 1 came") != std::string::npos);
  CHECK(failing(R"({"type":"RECORD","record":{"stream":"a","data":{"zz":1},"emitted_at":1}})"
                "\n" +
                stream_state_line("a")) != "");  // F-10
  CHECK(failing(complete_line("a") + record_line("a", 1)).find("after the stream was complete") !=
        std::string::npos);
}

TEST_CASE("F-34: a destination that is gone ends the read at once, by name") {
  TemporaryFolder folder;
  MemorySource source;
  source.rows = 1'000'000'000;
  auto channel = sockets_in(folder, 2, WireForm::protobuf);
  MemoryFile out;
  Stop stop;
  bool succeeded = true;
  std::thread reading([&] {
    PlatformOutput platform(out.fd(), &stop);
    succeeded = run_read(source, nlohmann::json::object(),
                         stream_requests(catalog_of({"a"}), {}, 1), channel, platform, stop);
  });
  auto first = connect_to(channel.sockets[0], stop);
  auto second = connect_to(channel.sockets[1], stop);
  first.reset();
  second.reset();
  reading.join();
  CHECK_FALSE(succeeded);
  CHECK(out.content().find("the destination closed") != std::string::npos);
}

TEST_CASE("a stop ends a read that waits for its peer, and a write that waits for its source") {
  TemporaryFolder folder;
  MemorySource source;
  auto channel = sockets_in(folder, 1, WireForm::protobuf);
  Stop stop;
  MemoryFile out;
  PlatformOutput platform(out.fd());
  bool read_stopped = false;
  std::thread reading([&] {
    try {
      run_read(source, nlohmann::json::object(), stream_requests(catalog_of({"a"}), {}, 1), channel,
               platform, stop);
    } catch (const Stopped&) {
      read_stopped = true;
    }
  });
  stop.ask();
  reading.join();
  CHECK(read_stopped);
  MemoryWriter writer(1, true);
  WriteOptions options;
  options.channel = sockets_in(folder, 2, WireForm::protobuf);
  auto request = make_write_request(catalog_of({"a"}), {}).value();
  CHECK_THROWS_AS(run_write(request, writer, options, platform, stop), Stopped);
}

}  // namespace
}  // namespace wharf::connector
