#pragma once

#include "api/token_store.h"
#include "database/database.h"

namespace wharf::api {

/// Clients and tokens in the daemon's store. The database outlives it.
class StoredTokens final : public TokenStore {
 public:
  explicit StoredTokens(database::Database& database) : database_(database) {}

  std::optional<Client> client(std::string_view id) const override;
  std::optional<Token> token(const SecretHash& hash) const override;
  void keep(const Token& token, base::WallTime now) override;

 private:
  database::Database& database_;
};

/// Adds a client, or gives it another secret or role.
void put_client(sqlite::Transaction& transaction, const Client& client);

}  // namespace wharf::api
