#include "connection/catalog_merge.h"

#include "base/nearest.h"
#include "connection/sync_mode.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

namespace wharf::connection {
namespace {

using protocol::ConfiguredStream;
using protocol::FieldPath;
using protocol::Stream;
using Json = nlohmann::ordered_json;

std::string path_text(const FieldPath& path) {
  return fmt::format("{}", fmt::join(path, "."));
}

bool has_path(const Json& schema, const FieldPath& path) {
  const Json* level = &schema;
  for (const auto& name : path) {
    auto properties = level->find("properties");
    if (properties == level->end() || !properties->contains(name)) return false;
    level = &(*properties)[name];
  }
  return !path.empty();
}

// One choice applied to one discovered stream; collects what is wrong with it.
class Chosen {
 public:
  Chosen(const Stream& stream, const StreamChoice& choice,
         std::span<const protocol::DestinationSyncMode> destination_modes)
      : choice_(choice), schema_(Json::parse(stream.json_schema, nullptr, false)) {
    configured_.stream = stream;
    choose_mode(destination_modes);
    if (mode_ == nullptr) return;
    choose_cursor();
    choose_key();
    choose_fields();
  }

  ConfiguredStream take() { return std::move(configured_); }
  const std::vector<std::string>& problems() const { return problems_; }

 private:
  void problem(std::string message) {
    problems_.push_back(
        fmt::format("stream '{}': {}", to_string(configured_.stream.descriptor), message));
  }

  void choose_mode(std::span<const protocol::DestinationSyncMode> destination_modes) {
    const Stream& stream = configured_.stream;
    const std::string name =
        choice_.sync_mode.empty() ? best_mode(stream, destination_modes) : choice_.sync_mode;
    if (name.empty()) {
      problem("source and destination have no sync mode in common");
      return;
    }
    const SyncMode* mode = find_sync_mode(name);
    std::vector<std::string_view> names;
    for (const auto& each : sync_modes()) names.push_back(each.name);
    if (mode == nullptr) {
      problem(fmt::format("unknown sync_mode '{}'{}", name, base::did_you_mean(name, names)));
      return;
    }
    if (!is_available(*mode, stream, destination_modes)) {
      std::erase_if(names, [&](std::string_view each) {
        return !is_available(*find_sync_mode(each), stream, destination_modes);
      });
      problem(fmt::format("sync_mode '{}' is not to be had here; source and destination can do: {}",
                          name, fmt::join(names, ", ")));
      return;
    }
    mode_ = mode;
    configured_.sync_mode = mode->source;
    configured_.destination_sync_mode = mode->destination;
  }

  void choose_cursor() {
    const Stream& stream = configured_.stream;
    const auto& wanted = choice_.cursor_field;
    if (stream.source_defined_cursor) {
      if (!wanted.empty() && wanted != stream.default_cursor_field) {
        problem(fmt::format("its cursor is defined by the source ('{}') and cannot be '{}'",
                            path_text(stream.default_cursor_field), path_text(wanted)));
      }
      configured_.cursor_field = stream.default_cursor_field;
      return;
    }
    configured_.cursor_field = wanted.empty() ? stream.default_cursor_field : wanted;
    if (!wanted.empty() && !has_path(schema_, wanted))
      problem(unknown_field("cursor_field", wanted));
    if (mode_->needs_cursor && configured_.cursor_field.empty()) {
      problem(fmt::format("{} needs a cursor_field", mode_->name));
    }
  }

  void choose_key() {
    const Stream& stream = configured_.stream;
    const auto& wanted = choice_.primary_key;
    if (!stream.source_defined_primary_key.empty()) {
      if (!wanted.empty() && wanted != stream.source_defined_primary_key) {
        problem("its primary_key is defined by the source and cannot be another");
      }
      configured_.primary_key = stream.source_defined_primary_key;
    } else {
      configured_.primary_key = wanted;
    }
    for (const auto& path : wanted) {
      if (!has_path(schema_, path)) problem(unknown_field("primary_key", path));
    }
    if (std::set<FieldPath>(wanted.begin(), wanted.end()).size() != wanted.size()) {
      problem("primary_key names a column twice");
    }
    if (mode_->needs_key && configured_.primary_key.empty()) {
      problem(fmt::format("{} needs a primary_key", mode_->name));
    }
  }

  void choose_fields() {
    const auto& wanted = choice_.selected_fields;
    if (wanted.empty() || !schema_.is_object() || !schema_.contains("properties")) return;
    std::set<std::string> chosen(wanted.begin(), wanted.end());
    if (chosen.size() != wanted.size()) problem("selected_fields names a field twice");
    for (const auto& field : wanted) {
      if (!has_path(schema_, {field})) problem(unknown_field("selected_fields", {field}));
    }
    require_selected(chosen);
    Json kept = Json::object();
    for (auto& [name, property] : schema_["properties"].items()) {
      if (chosen.count(name) != 0) kept[name] = property;
    }
    schema_["properties"] = std::move(kept);
    if (schema_.contains("required")) schema_.erase("required");
    configured_.stream.json_schema = schema_.dump();
  }

