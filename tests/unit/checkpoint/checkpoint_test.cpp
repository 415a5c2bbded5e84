#include "checkpoint/checkpoint_table.h"

#include <catch2/catch.hpp>

#include "checkpoint/generation_table.h"
#include "checkpoint/state_edit.h"
#include "database/migrations.h"

using namespace wharf;
using namespace wharf::checkpoint;
using protocol::StateMessage;
using protocol::StreamDescriptor;

namespace {

const base::ConnectionId kConnection("c");
const base::WallTime kNow = base::from_millis(1);
const Written kByAttempt{base::AttemptId{base::JobId(1), 0}, kNow};
const StreamDescriptor kA{{}, "a"};
const StreamDescriptor kB{"public", "b"};

/// A store with two connections in it, inside one transaction.
struct Store {
  sqlite::Connection db{":memory:"};
  std::optional<sqlite::Transaction> open;
  Store() {
    REQUIRE(sqlite::migrate(db, database::migrations()).has_value());
    db.execute(R"sql(
      pragma foreign_keys = on;
      insert into definition (id, kind, name, builtin) values ('d', 'source', 'd', 'd');
      insert into source (id, definition_id, name, config, managed_by, created, updated)
        values ('s', 'd', 's', '{}', 'file', 0, 0);
      insert into destination (id, definition_id, name, config, managed_by, created, updated)
        values ('t', 'd', 't', '{}', 'file', 0, 0);
      insert into connection (id, name, source_id, destination_id, status, catalog,
        namespace_definition, namespace_format, prefix, mode, managed_by, created, updated)
        select value, value, 's', 't', 'active', '{}', 'source', '', '', 'auto', 'file', 0, 0
        from json_each('["c", "other"]');
      insert into job (id, connection_id, status, trigger, config_hash, catalog, settings,
                       resumable_full_refresh, next_try, created)
        values (1, 'c', 'succeeded', 'manual', '', '{}', '{}', 0, 0, 0),
               (2, 'c', 'succeeded', 'manual', '', '{}', '{}', 0, 0, 0))sql");
    open.emplace(db);
  }
  sqlite::Transaction& tx() { return *open; }
  protocol::StartState load() { return checkpoint_table::load(db, kConnection); }
  Counters counters(const StreamDescriptor& stream) {
    return generation_table::get(db, kConnection, stream);
  }
};

StateMessage stream_state(const StreamDescriptor& stream, std::optional<std::string> text) {
  StateMessage state;
  state.type = StateMessage::Type::stream;
  state.stream.emplace();
  state.stream->descriptor = stream;
  state.stream->state = std::move(text);
  return state;
}

StateMessage global_state(std::optional<std::string> shared,
                          std::vector<std::pair<StreamDescriptor, std::string>> streams) {
  StateMessage state;
  state.type = StateMessage::Type::global;
  state.global.emplace();
  state.global->shared_state = std::move(shared);
  for (auto& [stream, text] : streams) {
    auto& one = state.global->stream_states.emplace_back();
    one.descriptor = stream;
    one.state = text;
  }
  return state;
}

StateMessage legacy_state(std::string text) {
  StateMessage state;
  state.data = std::move(text);
  return state;
}

}  // namespace

TEST_CASE("F-25: a state of one stream replaces that stream's and no other") {
  Store store;
  for (const auto& [stream, text] : {std::pair{kA, "{\"x\":1e400}"}, {kB, "{\"y\":2}"}})
    REQUIRE(checkpoint_table::store(store.tx(), kConnection, stream_state(stream, text), kByAttempt)
                .has_value());
  REQUIRE(
      checkpoint_table::store(store.tx(), kConnection, stream_state(kB, "{\"y\":3}"), kByAttempt)
          .has_value());
  CHECK(*store.load().of(kA) == "{\"x\":1e400}");  // its text as the source wrote it
  CHECK(*store.load().of(kB) == "{\"y\":3}");
  CHECK(checkpoint_table::load(store.db, base::ConnectionId("other")).empty());
}

TEST_CASE("a null state deletes the stream's, and null and '' are the same namespace") {
  Store store;
  REQUIRE(checkpoint_table::store(store.tx(), kConnection, stream_state(kA, "{}"), kByAttempt)
              .has_value());
  REQUIRE(checkpoint_table::store(store.tx(), kConnection,
                                  stream_state({std::string(), "a"}, std::nullopt), kByAttempt)
              .has_value());
  CHECK(store.load().empty());
}

TEST_CASE("a GLOBAL state keeps its shared part and its streams") {
  Store store;
  REQUIRE(checkpoint_table::store(store.tx(), kConnection,
                                  global_state("{\"lsn\":9}", {{kA, "{}"}, {kB, "{\"k\":1}"}}),
                                  kByAttempt)
              .has_value());
  auto state = store.load();
  REQUIRE(state.global.has_value());
  CHECK(state.global->shared_state == "{\"lsn\":9}");
  CHECK(state.global->stream_states.size() == 2);
  CHECK(*state.of(kB) == "{\"k\":1}");
}

