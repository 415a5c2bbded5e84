#include "api/tokens.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/json_body.h"
#include "api/problem.h"
#include "base/text.h"

namespace wharf::api {
namespace {

// 43 of 62 letters: 256 bits.
constexpr std::size_t kTokenLength = 43;

std::string required_member(const nlohmann::json& body, const char* name) {
  const auto at = body.find(name);
  if (at == body.end() || !at->is_string() || at->get_ref<const std::string&>().empty())
    throw Refused(bad_request(std::string("'") + name + "' is missing."));
  return at->get<std::string>();
}

std::string required_field(const Query& form, const char* name) {
  const auto value = form.find(name);
  if (!value || value->empty())
    throw Refused(bad_request(std::string("'") + name + "' is missing."));
  return std::string(*value);
}

}  // namespace

Tokens::Tokens(TokenStore& store, const base::Clock& clock, std::chrono::seconds life)
    : store_(store), clock_(clock), life_(std::max(life, kLifeMin)), patience_(clock) {}

std::optional<std::string> Tokens::issue(std::string_view client_id, std::string_view client_secret,
                                         std::string_view address) {
  const auto client = store_.client(client_id);
  const SecretHash expected = client ? client->secret_hash : SecretHash{};
  const bool right = patience_.judge(address, client_id, [&] {
    const bool same = same_hash(hash_of(client_secret), expected);
    return client && same;
  });
  if (!right) return std::nullopt;

  std::string text = random_secret(kTokenLength);
  const auto now = clock_.wall();
  store_.keep({hash_of(text), "client:" + client->id, client->role, now + life_}, now);
  return text;
}

std::optional<Caller> Tokens::identify(std::string_view token) const {
  const SecretHash hash = hash_of(token);
  const auto found = store_.token(hash);
  if (!found || !same_hash(found->hash, hash)) return std::nullopt;
  if (found->expires && *found->expires <= clock_.wall()) return std::nullopt;
  return Caller{found->subject, found->role};
}

TokenRequest read_token_request(std::string_view body) {
  if (base::trim(body).starts_with('{')) {
    const auto json = parse_json(body);
    return {required_member(json, "client_id"), required_member(json, "client_secret")};
  }
  const auto form = Query::parse(base::trim(body));
  if (!form) throw Refused(bad_request("The body is neither JSON nor a form."));
  return {required_field(*form, "client_id"), required_field(*form, "client_secret")};
}

void add_token_routes(Router& router, Tokens& tokens) {
  auto issue = [&tokens](const Request& request) {
    const auto asked = read_token_request(request.body);
    const auto token = tokens.issue(asked.client_id, asked.client_secret, request.peer.address);
    if (!token) throw Refused(invalid_client());
    const nlohmann::json answer{
        {"access_token", *token}, {"token_type", "Bearer"}, {"expires_in", tokens.life().count()}};
    return json_response(answer.dump());
  };
  for (const Base base : {Base::public_api, Base::config_api, Base::root})
    router.add(base, Method::post, "/applications/token", Access::open, issue);
}

}  // namespace wharf::api
