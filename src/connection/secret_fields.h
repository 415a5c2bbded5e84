#pragma once
// What in a configuration is never shown: values that the connector's spec marks `airbyte_secret`,
// wherever it does. In the store a reference stands in their place, `{"_secret": "<coordinate>"}`.
// All of it pure.

#include <wharf/error.h>
#include <wharf/protocol/json.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wharf::connection {

/// Coordinates of all references in a configuration.
std::vector<std::string> coordinates_in(const protocol::JsonText& config);

/// A configuration of one reference alone: all of it is secret.
protocol::JsonText reference_to(std::string_view coordinate);

/// A configuration that somebody gives in the place of `former` (as it is stored): a secret given
/// as the mask is the former one, unless the object around it is another variant now. Fails with
/// invalid_config on a mask with nothing behind it, and on a reference that `former` does not have:
/// nobody is led to a secret by naming it.
Result<protocol::JsonText> with_kept_secrets(const protocol::JsonText& given,
                                             const protocol::JsonText& former,
                                             const protocol::JsonText& schema);

/// `patch` laid over `base`: objects key by key, everything else, arrays and references too, as a
/// whole.
protocol::JsonText laid_over(const protocol::JsonText& base, const protocol::JsonText& patch);

/// A configuration without its secrets, and these, each under a coordinate of its own as JSON. What
/// is a reference already stays one; null and "" are no secrets.
struct SplitConfiguration {
  struct Secret {
    std::string pointer;  ///< where it stood
    std::string coordinate;
    std::string text;
  };
  protocol::JsonText stored;
  std::vector<Secret> secrets;
};
/// `host_references`: a text with `${env:…}` or `${file:…}` in it stands, the host has the secret.
SplitConfiguration split_secrets(const protocol::JsonText& config, const protocol::JsonText& schema,
                                 std::string_view owner, bool host_references);

struct Shown {
  bool host_references = false;  ///< `${env:…}` and `${file:…}` in a secret's place may be seen
  bool coordinates = false;      ///< references are shown as such
};
/// What may be seen of a configuration. Without a schema every text is masked.
protocol::JsonText masked(const protocol::JsonText& config,
                          const std::optional<protocol::JsonText>& schema, Shown shown);

}  // namespace wharf::connection
