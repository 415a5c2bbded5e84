#include "secret/rotation.h"

#include <fmt/format.h>

#include <span>

#include "base/step.h"
#include "secret/vault.h"

namespace wharf::secret {
namespace {

Error not_ours(const std::filesystem::path& file) {
  return {
      ErrorCode::invalid_argument,
      fmt::format("the key of secrets stands in {0}, which is not Wharf's to write: put the new "
                  "one (openssl rand -hex 32) in a line above it, and do this again",
                  file.string())};
}

}  // namespace

Result<Rotation> rotate_key(database::Database& database, const KeyPlaces& places,
                            FormerKeys former) {
  if (auto usable = Vault::open(database, places); !usable) return std::move(usable).error();
  auto ring = find_keys(places);
  if (!ring) return std::move(ring).error();
  const bool own = ring->is_own(places.data_directory);
  if (own) {
    ring->keys.insert(ring->keys.begin(), random_key());
    if (auto written = write_keys(ring->file, ring->keys); !written)
      return std::move(written).error();
    base::after_step("key_added");
  } else if (ring->keys.size() == 1) {
    return not_ours(ring->file);
  }
  const Vault vault(std::move(*ring));
  const auto renewed = vault.renew(database);
  base::after_step("secrets_renewed");

  const std::span keys(vault.ring().keys);
  Rotation rotation{keys.front().id(), {}, vault.ring().file, renewed.sealed, renewed.unopened};
  if (own && former == FormerKeys::forgotten && renewed.unopened == 0) {
    if (auto written = write_keys(rotation.file, keys.first(1)); !written)
      return std::move(written).error();
    return rotation;
  }
  for (const auto& key : keys.subspan(1)) rotation.former.push_back(key.id());
  return rotation;
}

}  // namespace wharf::secret
