// What the store holds after its process was killed.

#include <database/database.h>
#include <sqlite/statement.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>

#include "engine_fixture.h"

using namespace wharf;
using database::Database;
using database::DataDirectory;
using sqlite::Transaction;

namespace {

void put_meta(Transaction& tx, std::string_view key) {
  tx.statement("insert into meta values (?, '')").execute(key);
}

/// Writes one row, then holds another in its transaction, says so, and waits to be killed.
[[noreturn]] void write_and_wait(const test::fs::path& path, int tell) {
  auto directory = DataDirectory::open(path);
  auto db = Database::open(*directory).value();
  db->write([](Transaction& tx) { put_meta(tx, "answered"); });
  auto unanswered = db->write_async([&](Transaction& tx) {
    put_meta(tx, "unanswered");
    if (::write(tell, "x", 1) == 1) ::pause();
  });
  unanswered.wait();
  ::_exit(0);
}

}  // namespace

TEST_CASE("F-22: what write has answered is there after kill -9") {
  test::Scratch scratch;
  int pipe_ends[2];
  REQUIRE(::pipe(pipe_ends) == 0);
  const auto child = ::fork();
  if (child == 0) write_and_wait(scratch.path, pipe_ends[1]);
  char byte = 0;
  REQUIRE(::read(pipe_ends[0], &byte, 1) == 1);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ::close(pipe_ends[0]);
  ::close(pipe_ends[1]);

  auto directory = DataDirectory::open(scratch.path);  // the lock went with its holder
  REQUIRE(directory.has_value());
  auto db = Database::open(*directory).value();
  CHECK(db->read([](sqlite::Connection& c) {
    const bool answered = c.statement("select 1 from meta where key = 'answered'").run().next();
    return answered && c.number("select count(*) from meta") == 1;
  }));
}
