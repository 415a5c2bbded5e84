#include "docker/registry_logins.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "docker/base64.h"

namespace wharf::docker {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kHubRegistry = "docker.io";

std::string member_text(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// `https://index.docker.io/v1/` → `docker.io`; `https://reg.example.com/v2/` → `reg.example.com`.
std::string registry_of(std::string_view server) {
  if (const auto mark = server.find("://"); mark != std::string_view::npos) {
    server.remove_prefix(mark + 3);
  }
  const auto host = base::to_lower(server.substr(0, server.find('/')));
  const bool hub = host == "index.docker.io" || host == "registry-1.docker.io";
  return hub ? std::string(kHubRegistry) : host;
}

Error bad_config(std::string_view why) {
  return {ErrorCode::invalid_config, fmt::format("registry logins: {}", why)};
}

}  // namespace

Result<RegistryLogins::Login> RegistryLogins::login_of(const std::string& server,
                                                       std::string_view user,
                                                       std::string_view password,
                                                       std::string_view auth,
                                                       std::string_view identity_token) {
  Login login{std::string(user), std::string(password), std::string(identity_token), server};
  if (auth.empty()) return login;
  const auto plain = from_base64(auth);
  const auto colon = plain ? plain->find(':') : std::string::npos;
  if (colon == std::string::npos) {
    return bad_config(fmt::format("the 'auth' of '{}' is not USER:PASSWORD in base64", server));
  }
  login.user = plain->substr(0, colon);
  login.password = plain->substr(colon + 1);
  // Docker's client pads some with zeros.
  while (!login.password.empty() && login.password.back() == '\0') login.password.pop_back();
  return login;
}

Result<RegistryLogins> RegistryLogins::parse(std::string_view config_json) {
  const auto json = Json::parse(config_json, nullptr, false);
  if (!json.is_object()) return bad_config("not a JSON object, as Docker's config.json is");
  RegistryLogins all;
  all.store_ = member_text(json, "credsStore");
  const auto none = Json::object();
  const auto helpers = json.find("credHelpers");
  const Json& helped = helpers == json.end() ? none : *helpers;
  for (const auto& [server, helper] : helped.items()) {
    if (helper.is_string()) all.helpers_[registry_of(server)] = helper.get<std::string>();
  }
  const auto found = json.find("auths");
  const Json& auths = found == json.end() ? none : *found;
  if (!auths.is_object()) return bad_config("'auths' is not an object");
  for (const auto& [server, entry] : auths.items()) {
    if (!entry.is_object()) return bad_config(fmt::format("'{}' is not an object", server));
    auto login = login_of(server, member_text(entry, "username"), member_text(entry, "password"),
                          member_text(entry, "auth"), member_text(entry, "identitytoken"));
    if (!login) return std::move(login).error();
    // Where a helper keeps the login, the entry is empty.
    if (login->user.empty() && login->identity_token.empty()) continue;
    all.logins_[registry_of(server)] = std::move(*login);
  }
  return all;
}

std::optional<std::string> RegistryLogins::header_for(const ImageReference& image) const {
  const auto found = logins_.find(base::to_lower(image.registry));
  if (found == logins_.end()) return std::nullopt;
  const auto& login = found->second;
  Json json = {{"serveraddress", login.server}};
  if (login.identity_token.empty()) {
    json["username"] = login.user;
    json["password"] = login.password;
  } else {
    json["identitytoken"] = login.identity_token;
  }
  return to_base64_url(json.dump(-1, ' ', false, Json::error_handler_t::replace));
}

std::optional<std::string> RegistryLogins::unused_helper_for(const ImageReference& image) const {
  const auto registry = base::to_lower(image.registry);
  if (logins_.count(registry) != 0) return std::nullopt;
  if (const auto found = helpers_.find(registry); found != helpers_.end()) return found->second;
  if (!store_.empty()) return store_;
  return std::nullopt;
}

}  // namespace wharf::docker
