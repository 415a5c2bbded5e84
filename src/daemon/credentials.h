#pragma once

#include "api/token_store.h"

#include <wharf/error.h>

#include <filesystem>
#include <string>

namespace wharf::daemon {

/// What the admin's client asks for tokens with: `<data-dir>/credentials.json`, mode 0600. The file
/// is the truth: whoever edits it has chosen other ones, and whoever deletes it gets new ones.
struct Credentials {
  std::string client_id;
  std::string client_secret;

  api::Client client() const;
};

std::filesystem::path credentials_file(const std::filesystem::path& data_directory);
/// Fails with not_found if no daemon has made it yet, else with environment or invalid_config,
/// naming the file.
Result<Credentials> read_credentials(const std::filesystem::path& data_directory);
/// The same, and makes them if they are not there.
Result<Credentials> ensure_credentials(const std::filesystem::path& data_directory);

}  // namespace wharf::daemon
