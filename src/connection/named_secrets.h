#pragma once
// Secrets that a declaration calls by name: `${secret:NAME}` in the place of a value. The vault
// keeps what it stands for; it is given once (`wharf apply --secrets`) and stays until it is given
// anew. All of it pure.

#include <wharf/error.h>
#include <wharf/protocol/json.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace wharf::connection {

struct NamedSecret {
  std::string pointer;  ///< where it stands in the configuration
  std::string name;
};
/// Fails with invalid_config, with the pointer, if one is part of a longer text.
Result<std::vector<NamedSecret>> named_secrets(const protocol::JsonText& config);

/// A coordinate that remembers the name: `<owner>/named/<name>/<uuid>`.
std::string named_coordinate(std::string_view owner, std::string_view name);

/// A secret of a stored configuration: where, under which coordinate, and what a declaration calls
/// it: the name that it came under, else one made of `prefix` and its place.
struct KeptSecret {
  std::string pointer;
  std::string coordinate;
  std::string name;
};
std::vector<KeptSecret> kept_secrets(const protocol::JsonText& stored, std::string_view prefix);
/// `sources/shop-db`
std::string secret_prefix(std::string_view kind, std::string_view name);

/// The configuration with other values (JSON) at some places.
protocol::JsonText with_values(const protocol::JsonText& config,
                               const std::map<std::string, protocol::JsonText>& values);

/// Places of texts in which a declaration would read a reference: `${env:…}`, `${file:…}`,
/// `${secret:…}`.
std::vector<std::string> reference_like(const protocol::JsonText& config);

}  // namespace wharf::connection
