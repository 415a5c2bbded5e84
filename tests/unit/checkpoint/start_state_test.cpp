#include "checkpoint/start_state.h"

#include <catch2/catch.hpp>

using namespace wharf;
using namespace wharf::checkpoint;
using protocol::StreamDescriptor;
using protocol::SyncMode;

namespace {

/// One stream `s` and the destination's word on it, to be bent by each test.
struct Case {
  StartFacts facts;

  explicit Case(SyncMode mode) {
    auto& stream = facts.streams.emplace_back();
    stream.source_name = {{}, "s"};
    stream.destination_name = {"ns", "p_s"};
    stream.mode = mode;
    facts.attempt = {base::JobId(10), 0};
    if (mode == SyncMode::full_refresh) {
      counters().generation = 5;
      counters().start_generation = 5;
      counters().start_job = base::JobId(10);
    }
  }
  Counters& counters() { return facts.streams[0].counters; }
  Case& checkpoint(const std::string& text) {
    auto& state = facts.checkpoints.streams.emplace_back();
    state.descriptor = {{}, "s"};
    state.state = text;
    return *this;
  }
  /// The destination holds a position, so far of no stream.
  Case& asked() {
    if (!facts.position) facts.position.emplace();
    return *this;
  }
  Case& written_by(std::int64_t job, std::int64_t attempt) {
    asked();
    facts.position->job = job;
    facts.position->attempt = attempt;
    return *this;
  }
  protocol::StreamPosition& holds(std::int64_t generation, std::int64_t epoch,
                                  std::optional<std::string> state) {
    asked();
    auto& position = facts.position->streams.emplace_back();
    position.descriptor = facts.streams[0].destination_name;
    position.generation = generation;
    position.epoch = epoch;
    position.state = std::move(state);
    return position;
  }
  StartPlan plan() const { return plan_start(facts); }
};

StartFrom from(const StartPlan& plan) {
  return plan.streams.at(0).from;
}
std::string given(const StartPlan& plan) {
  const auto* state = plan.state.of({{}, "s"});
  return state == nullptr ? "" : *state;
}

}  // namespace

TEST_CASE("F-22: the destination's position decides, whatever the checkpoint says") {
  Case c(SyncMode::incremental);
  c.checkpoint("{\"old\":1}").written_by(9, 0).holds(0, 0, "{\"new\":2}");
  auto plan = c.plan();
  CHECK(from(plan) == StartFrom::position);
  CHECK(given(plan) == "{\"new\":2}");
  CHECK_FALSE(plan.write_again);
  CHECK(plan.notices.empty());
}

TEST_CASE("with a foreign destination the checkpoint decides") {
  Case c(SyncMode::incremental);
  CHECK(from(c.plan()) == StartFrom::beginning);
  c.checkpoint("{\"x\":1}");
  CHECK(from(c.plan()) == StartFrom::checkpoint);
  CHECK(given(c.plan()) == "{\"x\":1}");
}

TEST_CASE("F-83: rows that are gone from the destination are read again, and it is said") {
  Case c(SyncMode::incremental);
  c.checkpoint("{\"x\":1}").asked();
  auto plan = c.plan();
  CHECK(from(plan) == StartFrom::beginning);
  CHECK(plan.state.empty());
  REQUIRE(plan.notices.size() == 1);
  CHECK(plan.notices[0].find("stream s starts over") != std::string::npos);
  CHECK_FALSE(plan.write_again);
}

TEST_CASE("F-83: after the data directory was lost an incremental stream goes on") {
  Case c(SyncMode::incremental);
  c.facts.attempt = {base::JobId(1), 0};
  c.written_by(12, 3).holds(4, 2, "{\"x\":1}");
  auto plan = c.plan();
  CHECK(from(plan) == StartFrom::position);
  CHECK(given(plan) == "{\"x\":1}");
  CHECK(plan.write_again);
  CHECK(plan.raise.job_at_least == base::JobId(13));
  REQUIRE(plan.raise.streams.size() == 1);
  CHECK(plan.raise.streams[0].generation == 4);
  CHECK(plan.raise.streams[0].epoch == 2);
}

TEST_CASE("F-83: after the data directory was lost an overwrite gets a generation above the old") {
  Case c(SyncMode::full_refresh);
  c.facts.attempt = {base::JobId(1), 0};
  c.counters().generation = c.counters().start_generation = 1;
  // By chance the numbers look as if this very attempt had completed it.
  c.written_by(1, 0).holds(1, 0, "{}").complete = true;
  auto plan = c.plan();
  CHECK(from(plan) == StartFrom::beginning);
  REQUIRE(plan.raise.streams.size() == 1);
  CHECK(plan.raise.streams[0].generation == 2);
  CHECK(plan.raise.job_at_least == base::JobId(2));
}

