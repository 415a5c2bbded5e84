#pragma once

#include "api/token_store.h"

#include <wharf/error.h>

#include <filesystem>
#include <string>

namespace wharf::daemon {

/// Whose credentials: the admin's, in `<data-dir>/credentials.json`, or those of launchers in other
/// processes, in `launcher.json`, who may work the workload queue and see nothing else.
enum class Holder { admin, launcher };

/// What a client asks for tokens with; its file has mode 0600. The file is the truth: whoever edits
/// it has chosen other ones, and whoever deletes it gets new ones.
struct Credentials {
  std::string client_id;
  std::string client_secret;

  api::Client client(api::Role role) const;
};

std::filesystem::path credentials_file(const std::filesystem::path& data_directory,
                                       Holder holder = Holder::admin);
/// Fails with not_found if no daemon has made it yet, else with environment or invalid_config,
/// naming the file.
Result<Credentials> read_credentials(const std::filesystem::path& data_directory,
                                     Holder holder = Holder::admin);
/// The same, and makes them if they are not there.
Result<Credentials> ensure_credentials(const std::filesystem::path& data_directory,
                                       Holder holder = Holder::admin);

}  // namespace wharf::daemon
