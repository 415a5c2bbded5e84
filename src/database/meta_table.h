#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sqlite/transaction.h"

/// Facts about the store itself, by key.
namespace wharf::database::meta_table {

std::optional<std::string> find(sqlite::Connection& store, std::string_view key);

/// What stands under the key; if nothing does, `value`, from now on.
std::string find_or_put(sqlite::Transaction& transaction, std::string_view key,
                        std::string_view value);

/// `value` stands under the key from now on.
void put(sqlite::Transaction& transaction, std::string_view key, std::string_view value);

}  // namespace wharf::database::meta_table
