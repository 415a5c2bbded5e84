#include "docker/engine_target.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace wharf::docker {
namespace {

constexpr std::string_view kPlainLetters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

std::string percent_encoded(std::string_view text, std::string_view also_plain) {
  std::string encoded;
  for (const char c : text) {
    const bool plain = kPlainLetters.find(c) != std::string_view::npos ||
                       also_plain.find(c) != std::string_view::npos;
    if (plain) {
      encoded += c;
    } else {
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

}  // namespace

std::string in_target_path(std::string_view name) {
  return percent_encoded(name, "/:@");
}

std::string in_target_query(std::string_view value) {
  return percent_encoded(value, {});
}

std::string filters_in_query(const std::map<std::string, std::vector<std::string>>& filters) {
  return in_target_query(
      nlohmann::json(filters).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace wharf::docker
