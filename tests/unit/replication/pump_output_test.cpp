#include "replication/pump_output.h"

#include <fcntl.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <csignal>
#include <optional>
#include <string>

using namespace wharf;
using namespace wharf::replication;

namespace {

// A pump's way out, and the destination that reads it, when it is told to.
struct Way {
  boost::asio::io_context io;
  base::UniqueFd read_end;
  std::optional<PumpOutput> out;
  bool flushed = false;

  Way() {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
    read_end = base::UniqueFd(ends[0]);
    out.emplace(io.get_executor(), base::UniqueFd(ends[1]));
  }

  void make(std::string_view line) {
    const std::size_t begin = out->made().size();
    out->made().append(line);
    out->add_made(begin);
  }

  // Begins to write; turns until there is nothing to do but wait.
  void flush(std::string& buffer) {
    flushed = false;
    boost::asio::co_spawn(io, out->flush(buffer.data()),
                          [this](std::exception_ptr) { flushed = true; });
    turn();
  }
  void turn() {
    io.restart();
    io.poll();
  }

  std::string read() {
    std::string all;
    char bytes[65536];
    for (;;) {
      const auto got = ::read(read_end.get(), bytes, sizeof bytes);
      if (got <= 0) return all;
      all.append(bytes, static_cast<std::size_t>(got));
    }
  }
};

}  // namespace

TEST_CASE("lines go out in their order, those that are forwarded and those that are made") {
  Way way;
  std::string buffer = "one\ntwo\nthree\nfour\n";
  way.out->forward(0, 4);
  way.out->forward(4, 4);
  way.make("made\n");
  way.make("again\n");
  way.out->forward(14, 5);
  way.flush(buffer);
  CHECK(way.flushed);
  CHECK(way.read() == "one\ntwo\nmade\nagain\nfour\n");
  CHECK(way.out->bytes_taken() == 24);

  way.make("new\n");
  way.flush(buffer);
  CHECK(way.read() == "new\n");
}

TEST_CASE("a destination that does not read is waited for, and gets every byte") {
  Way way;
  std::string buffer(std::size_t{1} << 20, 'x');
  for (std::size_t i = 0; i < buffer.size(); i += 1024) buffer[i] = static_cast<char>('a' + i % 23);
  way.out->forward(0, buffer.size());
  way.make("end");
  way.flush(buffer);
  CHECK_FALSE(way.flushed);
  CHECK(way.out->is_blocked());
  std::string came;
  for (int i = 0; i < 1000 && !way.flushed; ++i) {
    came += way.read();
    way.turn();
  }
  came += way.read();
  CHECK(way.flushed);
  CHECK_FALSE(way.out->is_blocked());
  CHECK(came == buffer + "end");
  CHECK(way.out->bytes_taken() == came.size());
}

TEST_CASE("who is given up, or reads no more, is not waited for") {
  Way abandoned;
  std::string buffer(std::size_t{1} << 20, 'x');
  abandoned.out->forward(0, buffer.size());
  abandoned.flush(buffer);
  REQUIRE_FALSE(abandoned.flushed);
  abandoned.out->abandon();
  abandoned.turn();
  CHECK(abandoned.flushed);

  ::signal(SIGPIPE, SIG_IGN);  // as everywhere in Wharf
  Way gone;
  gone.read_end.reset();
  gone.out->forward(0, buffer.size());
  gone.flush(buffer);
  CHECK(gone.flushed);
  CHECK(gone.out->bytes_taken() == 0);
}