  void require_selected(const std::set<std::string>& chosen) {
    if (mode_->needs_cursor && !configured_.cursor_field.empty() &&
        chosen.count(configured_.cursor_field.front()) == 0) {
      problem(fmt::format("selected_fields must include the cursor '{}'",
                          configured_.cursor_field.front()));
    }
    for (const auto& path : configured_.primary_key) {
      if (mode_->needs_key && !path.empty() && chosen.count(path.front()) == 0) {
        problem(fmt::format("selected_fields must include the key '{}'", path.front()));
      }
    }
  }

  std::string unknown_field(std::string_view key, const FieldPath& path) const {
    std::vector<std::string> names;
    if (schema_.is_object() && schema_.contains("properties")) {
      for (const auto& [name, property] : schema_["properties"].items()) names.push_back(name);
    }
    std::vector<std::string_view> views(names.begin(), names.end());
    const std::string text = path_text(path);
    return fmt::format("{} names '{}', which is no field of it{}", key, text,
                       base::did_you_mean(text, views));
  }

  const StreamChoice& choice_;
  Json schema_;
  ConfiguredStream configured_;
  const SyncMode* mode_ = nullptr;
  std::vector<std::string> problems_;
};

std::string no_such_stream(const StreamChoice& choice, const protocol::Catalog& discovered) {
  std::vector<std::string_view> names;
  for (const auto& stream : discovered.streams) names.push_back(stream.descriptor.name);
  return fmt::format(
      "the source has no stream '{}'{}",
      protocol::to_string(protocol::StreamDescriptor{choice.name_space, choice.name}),
      base::did_you_mean(choice.name, names));
}

bool names(const StreamChoice& choice, const Stream& stream) {
  if (choice.name != stream.descriptor.name) return false;
  return !choice.name_space || *choice.name_space == stream.descriptor.name_space.value_or("");
}

}  // namespace

std::string best_mode(const Stream& stream,
                      std::span<const protocol::DestinationSyncMode> destination_modes) {
  auto offers = [&](std::string_view name) {
    return is_available(*find_sync_mode(name), stream, destination_modes);
  };
  if (stream.source_defined_cursor && !stream.source_defined_primary_key.empty() &&
      offers("incremental_deduped_history")) {
    return "incremental_deduped_history";
  }
  if (offers("full_refresh_overwrite")) return "full_refresh_overwrite";
  for (const auto& mode : sync_modes()) {
    const bool cursor = !mode.needs_cursor || !stream.default_cursor_field.empty();
    const bool key = !mode.needs_key || !stream.source_defined_primary_key.empty();
    if (offers(mode.name) && cursor && key) return std::string(mode.name);
  }
  return {};
}

MergedCatalog merge_catalog(const protocol::Catalog& discovered,
                            std::span<const StreamChoice> choices,
                            std::span<const protocol::DestinationSyncMode> destination_modes) {
  static const StreamChoice kEvery{.name = "*",
                                   .name_space = {},
                                   .sync_mode = {},
                                   .cursor_field = {},
                                   .primary_key = {},
                                   .selected_fields = {}};
  if (choices.empty()) choices = std::span(&kEvery, 1);

  MergedCatalog merged;
  std::map<std::size_t, std::size_t> chosen_by;  // discovered stream → choice
  for (std::size_t c = 0; c < choices.size(); ++c) {
    if (choices[c].name == "*") continue;
    std::size_t found = 0;
    for (std::size_t s = 0; s < discovered.streams.size(); ++s) {
      if (!names(choices[c], discovered.streams[s])) continue;
      ++found;
      if (!chosen_by.emplace(s, c).second) {
        merged.problems.push_back({c, fmt::format("stream '{}' is chosen twice",
                                                  to_string(discovered.streams[s].descriptor))});
      }
    }
    if (found == 0) merged.problems.push_back({c, no_such_stream(choices[c], discovered)});
    if (found > 1) {
      merged.problems.push_back(
          {c, fmt::format("'{}' stands in several namespaces: name one with namespace:",
                          choices[c].name)});
    }
  }
  auto every = std::find_if(choices.begin(), choices.end(),
                            [](const StreamChoice& choice) { return choice.name == "*"; });
  for (std::size_t s = 0; s < discovered.streams.size(); ++s) {
    auto named = chosen_by.find(s);
    if (named == chosen_by.end() && every == choices.end()) continue;
    const std::size_t c = named != chosen_by.end()
                              ? named->second
                              : static_cast<std::size_t>(every - choices.begin());
    Chosen chosen(discovered.streams[s], choices[c], destination_modes);
    for (const auto& message : chosen.problems()) merged.problems.push_back({c, message});
    merged.catalog.streams.push_back(chosen.take());
  }
  if (merged.catalog.streams.empty() && merged.problems.empty()) {
    merged.problems.push_back({CatalogProblem::kWhole, "the source has no streams to sync"});
  }
  return merged;
}

}  // namespace wharf::connection
