#pragma once

#include <wharf/protocol/catalog.h>

#include <string>

namespace wharf::cli {

/// A catalog as the `streams:` block of a declaration, ready to be pasted: each stream with its
/// best mode, what else it can do as a comment, and its fields.
std::string streams_block(const protocol::Catalog& catalog);

}  // namespace wharf::cli
