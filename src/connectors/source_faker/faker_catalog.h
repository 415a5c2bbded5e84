#pragma once

#include <wharf/protocol/catalog.h>
#include <wharf/record/schema.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace wharf::connectors::faker {

enum class StreamKind : std::uint64_t { users = 1, products = 2, purchases = 3 };

inline constexpr std::int64_t kProducts = 100;

std::optional<StreamKind> stream_kind(std::string_view name);

/// The three streams, as `discover` gives them.
protocol::Catalog catalog();

}  // namespace wharf::connectors::faker
