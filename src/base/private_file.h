#pragma once

#include <wharf/error.h>

#include <filesystem>

namespace wharf::base {

/// Whether what holds secrets is kept from others: a file of our own that nobody else may read
/// (0600), or one of root's that our group may read (0640). Fails with environment, naming the file
/// and the chmod to type.
Result<void> require_private_file(const std::filesystem::path& file);

/// Whether a directory is ours to keep secrets in: nobody else may enter it, or our group, to look
/// (0700, 0750). Fails likewise.
Result<void> require_private_directory(const std::filesystem::path& directory);

/// Whether what decides what we do can be changed by its owner and group alone. Fails likewise.
Result<void> require_unwritable_by_others(const std::filesystem::path& file);

}  // namespace wharf::base
