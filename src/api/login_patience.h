#pragma once

#include <chrono>
#include <map>
#include <string_view>

#include "api/secret_text.h"
#include "base/clock.h"
#include "base/guarded.h"

namespace wharf::api {

/// Slows down who guesses: after a few wrong logins under one name from one address the next is
/// looked at only after a pause, which doubles. A right one forgets them. Any thread may call it.
class LoginPatience {
 public:
  static constexpr int kFree = 5;  ///< wrong ones without a pause
  /// No right login is kept waiting for longer by those that were wrong before it.
  static constexpr std::chrono::seconds kLongest{10};
  static constexpr std::size_t kMost = 1024;  ///< pairs that are remembered; the oldest goes first

  explicit LoginPatience(const base::Clock& clock) : clock_(clock) {}

  /// What `is_right()` says, which is not asked during a pause: then it throws Refused (429).
  template <class Check>
  bool judge(std::string_view address, std::string_view name, Check is_right) {
    const Key key = key_of(address, name);
    require_no_pause(key);
    const bool right = is_right();
    right ? forget(key) : remember(key);
    return right;
  }

 private:
  using Key = SecretHash;  // of the two together: what is kept has a bound
  struct Wrong {
    int times = 0;
    base::SteadyTime last;
    base::SteadyTime until;
  };
  using Known = std::map<Key, Wrong>;

  static Key key_of(std::string_view address, std::string_view name);
  void require_no_pause(const Key& key) const;
  void remember(const Key& key);
  void forget(const Key& key);
  static void make_room(Known& known);

  const base::Clock& clock_;
  base::Guarded<Known> known_;
};

}  // namespace wharf::api
