#pragma once

#include "api/token_store.h"
#include "database/database.h"

#include <span>

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

/// From now on these may ask for tokens and nobody else; tokens of those who went are gone too.
void set_clients(sqlite::Transaction& transaction, std::span<const Client> clients);

/// The tokens that an operator has given names to, `token:NAME`: these and no others.
void set_static_tokens(sqlite::Transaction& transaction, std::span<const Token> tokens);

}  // namespace wharf::api