TEST_CASE("an attempt of a job that its destination knows already needs no new number") {
  Case c(SyncMode::incremental);
  c.facts.attempt = {base::JobId(10), 2};
  c.facts.settled = true;
  c.written_by(10, 1).holds(0, 0, "{}");
  CHECK(c.plan().raise.empty());
}

TEST_CASE("F-23: a state set by hand wins over an older position, and is not set twice") {
  Case c(SyncMode::incremental);
  c.counters().epoch = 1;
  c.counters().edit = Edit::fresh;
  c.checkpoint("{\"hand\":1}").written_by(9, 0).holds(0, 0, "{\"old\":1}");
  auto plan = c.plan();
  CHECK(from(plan) == StartFrom::checkpoint);
  CHECK(given(plan) == "{\"hand\":1}");
  CHECK(plan.raise.empty());

  SECTION("a crash before anything was committed changes nothing") {
    c.counters().edit = Edit::given;
    CHECK(from(c.plan()) == StartFrom::checkpoint);
  }
  SECTION("once the destination has committed under the new epoch, it decides again") {
    c.counters().edit = Edit::given;
    c.facts.position->streams[0].epoch = 1;
    c.facts.position->streams[0].state = "{\"newer\":1}";
    CHECK(from(c.plan()) == StartFrom::position);
    CHECK(given(c.plan()) == "{\"newer\":1}");
  }
  SECTION("a state set in a new data directory is above the epochs of a lost one") {
    c.facts.position->streams[0].epoch = 7;
    auto raised = c.plan();
    CHECK(from(raised) == StartFrom::checkpoint);
    REQUIRE(raised.raise.streams.size() == 1);
    CHECK(raised.raise.streams[0].epoch == 8);
  }
  SECTION("also into a destination that is empty") {
    c.facts.position->streams.clear();
    CHECK(from(c.plan()) == StartFrom::checkpoint);
  }
}

TEST_CASE("F-23: a cleared state does not come back from the destination") {
  Case c(SyncMode::incremental);
  c.counters().epoch = 1;
  c.counters().edit = Edit::fresh;
  c.holds(0, 0, "{\"old\":1}");
  auto plan = c.plan();
  CHECK(from(plan) == StartFrom::beginning);
  CHECK(plan.notices.empty());
}

TEST_CASE("F-83: a destination restored from before a set state starts over, and it is said") {
  Case c(SyncMode::incremental);
  c.counters().epoch = 1;
  c.checkpoint("{\"later\":1}").holds(0, 0, "{\"old\":1}");
  auto plan = c.plan();
  CHECK(from(plan) == StartFrom::beginning);
  CHECK(plan.notices.size() == 1);
}

TEST_CASE("F-84: full refresh starts over in each attempt unless its source is trusted") {
  Case c(SyncMode::full_refresh);
  c.facts.attempt.number = 1;
  c.facts.settled = true;
  c.counters().generation = 6;  // this attempt's; 5 was the first one's
  c.written_by(10, 0).holds(5, 0, "{\"half\":1}");
  auto plan = c.plan();
  CHECK(from(plan) == StartFrom::beginning);
  CHECK(plan.state.empty());
  CHECK(plan.raise.empty());
}

TEST_CASE("F-84: a stream that the job has completed is left out of its later attempts") {
  Case c(SyncMode::full_refresh);
  c.facts.attempt.number = 1;
  c.facts.settled = true;
  c.counters().generation = 6;
  c.written_by(10, 0).holds(5, 0, "{}").complete = true;
  auto plan = c.plan();
  CHECK(from(plan) == StartFrom::left_out);
  CHECK(plan.leaves_out({{}, "s"}));
  CHECK(plan.write_again);
  CHECK(plan.raise.empty());

  SECTION("and stays so when write, started without it, says nothing of it") {
    c.checkpoint("{}");
    c.facts.streams[0].is_left_out = true;
    c.facts.position->streams.clear();
    plan = c.plan();
    CHECK(from(plan) == StartFrom::left_out);
    CHECK_FALSE(plan.write_again);
    CHECK(plan.notices.empty());
  }
  SECTION("and is left out once, though write may still speak of it") {
    c.facts.streams[0].is_left_out = true;
    CHECK(from(c.plan()) == StartFrom::left_out);
    CHECK_FALSE(c.plan().write_again);
  }
  SECTION("but not one that an earlier job completed") {
    c.facts.position->streams[0].generation = 4;
    CHECK(from(c.plan()) == StartFrom::beginning);
  }
  SECTION("nor while the destination has not taken this job's numbers") {
    c.facts.settled = false;
    CHECK(from(c.plan()) == StartFrom::beginning);
  }
}

