#include "secret/vault.h"

#include "base/uuid.h"
#include "secret/seal.h"
#include "sqlite/statement.h"

#include <fmt/format.h>
#include <openssl/crypto.h>

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

std::vector<std::string> sealed_by_former(sqlite::Connection& store, const Key& key) {
  std::vector<std::string> coordinates;
  auto run = store.statement("select coordinate from secret where key_id <> ?").run(key.id());
  while (run.next()) coordinates.push_back(run.string(0));
  return coordinates;
}

// What the signature covers beside the text: nothing of a row can be changed or moved.
std::string place_of(std::string_view coordinate, std::string_view key_id) {
  return fmt::format("{}\n{}", key_id, coordinate);
}

}  // namespace

Result<std::unique_ptr<Vault>> Vault::open(database::Database& database, const KeyPlaces& places) {
  auto ring = find_keys(places);
  if (!ring) return std::move(ring).error();
  const auto ids = database.read([](sqlite::Connection& store) { return key_ids(store); });
  if (ring->keys.empty()) {
    if (!ids.empty()) {
      return Error{
          ErrorCode::environment,
          fmt::format("the key that this store's secrets were encrypted with ({}) is gone: "
                      "put it back to {}",
                      ids.front(), ring->file.string())};
    }
    ring->keys.push_back(random_key());
    if (auto written = write_keys(ring->file, ring->keys); !written)
      return std::move(written).error();
  }
  for (const auto& id : ids) {
    if (ring->find(id) == nullptr) return another_key(ring->keys.front().id(), id);
  }
  return std::make_unique<Vault>(std::move(*ring));
}

Vault::Renewal Vault::renew(database::Database& database) const {
  if (ring_.keys.size() == 1) return {};
  return database.write([&](sqlite::Transaction& transaction) {
    Renewal renewal;
    for (const auto& coordinate : sealed_by_former(transaction.connection(), key())) {
      auto text = reveal(transaction, coordinate);
      ++(text ? renewal.sealed : renewal.unopened);
      if (!text) continue;
      keep(transaction, coordinate, *text);
      OPENSSL_cleanse(text->data(), text->size());
    }
    return renewal;
  });
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
  const Sealed sealed = seal(key(), place_of(coordinate, key().id()), text);
  auto& statement = transaction.statement(R"sql(
    insert into secret (coordinate, key_id, sealed) values (?, ?, ?)
    on conflict (coordinate) do update set key_id = excluded.key_id, sealed = excluded.sealed)sql");
  statement.bind(1, coordinate);
  statement.bind(2, std::string_view(key().id()));
  statement.bind_blob(3, sealed);
  statement.step_and_reset();
}

Result<std::string> Vault::reveal(sqlite::Connection& store, std::string_view coordinate) const {
  auto run =
      store.statement("select key_id, sealed from secret where coordinate = ?").run(coordinate);
  if (!run.next()) {
    return Error{ErrorCode::not_found, fmt::format("there is no secret {}", coordinate)};
  }
  const Key* const sealer = ring_.find(run.text(0));
  if (sealer == nullptr) return another_key(key().id(), run.text(0));
  auto text = secret::open(*sealer, place_of(coordinate, sealer->id()), run.blob(1));
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
