#pragma once

#include <wharf/error.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "database/database.h"
#include "secret/key.h"

namespace wharf::secret {

/// The secrets of this store (table `secret`), each under its coordinate, sealed with a key that
/// lies outside the store: the newest of a ring, while former ones open what they have sealed.
/// Never changes once it is open; any thread may use it.
///
/// A coordinate begins with its owner's id and a slash, so that nobody is given what belongs to
/// somebody else.
class Vault {
 public:
  /// Finds the key, or makes one for a store that has no secrets yet. Fails with environment,
  /// saying which: no key although there are secrets, none of those that sealed them, one that
  /// others can read.
  static Result<std::unique_ptr<Vault>> open(database::Database& database, const KeyPlaces& places);

  /// For tests, and for those who have a key already.
  explicit Vault(Key key) { ring_.keys.push_back(std::move(key)); }
  explicit Vault(KeyRing ring) : ring_(std::move(ring)) {}

  const KeyRing& ring() const { return ring_; }

  /// What came of a renewal.
  struct Renewal {
    std::int64_t sealed = 0;    ///< anew
    std::int64_t unopened = 0;  ///< changed by other hands: they are as they were
  };
  /// Seals with the newest key what former ones have sealed: all of it in one transaction.
  Renewal renew(database::Database& database) const;

  /// A coordinate that nothing has: `<owner>/<uuid>`.
  static std::string new_coordinate(std::string_view owner);
  static bool belongs_to(std::string_view coordinate, std::string_view owner);

  /// Puts a text under a coordinate, in the place of what was there.
  void keep(sqlite::Transaction& transaction, std::string_view coordinate,
            std::string_view text) const;
  /// Fails with not_found, or with environment if it was sealed with another key or changed since.
  Result<std::string> reveal(sqlite::Connection& store, std::string_view coordinate) const;

  static void forget(sqlite::Transaction& transaction, std::string_view coordinate);
  static void forget_all_of(sqlite::Transaction& transaction, std::string_view owner);

 private:
  const Key& key() const { return ring_.keys.front(); }

  KeyRing ring_;
};

}  // namespace wharf::secret
