#include "connection/clear_configuration.h"

#include "base/text.h"
#include "connection/secret_fields.h"

#include <nlohmann/json.hpp>
#include <set>

namespace wharf::connection {
namespace {

using ClearJson = nlohmann::ordered_json;

void note_texts(const ClearJson& node, std::vector<std::string>& texts) {
  if (node.is_string()) {
    texts.push_back(node.get<std::string>());
  } else if (node.is_number()) {
    texts.push_back(node.dump());
  } else if (node.is_structured()) {
    for (const auto& child : node) note_texts(child, texts);
  }
}

// A secret as it may be met: inside JSON, and line by line, which is how logs are written.
void add_forms(std::vector<std::string>& secrets) {
  constexpr std::size_t kLineMin = 8;
  const auto whole = secrets;
  for (const auto& secret : whole) {
    const auto quoted = ClearJson(secret).dump(-1, ' ', false, ClearJson::error_handler_t::replace);
    if (quoted.size() != secret.size() + 2) secrets.push_back(quoted.substr(1, quoted.size() - 2));
    if (secret.find('\n') == std::string::npos) continue;
    for (const auto line : base::split(secret, '\n')) {
      if (line.size() >= kLineMin) secrets.emplace_back(line);
    }
  }
}

// References to the vault → what lies there.
Result<void> fill(ClearJson& node, sqlite::Connection& store, const secret::Vault& vault,
                  const std::string& owner, std::vector<std::string>& secrets) {
  const auto reference = node.is_object() ? node.find("_secret") : node.end();
  if (reference != node.end() && reference->is_string()) {
    const auto coordinate = reference->get<std::string>();
    if (!secret::Vault::belongs_to(coordinate, owner)) {
      return Error{ErrorCode::invalid_config, "a secret is referred to that belongs elsewhere"};
    }
    auto text = vault.reveal(store, coordinate);
    if (!text) return std::move(text).error();
    node = ClearJson::parse(*text, nullptr, false);
    note_texts(node, secrets);
    return {};
  }
  if (!node.is_structured()) return {};
  for (auto& child : node) {
    if (auto done = fill(child, store, vault, owner, secrets); !done) return done;
  }
  return {};
}

Result<void> read_base(ClearJson& document, sqlite::Connection& store, const secret::Vault& vault,
                       const StoredConfiguration& stored, const Environment& environment,
                       std::vector<std::string>& secrets) {
  std::string text = stored.config;
  if (stored.is_declared) {
    auto resolved = resolve_configuration(text, "/", environment, secrets);
    if (!resolved) return std::move(resolved).error();
    text = std::move(*resolved);
  }
  document = ClearJson::parse(text, nullptr, false);
  if (document.is_discarded())
    return Error{ErrorCode::invalid_config, "the configuration is no JSON"};
  return fill(document, store, vault, stored.owner, secrets);
}

// Texts that the connector has changed or added: a token among them is as secret as the one before.
void note_changes(const ClearJson& before, const ClearJson& after,
                  std::vector<std::string>& secrets) {
  std::vector<std::string> old_texts;
  std::vector<std::string> new_texts;
  note_texts(before, old_texts);
  note_texts(after, new_texts);
  const std::set<std::string> known(old_texts.begin(), old_texts.end());
  for (auto& text : new_texts) {
    if (text.size() >= 8 && known.count(text) == 0) secrets.push_back(std::move(text));
  }
}

}  // namespace

StoredConfiguration stored_configuration(const Source& source) {
  return {source.id.value, source.config, source.overlay, source.managed_by != "api"};
}

StoredConfiguration stored_configuration(const Destination& destination) {
  return {destination.id.value, destination.config, destination.overlay,
          destination.managed_by != "api"};
}

Result<protocol::JsonText> clear_configuration(sqlite::Connection& store,
                                               const secret::Vault& vault,
                                               const StoredConfiguration& stored,
                                               const Environment& environment,
                                               std::vector<std::string>& secrets) {
  ClearJson document;
  const auto done = read_base(document, store, vault, stored, environment, secrets);
  if (!stored.overlay) {
    if (!done) return done.error();
    add_forms(secrets);
    return document.dump();
  }
  auto overlay = ClearJson::parse(stored.overlay->config, nullptr, false);
  std::vector<std::string> texts;  // of all of it: which are secret, the comparison says
  if (auto filled = fill(overlay, store, vault, stored.owner, texts); !filled)
    return std::move(filled).error();
  note_changes(document, overlay, secrets);
  add_forms(secrets);
  return overlay.dump();
}

std::string overlay_coordinate(const std::string& owner) {
  return owner + "/overlay";
}

}  // namespace wharf::connection
