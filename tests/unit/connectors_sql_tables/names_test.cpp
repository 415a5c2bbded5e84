#include "connectors/sql_tables/names.h"

#include <catch2/catch.hpp>
#include <set>

#include "connectors/sql_tables/latin.h"
#include "test_dialect.h"

using namespace wharf::connectors::sql_tables;
using wharf::protocol::StreamDescriptor;
using wharf::record::Schema;
using wharf::record::Type;

namespace {

const auto kFree = [](std::string_view) { return false; };

}  // namespace

TEST_CASE("names keep letters, digits and underscores, and lose what is not of them") {
  const auto dialect = test_dialect();
  CHECK(clean_name(dialect, "order items") == "order_items");
  CHECK(clean_name(dialect, "Größe-Ä") == "Gro_e_A");
  CHECK(clean_name(dialect, "Cafe\u0301 ﬀ") == "Cafe__");
  CHECK(clean_name(dialect, "ＡＢ１") == "AB1");
  CHECK(clean_name(dialect, "2nd") == "_2nd");
  CHECK(clean_name(dialect, "用户") == "__");
  CHECK(clean_name(dialect, "a\"b'c;--") == "a_b_c___");
  CHECK(clean_name(dialect, "\xff\xfe") == "__");
  CHECK(clean_name(dialect, "_WHARF_position") == "_WHARF_position");
  CHECK(clean_name(dialect, "_wharf_position") == "__wharf_position");
  CHECK(clean_name(dialect, "").substr(0, 13) == "default_name_");
  CHECK(plain_latin("ĳ ǅ ẞ") == "ij Dz _");
}

TEST_CASE("a reserved prefix is reserved in every spelling where the database folds case") {
  auto dialect = test_dialect();
  dialect.names_fold_case = true;
  CHECK(clean_name(dialect, "_Wharf_position") == "__Wharf_position");
}

TEST_CASE("names at the limit stay apart") {
  const auto dialect = test_dialect();
  std::set<std::string> seen;
  for (std::size_t size = 60; size < 70; ++size) {
    const auto name = clean_name(dialect, std::string(size, 'a'));
    CHECK(name.size() <= 63);
    CHECK(seen.insert(name).second);
  }
  CHECK(clean_name(dialect, std::string(64, 'a')).substr(0, 55) == std::string(54, 'a') + "_");
}

TEST_CASE("F-12: staging names collide neither with a table nor with each other, near the limit") {
  const auto dialect = test_dialect();
  std::set<std::string> seen;
  for (const auto& table : {std::string(63, 'a'), std::string(62, 'a') + "b", std::string("a")})
    for (const std::int64_t generation : {0L, 1L, 11L, 9'223'372'036'854'775'807L}) {
      const auto name = staging_name(dialect, table, generation);
      CHECK(name.size() <= 63);
      CHECK(seen.insert(name).second);
      CHECK(name.starts_with(staging_prefix(dialect, table)));
      CHECK(clean_name(dialect, name) != name);  // no stream's table can be called so
    }
}

TEST_CASE("all spellings of one table have one staging where the database folds case") {
  auto dialect = test_dialect();
  CHECK(staging_name(dialect, "Orders", 1) != staging_name(dialect, "orders", 1));
  dialect.names_fold_case = true;
  CHECK(staging_name(dialect, "Orders", 1) == staging_name(dialect, "orders", 1));
}

TEST_CASE("a table is called by namespace and stream") {
  const auto dialect = test_dialect();
  CHECK(flat_table_name(dialect, {std::nullopt, "orders"}) == "orders");
  CHECK(flat_table_name(dialect, {"", "orders"}) == "orders");
  CHECK(flat_table_name(dialect, {"shop", "orders"}) == "shop_orders");
}

TEST_CASE("streams that would meet in one table get a hash, and keep their table over runs") {
  const auto dialect = test_dialect();
  const StreamDescriptor stream{"a", "b_c"};
  const auto taken = [](std::string_view name) { return name == "a_b_c"; };
  CHECK(choose_table(dialect, stream, "a_b_c", "", kFree) == "a_b_c");
  const auto beside = choose_table(dialect, stream, "a_b_c", "", taken);
  CHECK(beside.size() == 9);
  CHECK(beside == "a_b_c_" + hash_of("a&airbyte&b_c", 3));
  CHECK(choose_table(dialect, stream, "a_b_c", beside, kFree) == beside);
  CHECK(choose_table(dialect, stream, "other", "a_b_c", kFree) == "other");
}

TEST_CASE("the hash is SHA-1") {
  CHECK(hash_of("abc", 40) == "a9993e364706816aba3e25717850c26c9cd0d89d");
}

TEST_CASE("columns that meet are numbered, and keep their names when others come before them") {
  auto dialect = test_dialect();
  dialect.names_fold_case = true;
  const Schema first({{"Id", Type::integer}, {"a b", Type::string}});
  const auto before = choose_columns(dialect, first, {}, {});
  CHECK(before.at("Id") == "Id");
  CHECK(before.at("a b") == "a_b");
  const Schema later({{"id", Type::string},
                      {"Id", Type::integer},
                      {"a_b", Type::string},
                      {"a b", Type::string},
                      {"_airbyte_meta", Type::string}});
  const auto after = choose_columns(dialect, later, before, {"full_name"});
  CHECK(after.at("Id") == "Id");
  CHECK(after.at("id") == "id_1");
  CHECK(after.at("a b") == "a_b");
  CHECK(after.at("a_b") == "a_b_1");
  CHECK(after.at("_airbyte_meta") == "_airbyte_meta_1");
}

TEST_CASE("a field that is gone keeps its column for the day it returns") {
  const auto dialect = test_dialect();
  const auto before = choose_columns(dialect, Schema({{"a-b", Type::string}}), {}, {});
  const auto after = choose_columns(dialect, Schema({{"a.b", Type::string}}), before, {});
  CHECK(after.at("a-b") == "a_b");
  CHECK(after.at("a.b") == "a_b_1");
}
