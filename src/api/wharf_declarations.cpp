#include <nlohmann/json.hpp>

#include "api/parameters.h"
#include "api/problem.h"
#include "api/wharf_routes.h"
#include "api/wharf_views.h"
#include "declaration/export.h"

namespace wharf::api {
namespace {

using WishJson = nlohmann::ordered_json;

std::string wish_text(const WishJson& object, const char* member) {
  const auto at = object.is_object() ? object.find(member) : object.end();
  if (at == object.end() || !at->is_string()) {
    throw Refused(bad_request(std::string("'") + member + "' must be a text."));
  }
  return at->get<std::string>();
}

const WishJson* wish_list(const WishJson& object, const char* member) {
  const auto at = object.find(member);
  if (at == object.end()) return nullptr;
  if (!at->is_array()) throw Refused(bad_request(std::string("'") + member + "' must be a list."));
  return &*at;
}

bool wish_flag(const WishJson& object, const char* member) {
  const auto at = object.find(member);
  if (at == object.end()) return false;
  if (!at->is_boolean()) {
    throw Refused(bad_request(std::string("'") + member + "' must be true or false."));
  }
  return at->get<bool>();
}

DeclarationWish read_wish(const Request& request, bool carry_out) {
  const auto body = WishJson::parse(request.body, nullptr, false);
  if (!body.is_object()) throw Refused(unreadable_body("The body is no JSON object."));
  DeclarationWish wish;
  const auto* files = wish_list(body, "files");
  if (files == nullptr || files->empty()) throw Refused(bad_request("'files' is missing."));
  for (const auto& file : *files) {
    wish.files.push_back({wish_text(file, "path"), wish_text(file, "text")});
    if (!wish.files.back().path.starts_with('/')) {
      throw Refused(bad_request("The path of a file must be an absolute one."));
    }
  }
  if (const auto* directories = wish_list(body, "directories")) {
    for (const auto& each : *directories) {
      if (each.is_string()) wish.directories.push_back(each.get<std::string>());
    }
  }
  if (const auto secrets = body.find("secrets"); secrets != body.end() && secrets->is_object()) {
    for (const auto& [name, value] : secrets->items()) wish.secrets[name] = value.dump();
  }
  wish.prune = wish_flag(body, "prune");
  wish.adopt = wish_flag(body, "adopt");
  if (body.contains("plan")) wish.plan = body["plan"].dump();
  wish.may_use_host = request.peer.local;
  wish.carry_out = carry_out;
  return wish;
}

Response export_system(const Instance& instance, const Request& request) {
  const bool with_state = flag_of(request, "state");
  const auto exported = instance.database.read(
      [&](sqlite::Connection& store) { return declaration::export_all(store, with_state); });
  return wharf_response({{"declaration", exported.declaration()},
                         {"secrets", exported.secrets},
                         {"notes", exported.notes}});
}

}  // namespace

void add_declaration_routes(Router& router, const Instance& instance) {
  const auto base = Base::wharf_api;
  const auto take = [&](const char* path, bool carry_out) {
    router.add(base, Method::post, path, Access::administer,
               [&instance, carry_out](const Request& request) {
                 const auto wish = read_wish(request, carry_out);
                 return json_response(instance.take_declaration(wish).value());
               });
  };
  take("/diff", false);
  take("/apply", true);
  router.add(base, Method::get, "/export", Access::read,
             [&instance](const Request& request) { return export_system(instance, request); });
}

}  // namespace wharf::api