TEST_CASE("resumable full refresh goes on inside its generation") {
  Case c(SyncMode::full_refresh);
  c.facts.streams[0].resumable = true;
  c.facts.attempt.number = 1;
  c.facts.settled = true;
  c.written_by(10, 0).holds(5, 0, "{\"half\":1}");
  CHECK(from(c.plan()) == StartFrom::position);
  CHECK(given(c.plan()) == "{\"half\":1}");

  SECTION("and not in the first attempt, whatever the destination has") {
    c.facts.settled = false;
    c.facts.attempt = {base::JobId(11), 0};
    auto plan = c.plan();
    CHECK(from(plan) == StartFrom::beginning);
    CHECK(plan.raise.streams.at(0).generation == 6);
  }
  SECTION("and over again if what was committed is gone") {
    c.checkpoint("{\"half\":1}").facts.position->streams.clear();
    CHECK(from(c.plan()) == StartFrom::beginning);
    CHECK(c.plan().notices.size() == 1);
  }
  SECTION("and from the checkpoint with a foreign destination") {
    c.checkpoint("{\"half\":1}").facts.position.reset();
    CHECK(from(c.plan()) == StartFrom::checkpoint);
  }
}

namespace {

/// Two incremental streams under one GLOBAL state.
StartFacts global_facts() {
  StartFacts facts;
  facts.attempt = {base::JobId(10), 0};
  facts.position.emplace();
  facts.position->job = 9;
  facts.position->attempt = 0;
  for (const char* name : {"a", "b"}) {
    auto& stream = facts.streams.emplace_back();
    stream.source_name = stream.destination_name = StreamDescriptor{{}, name};
    stream.mode = SyncMode::incremental;
    facts.position->streams.emplace_back().descriptor = stream.destination_name;
  }
  facts.position->global =
      R"({"type":"GLOBAL","global":{"shared_state":{"lsn":9},"stream_states":[)"
      R"({"stream_descriptor":{"name":"a"},"stream_state":{"k":1}},)"
      R"({"stream_descriptor":{"name":"b"},"stream_state":{"k":2}}]}})";
  facts.checkpoints.global.emplace().shared_state = "{\"lsn\":1}";
  return facts;
}

}  // namespace

TEST_CASE("a GLOBAL position is taken whole") {
  auto plan = plan_start(global_facts());
  REQUIRE(plan.state.global.has_value());
  CHECK(plan.state.global->shared_state == "{\"lsn\":9}");
  CHECK(*plan.state.of({{}, "a"}) == "{\"k\":1}");
  CHECK(*plan.state.of({{}, "b"}) == "{\"k\":2}");
}

TEST_CASE("F-25: one stream cleared under a GLOBAL state leaves the others theirs") {
  auto facts = global_facts();
  facts.streams[0].counters.epoch = 1;
  facts.streams[0].counters.edit = Edit::fresh;
  auto plan = plan_start(facts);
  CHECK(plan.streams[0].from == StartFrom::beginning);
  CHECK(plan.streams[1].from == StartFrom::position);
  CHECK(plan.state.of({{}, "a"}) == nullptr);
  CHECK(plan.state.global->shared_state == "{\"lsn\":9}");
}

TEST_CASE("a GLOBAL state set by hand wins as a whole") {
  auto facts = global_facts();
  facts.global.epoch = 1;
  facts.global.edit = Edit::fresh;
  auto& state = facts.checkpoints.global->stream_states.emplace_back();
  state.descriptor = {{}, "a"};
  state.state = "{\"hand\":1}";
  auto plan = plan_start(facts);
  REQUIRE(plan.state.global.has_value());
  CHECK(plan.state.global->shared_state == "{\"lsn\":1}");
  CHECK(*plan.state.of({{}, "a"}) == "{\"hand\":1}");
  CHECK(plan.streams[1].from == StartFrom::beginning);
}

TEST_CASE("a LEGACY blob is passed on as it is") {
  auto facts = global_facts();
  facts.position->global = "{\"cursor\":\"x\"}";
  facts.checkpoints = {};
  auto plan = plan_start(facts);
  CHECK(plan.state.legacy == "{\"cursor\":\"x\"}");
}
