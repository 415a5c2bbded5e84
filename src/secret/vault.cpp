#include "secret/vault.h"

#include "base/uuid.h"
#include "secret/seal.h"
#include "sqlite/statement.h"

#include <fmt/format.h>

namespace wharf::secret {
namespace {

std::vector<std::string> key_ids(sqlite::Connection& store) {
  std::vector<std::string> ids;
  auto run = store.statement("select distinct key_id from secret").run();
  while (run.next()) ids.push_back(run.string(0));
  return ids;
}

Error another_key(std::string_view has, std::string_view needs) {
  return {ErrorCode::environment,
          fmt::format("the secrets of this store were encrypted with the key {}, and the one that "
                      "was found is {}: give it the key that it was made with",
                      needs, has)};
}

// What the signature covers beside the text: nothing of a row can be changed or moved.
std::string place_of(std::string_view coordinate, std::string_view key_id) {
  return fmt::format("{}\n{}", key_id, coordinate);
}

}  // namespace

Result<std::unique_ptr<Vault>> Vault::open(database::Database& database, const KeyPlaces& places) {
  auto found = find_key(places);
  if (!found) return std::move(found).error();
  const auto ids = database.read([](sqlite::Connection& store) { return key_ids(store); });
  if (!found->has_value()) {
    if (!ids.empty()) {
      return Error{
          ErrorCode::environment,
          fmt::format("the key that this store's secrets were encrypted with ({}) is gone: "
                      "put it back to {}",
                      ids.front(), (places.data_directory / "secret.key").string())};
    }
    auto made = make_key(places.data_directory);
    if (!made) return std::move(made).error();
    return std::make_unique<Vault>(std::move(*made));
  }
  for (const auto& id : ids) {
    if (id != (*found)->id()) return another_key((*found)->id(), id);
  }
  return std::make_unique<Vault>(std::move(**found));
}

std::string Vault::new_coordinate(std::string_view owner) {
  return fmt::format("{}/{}", owner, base::random_uuid());
}

bool Vault::belongs_to(std::string_view coordinate, std::string_view owner) {
  return coordinate.size() > owner.size() && coordinate.starts_with(owner) &&
         coordinate[owner.size()] == '/';
}

void Vault::keep(sqlite::Transaction& transaction, std::string_view coordinate,
                 std::string_view text) const {
  const Sealed sealed = seal(key_, place_of(coordinate, key_.id()), text);
  auto& statement = transaction.statement(R"sql(
    insert into secret (coordinate, key_id, sealed) values (?, ?, ?)
    on conflict (coordinate) do update set key_id = excluded.key_id, sealed = excluded.sealed)sql");
  statement.bind(1, coordinate);
  statement.bind(2, std::string_view(key_.id()));
  statement.bind_blob(3, sealed);
  statement.step_and_reset();
}

Result<std::string> Vault::reveal(sqlite::Connection& store, std::string_view coordinate) const {
  auto run =
      store.statement("select key_id, sealed from secret where coordinate = ?").run(coordinate);
  if (!run.next()) {
    return Error{ErrorCode::not_found, fmt::format("there is no secret {}", coordinate)};
  }
  if (run.text(0) != key_.id()) return another_key(key_.id(), run.text(0));
  auto text = secret::open(key_, place_of(coordinate, key_.id()), run.blob(1));
  if (text) return std::move(*text);
  return Error{ErrorCode::environment,
               fmt::format("the secret {} was changed in the store by other hands", coordinate)};
}

void Vault::forget(sqlite::Transaction& transaction, std::string_view coordinate) {
  transaction.statement("delete from secret where coordinate = ?").execute(coordinate);
}

void Vault::forget_all_of(sqlite::Transaction& transaction, std::string_view owner) {
  const std::string first = fmt::format("{}/", owner);
  const std::string beyond = fmt::format("{}0", owner);  // '0' follows '/'
  transaction.statement("delete from secret where coordinate >= ? and coordinate < ?")
      .execute(first, beyond);
}

}  // namespace wharf::secret
