#include "api/guard.h"

#include <openssl/evp.h>

#include <algorithm>

#include "base/text.h"

namespace wharf::api {
namespace {

bool changes_state(Method method) {
  return method != Method::get && method != Method::head && method != Method::options;
}

// After `scheme` and a space, whatever its case; none if it is another scheme.
std::optional<std::string_view> credentials(std::string_view header, std::string_view scheme) {
  if (header.size() <= scheme.size() || header[scheme.size()] != ' ') return std::nullopt;
  if (base::to_lower(header.substr(0, scheme.size())) != scheme) return std::nullopt;
  return base::trim(header.substr(scheme.size() + 1));
}

std::optional<std::string> base64_decoded(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0 || text.size() > 4096) return std::nullopt;
  std::string decoded(text.size() / 4 * 3, '\0');
  const int count = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(decoded.data()),
                                    reinterpret_cast<const unsigned char*>(text.data()),
                                    static_cast<int>(text.size()));
  if (count < 0) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  decoded.resize(static_cast<std::size_t>(count) - padding);
  return decoded;
}

bool is_json(std::string_view content_type) {
  const auto type = base::to_lower(base::trim(content_type.substr(0, content_type.find(';'))));
  return type == "application/json" || type.ends_with("+json");
}

}  // namespace

std::string host_name(std::string_view host) {
  const auto bracket = host.rfind(']');
  const auto colon = host.rfind(':');
  const bool has_port =
      colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  return base::to_lower(has_port ? host.substr(0, colon) : host);
}

bool Guard::is_ours(std::string_view host) const {
  const auto& hosts = options_.hosts;
  return std::find(hosts.begin(), hosts.end(), host_name(host)) != hosts.end();
}

std::optional<Problem> Guard::objection(const Request& request) const {
  if (request.peer.local) return std::nullopt;
  const auto host = request.headers.find("host");
  if (!host || host->empty() || request.headers.count("host") > 1)
    return bad_request("The request must have one Host header.");
  if (!is_ours(*host))
    return forbidden("This server does not answer for the host '" + host_name(*host) +
                     "'. If it should, add the name to hosts: in the settings.");
  if (!changes_state(request.method)) return std::nullopt;
  return browser_objection(request, *host);
}

// A browser says where the page stands that sends a change. Programs say nothing of the kind, and
// curl calls its JSON a form: of them no content type is asked.
std::optional<Problem> Guard::browser_objection(const Request& request,
                                                std::string_view host) const {
  const auto origin = request.headers.find("origin");
  const auto site = request.headers.find("sec-fetch-site");
  if (!origin && !site) return std::nullopt;
  if (site && *site != "same-origin" && *site != "none")
    return forbidden("A page of another site may not change anything here.");
  if (origin && base::to_lower(*origin) != "http://" + base::to_lower(host) &&
      base::to_lower(*origin) != "https://" + base::to_lower(host))
    return forbidden("A page of another origin may not change anything here.");
  const auto type = request.headers.find("content-type");
  if (!request.body.empty() && (!type || !is_json(*type)))
    return unsupported_media_type("A browser must send application/json.");
  return std::nullopt;
}

std::optional<Caller> Guard::identify(const Request& request) const {
  if (request.peer.local) return Caller{"uid:" + std::to_string(request.peer.uid), Role::admin};
  if (!options_.authenticate) return Caller{"anonymous", Role::admin};
  const auto header = request.headers.find("authorization");
  if (!header || request.headers.count("authorization") > 1) return std::nullopt;
  if (const auto token = credentials(*header, "bearer")) return identify_token_(*token);
  if (const auto login = credentials(*header, "basic")) return identify_basic(*login, request.peer);
  return std::nullopt;
}

std::optional<Caller> Guard::identify_basic(std::string_view encoded, const Peer& peer) const {
  const auto decoded = base64_decoded(encoded);
  if (!options_.basic || !decoded) return std::nullopt;
  const auto colon = decoded->find(':');
  if (colon == std::string::npos) return std::nullopt;
  const std::string user = decoded->substr(0, colon);
  const auto is_right = [&] {
    const bool same_password =
        same_hash(hash_of(decoded->substr(colon + 1)), options_.basic->password_hash);
    return user == options_.basic->user && same_password;
  };
  const bool right = options_.patience != nullptr
                         ? options_.patience->judge(peer.address, user, is_right)
                         : is_right();
  if (!right) return std::nullopt;
  return Caller{"basic:" + options_.basic->user, Role::admin};
}

}  // namespace wharf::api