TEST_CASE("types of states do not mix, but a LEGACY one gives way") {
  Store store;
  REQUIRE(checkpoint_table::store(store.tx(), kConnection, legacy_state("{\"old\":1}"), kByAttempt)
              .has_value());
  CHECK(store.load().legacy == "{\"old\":1}");
  REQUIRE(checkpoint_table::store(store.tx(), kConnection, stream_state(kA, "{}"), kByAttempt)
              .has_value());
  CHECK_FALSE(store.load().legacy.has_value());
  auto mixed = checkpoint_table::store(store.tx(), kConnection, global_state("{}", {}), kByAttempt);
  REQUIRE_FALSE(mixed.has_value());
  CHECK(mixed.error().code == ErrorCode::conflict);
  CHECK(store.load().streams.size() == 1);
}

TEST_CASE("removing some streams keeps the shared state, removing the last takes it along") {
  Store store;
  REQUIRE(checkpoint_table::store(store.tx(), kConnection,
                                  global_state("{\"lsn\":9}", {{kA, "{}"}, {kB, "{}"}}), kByAttempt)
              .has_value());
  checkpoint_table::remove(store.tx(), kConnection, std::vector{kA});
  CHECK(store.load().global->shared_state == "{\"lsn\":9}");
  CHECK(store.load().of(kA) == nullptr);
  checkpoint_table::remove(store.tx(), kConnection, std::vector{kB});
  CHECK(store.load().empty());
}

TEST_CASE("generations rise, remember where their job began, and never fall") {
  Store store;
  CHECK(store.counters(kA).generation == 0);
  CHECK(generation_table::bump(store.tx(), kConnection, kA, base::JobId(1), false) == 1);
  CHECK(generation_table::bump(store.tx(), kConnection, kA, base::JobId(2), true) == 2);
  CHECK(generation_table::bump(store.tx(), kConnection, kA, base::JobId(2), true) == 3);
  auto counters = store.counters(kA);
  CHECK(counters.minimum_generation == 3);
  CHECK(counters.start_job == base::JobId(2));
  CHECK(counters.start_generation == 2);
  generation_table::raise_to(store.tx(), kConnection, kA, 9, 4);
  generation_table::raise_to(store.tx(), kConnection, kA, 5, 1);
  counters = store.counters(kA);
  CHECK(counters.generation == 9);
  CHECK(counters.minimum_generation == 9);
  CHECK(counters.epoch == 4);
  generation_table::job_begins(store.tx(), kConnection, base::JobId(2));
  CHECK(store.counters(kA).start_generation == 9);
}

TEST_CASE("F-23: a state set by hand raises the epoch of what it names, until it is confirmed") {
  Store store;
  protocol::StartState state;
  state.streams.emplace_back().descriptor = kA;
  state.streams[0].state = "{\"x\":1}";
  REQUIRE(set_state(store.tx(), kConnection, state, kNow).has_value());
  CHECK(store.counters(kA).epoch == 1);
  CHECK(store.counters(kA).edit == Edit::fresh);
  CHECK(store.counters(kB).epoch == 0);
  generation_table::edits_given(store.tx(), kConnection);
  CHECK(store.counters(kA).edit == Edit::given);
  REQUIRE(checkpoint_table::store(store.tx(), kConnection, stream_state(kA, "{}"), kByAttempt)
              .has_value());
  CHECK(store.counters(kA).edit == Edit::none);
  CHECK(store.counters(kA).epoch == 1);
}

TEST_CASE("clearing a state raises the epoch too, and the shared one when nothing is left") {
  Store store;
  REQUIRE(checkpoint_table::store(store.tx(), kConnection,
                                  global_state("{\"lsn\":9}", {{kA, "{}"}, {kB, "{}"}}), kByAttempt)
              .has_value());
  const std::vector all{kA, kB};
  clear_state(store.tx(), kConnection, std::vector{kA}, all);
  CHECK(store.counters(kA).epoch == 1);
  CHECK(store.counters(kGlobalStream).epoch == 0);
  CHECK(store.load().of(kB) != nullptr);
  clear_state(store.tx(), kConnection, {}, all);
  CHECK(store.load().empty());
  CHECK(store.counters(kA).epoch == 2);
  CHECK(store.counters(kGlobalStream).epoch == 1);
}

TEST_CASE("what stood on another machine is put as it was, and no epoch rises") {
  Store store;
  protocol::StartState state;
  state.streams.push_back(*stream_state(kA, R"({"n":1.50})").stream);
  const std::vector<Counters> counters = {{kA, 3, 3, 2, Edit::fresh, base::JobId(77), 1},
                                          {kB, 1, 0, 0, Edit::none, std::nullopt, 0}};
  REQUIRE(restore(store.tx(), kConnection, state, counters, kNow).has_value());
  REQUIRE(store.load().streams.size() == 1);
  CHECK(store.load().streams[0].state == R"({"n":1.50})");
  const auto all = generation_table::all(store.db, kConnection);
  REQUIRE(all.size() == 2);
  CHECK(all[0].stream == kA);
  CHECK(all[0].generation == 3);
  CHECK(all[0].minimum_generation == 3);
  CHECK(all[0].epoch == 2);
  CHECK(all[0].edit == Edit::fresh);
  CHECK_FALSE(all[0].start_job.has_value());
  CHECK(all[1].stream == kB);
  CHECK(all[1].generation == 1);
  CHECK(generation_table::all(store.db, base::ConnectionId("other")).empty());
}
