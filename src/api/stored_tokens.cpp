#include "api/stored_tokens.h"

#include "sqlite/statement.h"

#include <fmt/format.h>

#include <charconv>

namespace wharf::api {
namespace {

std::string hex_of(const SecretHash& hash) {
  std::string text;
  for (const unsigned char byte : hash) text += fmt::format("{:02x}", byte);
  return text;
}

SecretHash hash_from(std::string_view hex) {
  SecretHash hash{};
  for (std::size_t i = 0; i < hash.size() && 2 * i + 2 <= hex.size(); ++i) {
    std::from_chars(hex.data() + 2 * i, hex.data() + 2 * i + 2, hash[i], 16);
  }
  return hash;
}

}  // namespace

std::optional<Client> StoredTokens::client(std::string_view id) const {
  return database_.read([&](sqlite::Connection& store) -> std::optional<Client> {
    auto run = store.statement("select id, secret_hash, role from client where id = ?").run(id);
    if (!run.next()) return std::nullopt;
    return Client{run.string(0), hash_from(run.text(1)),
                  role_named(run.text(2)).value_or(Role::reader)};
  });
}

std::optional<Token> StoredTokens::token(const SecretHash& hash) const {
  return database_.read([&](sqlite::Connection& store) -> std::optional<Token> {
    auto run = store.statement("select subject, role, expires from token where hash = ?")
                   .run(hex_of(hash));
    if (!run.next()) return std::nullopt;
    Token token{hash, run.string(0), role_named(run.text(1)).value_or(Role::reader), std::nullopt};
    if (!run.null(2)) token.expires = base::from_millis(run.integer(2));
    return token;
  });
}

void StoredTokens::keep(const Token& token, base::WallTime now) {
  std::optional<std::int64_t> expires;
  if (token.expires) expires = base::to_millis(*token.expires);
  database_.write([&](sqlite::Transaction& transaction) {
    transaction.statement("delete from token where expires <= ?").execute(base::to_millis(now));
    transaction
        .statement(
            "insert or replace into token (hash, subject, role, expires) values (?, ?, ?, ?)")
        .execute(hex_of(token.hash), token.subject, name_of(token.role), expires);
  });
}

void set_static_tokens(sqlite::Transaction& transaction, std::span<const Token> tokens) {
  transaction.statement("delete from token where subject like 'token:%'").execute();
  for (const Token& token : tokens) {
    transaction.statement("insert or replace into token (hash, subject, role) values (?, ?, ?)")
        .execute(hex_of(token.hash), token.subject, name_of(token.role));
  }
}

void set_clients(sqlite::Transaction& transaction, std::span<const Client> clients) {
  transaction.statement("delete from client").execute();
  for (const Client& client : clients) {
    transaction.statement("insert into client (id, secret_hash, role) values (?, ?, ?)")
        .execute(client.id, hex_of(client.secret_hash), name_of(client.role));
  }
  transaction
      .statement(R"sql(
        delete from token where subject like 'client:%'
          and not exists (select 1 from client where subject = 'client:' || client.id))sql")
      .execute();
}

}  // namespace wharf::api
