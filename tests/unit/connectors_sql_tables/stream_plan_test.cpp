#include "connectors/sql_tables/stream_plan.h"

#include <catch2/catch.hpp>

using namespace wharf::connectors::sql_tables;
using wharf::connector::WriteStream;

namespace {

WriteStream stream(bool dedup, bool truncate, bool staged) {
  WriteStream stream;
  stream.dedup = dedup;
  stream.truncate = truncate;
  stream.staged = staged;
  return stream;
}

HeldPosition staged(std::int64_t generation) {
  HeldPosition held;
  held.staging = "s";
  held.generation = generation;
  return held;
}

constexpr Standing kBoth{true, true};

}  // namespace

TEST_CASE("where rows go") {
  CHECK(landing_of(stream(false, false, false)) == Landing::direct);
  CHECK(landing_of(stream(false, false, true)) == Landing::join);
  CHECK(landing_of(stream(true, false, false)) == Landing::merge);
  CHECK(landing_of(stream(true, false, true)) == Landing::merge);
  CHECK(landing_of(stream(false, true, true)) == Landing::replace);
  CHECK(landing_of(stream(true, true, true)) == Landing::replace);
}

TEST_CASE("F-16, F-84: a staging goes on in its generation and is dropped in a later one") {
  CHECK(recovery_of(staged(3), kBoth, Landing::replace, 3, true) == Recovery::cut);
  CHECK(recovery_of(staged(3), kBoth, Landing::join, 3, true) == Recovery::cut);
  CHECK(recovery_of(staged(3), kBoth, Landing::replace, 4, true) == Recovery::drop);
  CHECK(recovery_of(staged(3), kBoth, Landing::merge, 3, true) == Recovery::cut_then_join);
  CHECK(recovery_of(staged(3), kBoth, Landing::direct, 3, true) == Recovery::cut_then_join);
  CHECK(recovery_of(staged(3), kBoth, Landing::replace, 3, false) == Recovery::drop);
}

TEST_CASE("F-83: a staging of a later generation is left alone") {
  CHECK(recovery_of(staged(7), kBoth, Landing::replace, 1, true) == Recovery::leave);
}

TEST_CASE("a join that was decided is finished, whatever the generation") {
  auto held = staged(3);
  held.joining = true;
  CHECK(recovery_of(held, kBoth, Landing::direct, 9, true) == Recovery::join);
}

TEST_CASE("F-80: rows that are not where the position says are gone") {
  CHECK(recovery_of(staged(3), {true, false}, Landing::replace, 3, true) == Recovery::gone);
  CHECK(recovery_of(HeldPosition{}, {false, false}, Landing::direct, 3, true) == Recovery::gone);
  CHECK(recovery_of(HeldPosition{}, {true, false}, Landing::direct, 3, true) == Recovery::as_is);
}
