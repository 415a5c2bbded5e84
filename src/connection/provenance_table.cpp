#include "connection/provenance_table.h"

#include <fmt/format.h>

#include "sqlite/statement.h"

namespace wharf::connection {

std::string_view name_of(Thing thing) {
  switch (thing) {
    case Thing::source:
      return "source";
    case Thing::destination:
      return "destination";
    case Thing::connection:
      return "connection";
  }
  return "connection";
}

namespace provenance_table {
namespace {

std::string select_provenance(Thing thing, std::string_view rest) {
  return fmt::format("select id, name, managed_by, declared_in from {} where tombstone = 0 {}",
                     name_of(thing), rest);
}

std::vector<Provenance> read_provenances(sqlite::Run run, Thing thing) {
  std::vector<Provenance> found;
  while (run.next()) {
    found.push_back({thing, run.string(0), run.string(1), run.string(2), run.optional_string(3)});
  }
  return found;
}

}  // namespace

std::optional<Provenance> find(sqlite::Connection& store, Thing thing, std::string_view id) {
  auto found =
      read_provenances(store.statement(select_provenance(thing, "and id = ?")).run(id), thing);
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

std::vector<Provenance> named(sqlite::Connection& store, Thing thing, std::string_view name) {
  constexpr std::string_view kRest =
      "and name = ? order by managed_by = 'api', managed_by = 'apply', created, id";
  return read_provenances(store.statement(select_provenance(thing, kRest)).run(name), thing);
}

std::vector<Provenance> applied(sqlite::Connection& store) {
  std::vector<Provenance> all;
  for (const auto thing : {Thing::connection, Thing::source, Thing::destination}) {
    constexpr std::string_view kRest = "and managed_by = 'apply' order by name, id";
    for (auto& each :
         read_provenances(store.statement(select_provenance(thing, kRest)).run(), thing)) {
      all.push_back(std::move(each));
    }
  }
  return all;
}

std::vector<std::string> ids(sqlite::Connection& store, Thing thing) {
  std::vector<std::string> all;
  for (auto& each : read_provenances(
           store.statement(select_provenance(thing, "order by name, created, id")).run(), thing)) {
    all.push_back(std::move(each.id));
  }
  return all;
}

void note(sqlite::Transaction& transaction, Thing thing, std::string_view id,
          std::string_view declared_in) {
  transaction.statement(fmt::format("update {} set declared_in = ? where id = ?", name_of(thing)))
      .execute(declared_in, id);
}

}  // namespace provenance_table
}  // namespace wharf::connection
