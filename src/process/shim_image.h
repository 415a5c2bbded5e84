#pragma once

#include <wharf/error.h>

#include <filesystem>
#include <string_view>

namespace wharf::process {

/// The shim, as it was built with us.
std::string_view shim_bytes();

/// Where the shim may be executed from: `system` (the packaged one) if it has our very bytes, else
/// `<data_dir>/lib/<hash>/wharf-shim`, written there by rename unless it stands already; makes
/// `data_dir`, if it is missing, for its owner alone. Never a run directory, since /run may be
/// noexec. Fails with `environment`, naming the mount, if that place is noexec too, and naming the
/// path if it cannot be written.
Result<std::filesystem::path> install_shim(
    const std::filesystem::path& data_dir,
    const std::filesystem::path& system = "/usr/lib/wharf/wharf-shim");

}  // namespace wharf::process
