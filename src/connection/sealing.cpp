#include "connection/sealing.h"

#include "connection/destination_table.h"
#include "connection/secret_fields.h"
#include "connection/source_table.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace wharf::connection {
namespace {

using SealedJson = nlohmann::ordered_json;

// The coordinate at which the former configuration has this very secret.
std::optional<std::string> standing(sqlite::Connection& store, const secret::Vault& vault,
                                    const StoredConfiguration& former, const SealedJson& document,
                                    const SplitConfiguration::Secret& secret) {
  const SealedJson::json_pointer place(secret.pointer);
  if (!document.contains(place)) return std::nullopt;
  const auto found = coordinates_in(document.at(place).dump());
  if (found.size() != 1 || !secret::Vault::belongs_to(found.front(), former.owner))
    return std::nullopt;
  const auto text = vault.reveal(store, found.front());
  if (!text || *text != secret.text) return std::nullopt;
  return found.front();
}

}  // namespace

protocol::JsonText seal_configuration(sqlite::Transaction& transaction, const secret::Vault& vault,
                                      const StoredConfiguration& former,
                                      const protocol::JsonText& config,
                                      const protocol::JsonText& schema) {
  const auto split = split_secrets(config, schema, former.owner, former.is_declared);
  const auto before = SealedJson::parse(former.config, nullptr, false);
  auto stored = SealedJson::parse(split.stored, nullptr, false);
  for (const auto& secret : split.secrets) {
    if (const auto coordinate = standing(transaction, vault, former, before, secret)) {
      stored[SealedJson::json_pointer(secret.pointer)] =
          SealedJson::parse(reference_to(*coordinate));
    } else {
      vault.keep(transaction, secret.coordinate, secret.text);
    }
  }
  auto text = stored.dump(-1, ' ', false, SealedJson::error_handler_t::replace);
  const auto kept = coordinates_in(text);
  for (const auto& coordinate : coordinates_in(former.config)) {
    const bool stays = std::find(kept.begin(), kept.end(), coordinate) != kept.end();
    if (!stays && secret::Vault::belongs_to(coordinate, former.owner))
      secret::Vault::forget(transaction, coordinate);
  }
  return text;
}

void keep_overlay(sqlite::Transaction& transaction, const secret::Vault& vault,
                  definition::Kind kind, const std::string& id, const protocol::JsonText& config,
                  base::WallTime now) {
  WHARF_CHECK(config.size() <= kOverlayLimit);
  const auto sealed = overlay_coordinate(id);
  vault.keep(transaction, sealed, config);
  const auto reference = reference_to(sealed);
  if (kind == definition::Kind::source) {
    source_table::overlay(transaction, base::SourceId{id}, reference, now);
  } else {
    destination_table::overlay(transaction, base::DestinationId{id}, reference, now);
  }
}

}  // namespace wharf::connection
