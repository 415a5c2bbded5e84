#include "connectors/files/output_owner.h"

#include <wharf/error.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "connectors/files/durable_file.h"
#include "connectors/files/output_lock.h"

namespace wharf::connectors::files {
namespace {

/// Whose it is; nothing if nobody has claimed it.
std::optional<std::string> owner_of(const OutputPaths& paths, const std::string& file) {
  std::optional<std::string> text = read_whole(paths.owner(file));
  if (!text) return std::nullopt;
  auto owner = nlohmann::json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (owner.is_object() && owner.contains("connection") && owner["connection"].is_string()) {
    return owner["connection"].get<std::string>();
  }
  throw Failure(Error{ErrorCode::data_foreign,
                      paths.owner(file).string() + " does not say who owns " + file,
                      Origin::destination});
}

bool is_abandoned(const OutputPaths& paths, const std::string& file, const std::string& owner) {
  return !look_at(paths.target(file)) && OutputLock::try_take(paths.lock(owner)).has_value();
}

void require_free(const OutputPaths& paths, const std::string& file, const std::string& owner) {
  if (is_abandoned(paths, file, owner)) return;
  std::string who = owner.empty() ? "writes without a connection" : "connection " + owner;
  throw Failure(Error{ErrorCode::data_foreign,
                      paths.target(file).string() + " belongs to " + who +
                          "; choose another destination_path or stream name, or move the file away",
                      Origin::destination});
}

void write_owner(const OutputPaths& paths, const std::string& file, const std::string& connection) {
  nlohmann::ordered_json owner{{"connection", connection},
                               {"position", paths.position(connection).filename().string()}};
  replace_file(paths.owner(file), owner.dump() + "\n");
}

}  // namespace

void claim_files(const OutputPaths& paths, const std::string& connection,
                 const std::vector<std::string>& files) {
  OutputLock lock = OutputLock::take(paths.owners_lock());
  std::vector<std::string> unclaimed;
  for (const std::string& file : files) {
    std::optional<std::string> owner = owner_of(paths, file);
    if (owner == connection) continue;
    if (owner) require_free(paths, file, *owner);
    unclaimed.push_back(file);
  }
  for (const std::string& file : unclaimed) write_owner(paths, file, connection);
}

}  // namespace wharf::connectors::files
