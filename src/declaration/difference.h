#pragma once
// What is different between two items of a declaration. Pure.

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace wharf::declaration {

/// A value that is not the same. Of a secret only that it differs is said.
struct FieldChange {
  std::string field;                ///< `configuration.path`, `streams[public.orders].sync_mode`
  std::optional<std::string> from;  ///< as JSON; none: it is not there
  std::optional<std::string> to;
  bool is_secret = false;

  friend bool operator==(const FieldChange&, const FieldChange&) = default;
};

/// Two forms of one thing (form.h), `null` for one that is not there. Secrets in them are
/// references to the vault: they come out masked. Fields stand in the order of the later form,
/// those that are no longer there last.
std::vector<FieldChange> difference(const nlohmann::ordered_json& before,
                                    const nlohmann::ordered_json& after);

}  // namespace wharf::declaration
