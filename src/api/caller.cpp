#include "api/caller.h"

#include <array>
#include <utility>

namespace wharf::api {
namespace {

constexpr std::array<std::pair<Role, std::string_view>, 4> kRoleNames{{
    {Role::reader, "reader"},
    {Role::operating, "operator"},
    {Role::admin, "admin"},
    {Role::launcher, "launcher"},
}};

}  // namespace

bool permits(Role role, Access access) {
  if (access == Access::open || role == Role::admin) return true;
  switch (role) {
    case Role::reader:
      return access == Access::read;
    case Role::operating:
      return access == Access::read || access == Access::operate;
    case Role::launcher:
      return access == Access::launch;
    case Role::admin:
      break;
  }
  return true;
}

std::string_view name_of(Role role) {
  for (const auto& [value, name] : kRoleNames)
    if (value == role) return name;
  return "reader";
}

std::optional<Role> role_named(std::string_view name) {
  for (const auto& [value, text] : kRoleNames)
    if (text == name) return value;
  return std::nullopt;
}

}  // namespace wharf::api
