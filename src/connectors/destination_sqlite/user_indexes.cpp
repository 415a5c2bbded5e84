#include "connectors/destination_sqlite/user_indexes.h"

#include <algorithm>

#include "connectors/sql_tables/names.h"
#include "sqlite/statement.h"

namespace wharf::connectors::sqlite_destination {
namespace {

using sqlite::quoted_name;

constexpr std::string_view kCopyPrefix = "_wharf_copy_of_";

std::string name_of_copy(const std::string& index) {
  return std::string(kCopyPrefix) + index;
}

bool is_of_user(const Attached& it) {
  return it.type == "index" && !it.name.starts_with(sql_tables::kKeyIndexPrefix) && !is_copy(it);
}

const Attached* find(const std::vector<Attached>& list, const std::string& name) {
  const auto found =
      std::find_if(list.begin(), list.end(), [&](const Attached& it) { return it.name == name; });
  return found == list.end() ? nullptr : &*found;
}

}  // namespace

bool is_copy(const Attached& it) {
  return it.type == "index" && it.name.starts_with(kCopyPrefix);
}

void copy_user_indexes(sqlite::Connection& database, const std::string& target,
                       const std::string& staging) {
  const bool may_build = is_empty(database, staging);
  const auto standing = attached_to(database, staging);
  for (const auto& it : attached_to(database, target)) {
    if (!is_of_user(it)) continue;
    const auto sql = index_sql_for(it.sql, name_of_copy(it.name), staging);
    const auto* copy = find(standing, name_of_copy(it.name));
    if (copy != nullptr && copy->sql == sql) continue;
    if (copy != nullptr) database.execute("drop index " + quoted_name(copy->name));
    if (sql && may_build) database.execute(*sql);
  }
}

bool take_over_copy(sqlite::Connection& database, const std::string& table, const Attached& index) {
  const auto standing = attached_to(database, table);
  const auto* copy = find(standing, name_of_copy(index.name));
  const auto sql = index_sql_for(index.sql, name_of_copy(index.name), table);
  if (copy == nullptr || copy->sql != sql) return false;
  // SQLite renames tables and columns only. Its catalogue may be written for such ends
  // (https://sqlite.org/pragma.html#pragma_writable_schema): nothing but the name differs.
  database.execute("pragma writable_schema = on");
  {
    auto run = database
                   .statement(
                       "update sqlite_schema set name = ?1, sql = ?2 where type = 'index' and "
                       "name = ?3")
                   .run(index.name, index.sql, copy->name);
    run.next();
  }
  database.execute("pragma writable_schema = reset");
  return true;
}

void drop_copies(sqlite::Connection& database, const std::string& table) {
  for (const auto& it : attached_to(database, table))
    if (is_copy(it)) database.execute("drop index " + quoted_name(it.name));
}

}  // namespace wharf::connectors::sqlite_destination
