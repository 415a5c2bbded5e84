#include "sqlite/row_source.h"

#include <sqlite3.h>

#include <new>

#include "sqlite/sqlite_error.h"

namespace wharf::sqlite {
namespace {

/// What one name in SQL stands for; owned by the connection it was added to.
struct Registration {
  RowSource& source;
  std::string declaration;
};

struct Table : sqlite3_vtab {
  RowSource* source = nullptr;
};

struct Cursor : sqlite3_vtab_cursor {
  std::size_t row = 0;
};

RowSource& source_of(sqlite3_vtab_cursor* cursor) {
  return *static_cast<Table*>(cursor->pVtab)->source;
}
std::size_t& row_of(sqlite3_vtab_cursor* cursor) {
  return static_cast<Cursor*>(cursor)->row;
}

int connect(sqlite3* database, void* registered, int, const char* const*, sqlite3_vtab** out,
            char**) {
  const auto& registration = *static_cast<Registration*>(registered);
  if (const int code = sqlite3_declare_vtab(database, registration.declaration.c_str());
      code != SQLITE_OK)
    return code;
  auto* table = new (std::nothrow) Table{};
  if (table == nullptr) return SQLITE_NOMEM;
  table->source = &registration.source;
  *out = table;
  return SQLITE_OK;
}

int disconnect(sqlite3_vtab* table) {
  delete static_cast<Table*>(table);
  return SQLITE_OK;
}

// Always read from its first row to its last, and cheap: so it is the outer loop of every join.
int best_index(sqlite3_vtab*, sqlite3_index_info* index) {
  index->estimatedCost = 1;
  index->estimatedRows = 1;
  return SQLITE_OK;
}

int open(sqlite3_vtab*, sqlite3_vtab_cursor** out) {
  *out = new (std::nothrow) Cursor{};
  return *out == nullptr ? SQLITE_NOMEM : SQLITE_OK;
}

int close(sqlite3_vtab_cursor* cursor) {
  delete static_cast<Cursor*>(cursor);
  return SQLITE_OK;
}

int filter(sqlite3_vtab_cursor* cursor, int, const char*, int, sqlite3_value**) {
  row_of(cursor) = 0;
  return SQLITE_OK;
}

int next(sqlite3_vtab_cursor* cursor) {
  ++row_of(cursor);
  return SQLITE_OK;
}

int at_end(sqlite3_vtab_cursor* cursor) {
  return row_of(cursor) >= source_of(cursor).rows() ? 1 : 0;
}

int column(sqlite3_vtab_cursor* cursor, sqlite3_context* context, int index) {
  source_of(cursor).cell(row_of(cursor), static_cast<std::size_t>(index), Cell(context));
  return SQLITE_OK;
}

int row_id(sqlite3_vtab_cursor* cursor, sqlite3_int64* out) {
  *out = static_cast<sqlite3_int64>(row_of(cursor));
  return SQLITE_OK;
}

// Without xCreate the module is a table by its own name and needs no `create virtual table`.
sqlite3_module make_module() {
  sqlite3_module module{};
  module.xConnect = connect;
  module.xBestIndex = best_index;
  module.xDisconnect = disconnect;
  module.xOpen = open;
  module.xClose = close;
  module.xFilter = filter;
  module.xNext = next;
  module.xEof = at_end;
  module.xColumn = column;
  module.xRowid = row_id;
  return module;
}
const sqlite3_module kModule = make_module();

Datum datum_of(sqlite3_value* value) {
  Datum datum;
  switch (sqlite3_value_type(value)) {
    case SQLITE_INTEGER:
      datum.integer = sqlite3_value_int64(value);
      break;
    case SQLITE_FLOAT:
      datum.kind = Datum::Kind::real;
      datum.real = sqlite3_value_double(value);
      break;
    default: {
      datum.kind = Datum::Kind::text;
      const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(value));
      if (text != nullptr)
        datum.text = {text, static_cast<std::size_t>(sqlite3_value_bytes(value))};
    }
  }
  return datum;
}

void compare(sqlite3_context* context, int, sqlite3_value** arguments) {
  if (sqlite3_value_type(arguments[0]) == SQLITE_NULL ||
      sqlite3_value_type(arguments[1]) == SQLITE_NULL)
    return sqlite3_result_null(context);
  const auto comparison = *static_cast<Comparison*>(sqlite3_user_data(context));
  sqlite3_result_int(context, comparison(datum_of(arguments[0]), datum_of(arguments[1])));
}

}  // namespace

void Cell::integer(std::int64_t value) const {
  sqlite3_result_int64(context_, value);
}
void Cell::real(double value) const {
  sqlite3_result_double(context_, value);
}
void Cell::text(std::string_view value) const {
  const char* data = value.data() == nullptr ? "" : value.data();
  sqlite3_result_text64(context_, data, value.size(), SQLITE_STATIC, SQLITE_UTF8);
}

void add_row_source(Connection& connection, const std::string& name,
                    std::span<const std::string> columns, RowSource& source) {
  std::string declaration = "create table x(";
  for (const auto& column_name : columns) {
    if (&column_name != &columns.front()) declaration += ", ";
    declaration += quoted_name(column_name);
  }
  declaration += ")";
  auto* registration = new Registration{source, std::move(declaration)};
  if (sqlite3_create_module_v2(connection.handle(), name.c_str(), &kModule, registration,
                               [](void* it) { delete static_cast<Registration*>(it); }) !=
      SQLITE_OK)
    throw_last_error(connection.handle(), "create module " + name);
}

void add_comparison(Connection& connection, const std::string& name, Comparison comparison) {
  constexpr int kFlags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
  if (sqlite3_create_function_v2(
          connection.handle(), name.c_str(), 2, kFlags, new Comparison(comparison), compare,
          nullptr, nullptr, [](void* it) { delete static_cast<Comparison*>(it); }) != SQLITE_OK)
    throw_last_error(connection.handle(), "create function " + name);
}

}  // namespace wharf::sqlite
