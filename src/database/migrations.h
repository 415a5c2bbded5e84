#pragma once

#include <span>

#include "sqlite/migrate.h"

namespace wharf::database {

/// The files of database/migrations, embedded at build time, in their order.
std::span<const sqlite::Migration> migrations();

}  // namespace wharf::database
