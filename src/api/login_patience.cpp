#include "api/login_patience.h"

#include <algorithm>
#include <string>

#include "api/problem.h"

namespace wharf::api {

LoginPatience::Key LoginPatience::key_of(std::string_view address, std::string_view name) {
  return hash_of(std::string(address) + '\n' + std::string(name));
}

void LoginPatience::require_no_pause(const Key& key) const {
  const auto now = clock_.steady();
  const auto left = known_.with([&](const Known& known) {
    const auto found = known.find(key);
    return found == known.end() ? base::SteadyTime::duration(0) : found->second.until - now;
  });
  if (left.count() <= 0) return;
  throw Refused(too_many_logins(std::chrono::ceil<std::chrono::seconds>(left)));
}

void LoginPatience::remember(const Key& key) {
  const auto now = clock_.steady();
  known_.with([&](Known& known) {
    if (!known.contains(key)) make_room(known);
    Wrong& wrong = known[key];
    ++wrong.times;
    wrong.last = now;
    if (wrong.times < kFree) return;
    const int doubled = std::min(wrong.times - kFree, 4);
    wrong.until =
        now + std::min<std::chrono::seconds>(kLongest, std::chrono::seconds(1) * (1 << doubled));
  });
}

void LoginPatience::forget(const Key& key) {
  known_.with([&](Known& known) { known.erase(key); });
}

void LoginPatience::make_room(Known& known) {
  if (known.size() < kMost) return;
  known.erase(
      std::ranges::min_element(known, {}, [](const auto& each) { return each.second.last; }));
}

}  // namespace wharf::api
