#pragma once

#include <map>
#include <mutex>

#include "api/token_store.h"

namespace wharf::fakes {

/// Clients and tokens in memory: everything a TokenStore promises but the restart.
class MemoryTokens final : public api::TokenStore {
 public:
  void add_client(const std::string& id, std::string_view secret, api::Role role) {
    clients_[id] = {id, api::hash_of(secret), role};
  }
  std::size_t count() const {
    std::lock_guard lock(mutex_);
    return tokens_.size();
  }

  std::optional<api::Client> client(std::string_view id) const override {
    const auto found = clients_.find(std::string(id));
    return found == clients_.end() ? std::nullopt : std::optional(found->second);
  }
  std::optional<api::Token> token(const api::SecretHash& hash) const override {
    std::lock_guard lock(mutex_);
    const auto found = tokens_.find(hash);
    return found == tokens_.end() ? std::nullopt : std::optional(found->second);
  }
  void keep(const api::Token& token, base::WallTime now) override {
    std::lock_guard lock(mutex_);
    std::erase_if(
        tokens_, [&](const auto& one) { return one.second.expires && *one.second.expires <= now; });
    tokens_[token.hash] = token;
  }

 private:
  std::map<std::string, api::Client> clients_;
  mutable std::mutex mutex_;
  std::map<api::SecretHash, api::Token> tokens_;
};

}  // namespace wharf::fakes
