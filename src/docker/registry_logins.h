#pragma once

#include "docker/image_reference.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace wharf::docker {

/// Who we are to registries, as the `auths` of a Docker `config.json` say it. Holds secrets: never
/// printed. `credHelpers` and `credsStore` are programs, which Wharf does not execute; it only
/// knows whom they would be asked for.
class RegistryLogins {
 public:
  /// Reads the text of a `config.json`. Fails with `invalid_config` that names the registry, and
  /// never has a word of its secret. Pure.
  static Result<RegistryLogins> parse(std::string_view config_json);

  /// The value of `X-Registry-Auth` for an image; none where no login is known for its registry.
  std::optional<std::string> header_for(const ImageReference& image) const;

  /// The credential helper that `config.json` names for an image whose login is not in `auths`: why
  /// a registry that refuses may do so.
  std::optional<std::string> unused_helper_for(const ImageReference& image) const;

 private:
  struct Login {
    std::string user;
    std::string password;
    std::string identity_token;
    std::string server;  // as it is written in `auths`
  };
  static Result<Login> login_of(const std::string& server, std::string_view user,
                                std::string_view password, std::string_view auth,
                                std::string_view identity_token);

  std::map<std::string, Login> logins_;         // by registry, `docker.io` for the Hub
  std::map<std::string, std::string> helpers_;  // likewise
  std::string store_;                           // the helper for all others
};

}  // namespace wharf::docker
