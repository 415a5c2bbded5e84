#include "connection/named_secrets.h"

#include "base/uuid.h"

#include <fmt/format.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>

namespace wharf::connection {
namespace {

using NamedJson = nlohmann::ordered_json;

constexpr std::string_view kOpening = "${secret:";

using EachLeaf = std::function<void(const NamedJson& leaf, const std::string& pointer)>;

std::string below(const std::string& pointer, std::string key) {
  for (std::size_t at = 0; (at = key.find_first_of("~/", at)) != std::string::npos; at += 2)
    key.replace(at, 1, key[at] == '~' ? "~0" : "~1");
  return pointer + "/" + key;
}

bool is_vault_reference(const NamedJson& node) {
  const auto at = node.is_object() ? node.find("_secret") : node.end();
  return at != node.end() && at->is_string();
}

// Texts, and references to the vault.
void each_leaf(const NamedJson& node, const std::string& pointer, const EachLeaf& visit) {
  if (node.is_string() || is_vault_reference(node)) {
    visit(node, pointer);
  } else if (node.is_object()) {
    for (const auto& [key, child] : node.items()) each_leaf(child, below(pointer, key), visit);
  } else if (node.is_array()) {
    for (std::size_t i = 0; i < node.size(); ++i)
      each_leaf(node[i], below(pointer, std::to_string(i)), visit);
  }
}

// `<owner>/named/<name>/<uuid>` → name.
std::optional<std::string> name_in(std::string_view coordinate) {
  constexpr std::string_view kNamed = "/named/";
  const auto begin = coordinate.find(kNamed);
  const auto end = coordinate.rfind('/');
  if (begin == std::string_view::npos || end <= begin + kNamed.size()) return std::nullopt;
  return std::string(coordinate.substr(begin + kNamed.size(), end - begin - kNamed.size()));
}

}  // namespace

Result<std::vector<NamedSecret>> named_secrets(const protocol::JsonText& config) {
  std::vector<NamedSecret> found;
  std::optional<Error> wrong;
  const auto document = NamedJson::parse(config, nullptr, false);
  each_leaf(document, "", [&](const NamedJson& leaf, const std::string& pointer) {
    if (!leaf.is_string()) return;
    const auto& text = leaf.get_ref<const std::string&>();
    const auto at = text.find(kOpening);
    if (at == std::string::npos) return;
    const auto end = text.find('}', at);
    const bool stands_alone = at == 0 && end == text.size() - 1 && end > kOpening.size();
    if (stands_alone) {
      found.push_back({pointer, text.substr(kOpening.size(), end - kOpening.size())});
    } else if (!wrong) {
      wrong = Error{ErrorCode::invalid_config,
                    fmt::format("{}: ${{secret:NAME}} must be the whole value", pointer)};
    }
  });
  if (wrong) return std::move(*wrong);
  return found;
}

std::string named_coordinate(std::string_view owner, std::string_view name) {
  return fmt::format("{}/named/{}/{}", owner, name, base::random_uuid());
}

std::string secret_prefix(std::string_view kind, std::string_view name) {
  return fmt::format("{}s/{}", kind, name);
}

std::vector<KeptSecret> kept_secrets(const protocol::JsonText& stored, std::string_view prefix) {
  std::vector<KeptSecret> found;
  const auto document = NamedJson::parse(stored, nullptr, false);
  each_leaf(document, "", [&](const NamedJson& leaf, const std::string& pointer) {
    if (leaf.is_string()) return;
    const auto coordinate = leaf["_secret"].get<std::string>();
    std::string name = name_in(coordinate).value_or(std::string(prefix) + pointer);
    for (char& c : name) {
      if (c == '}') c = '_';  // would end the reference
    }
    found.push_back({pointer, coordinate, std::move(name)});
  });
  return found;
}

protocol::JsonText with_values(const protocol::JsonText& config,
                               const std::map<std::string, protocol::JsonText>& values) {
  auto document = NamedJson::parse(config, nullptr, false);
  for (const auto& [pointer, value] : values) {
    document[NamedJson::json_pointer(pointer)] = NamedJson::parse(value, nullptr, false);
  }
  return document.dump(-1, ' ', false, NamedJson::error_handler_t::replace);
}

std::vector<std::string> reference_like(const protocol::JsonText& config) {
  std::vector<std::string> places;
  const auto document = NamedJson::parse(config, nullptr, false);
  each_leaf(document, "", [&](const NamedJson& leaf, const std::string& pointer) {
    if (!leaf.is_string()) return;
    const auto& text = leaf.get_ref<const std::string&>();
    for (const char* opening : {"${env:", "${file:", "${secret:"}) {
      if (text.find(opening) == std::string::npos) continue;
      places.push_back(pointer);
      break;
    }
  });
  return places;
}

}  // namespace wharf::connection
