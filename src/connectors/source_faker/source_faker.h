#pragma once

#include <wharf/connector/source.h>

#include <memory>

namespace wharf::connectors {

/// Made-up users, products and purchases, with the field names Airbyte's sample data have. Every
/// row follows from (seed, stream, id) alone, so a seed gives the same rows whatever the
/// parallelism and wherever a read resumes; only `emitted_at` differs, and `updated_at` with
/// `always_updated`.
std::unique_ptr<connector::Source> make_source_faker();

}  // namespace wharf::connectors
