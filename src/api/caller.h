#pragma once
// Who asks, and what that allows.

#include <optional>
#include <string>
#include <string_view>

namespace wharf::api {

/// What somebody may do. A launcher works the workload queue and sees nothing else.
enum class Role { reader, operating, admin, launcher };

/// What a route asks of its caller. `open` asks nothing, not even a token.
enum class Access { open, read, operate, administer, launch };

/// Who was found behind a request: `client:<id>`, `uid:1000`, `anonymous`.
struct Caller {
  std::string subject;
  Role role = Role::reader;
};

bool permits(Role role, Access access);

/// "reader", "operator", "admin", "launcher": as the store keeps them.
std::string_view name_of(Role role);
std::optional<Role> role_named(std::string_view name);

}  // namespace wharf::api
