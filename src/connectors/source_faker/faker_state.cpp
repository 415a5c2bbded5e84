#include "connectors/source_faker/faker_state.h"

#include <wharf/error.h>

#include <nlohmann/json.hpp>

namespace wharf::connectors::faker {
namespace {

constexpr int kVersion = 1;

[[noreturn]] void refuse(const protocol::JsonText& text, const std::string& why) {
  throw Failure(Error{ErrorCode::invalid_config,
                      "the state " + text.substr(0, 200) + " is not one of source-faker's (" + why +
                          "); clear the stream's state to read it from its start",
                      Origin::source});
}

}  // namespace

std::optional<State> parse_state(const protocol::JsonText& text) {
  auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) refuse(text, "no object");
  if (json.empty()) return std::nullopt;
  try {
    if (json.at("version").get<int>() != kVersion) refuse(text, "another version than 1");
    State state;
    state.seed = json.at("seed").get<std::int64_t>();
    state.id = json.at("id").get<std::int64_t>();
    if (!json.at("updated_at").is_null())
      state.updated_at = json.at("updated_at").get<std::int64_t>();
    state.complete = json.at("complete").get<bool>();
    if (state.id < 0) refuse(text, "a negative id");
    return state;
  } catch (const nlohmann::json::exception& error) {
    refuse(text, error.what());
  }
}

protocol::JsonText to_text(const State& state) {
  return "{\"version\":1,\"seed\":" + std::to_string(state.seed) +
         ",\"id\":" + std::to_string(state.id) +
         ",\"updated_at\":" + (state.updated_at ? std::to_string(*state.updated_at) : "null") +
         ",\"complete\":" + (state.complete ? "true" : "false") + "}";
}

}  // namespace wharf::connectors::faker
