#pragma once

#include <cstddef>
#include <list>
#include <optional>
#include <unordered_map>

#include "base/clock.h"

namespace wharf::api {

/// Who is connected through one door, and who of them has nothing to do, for how long. Belongs to
/// one strand. `Member` is only a name here; crowds own nobody.
template <class Member>
class Crowd {
 public:
  explicit Crowd(std::size_t most) : most_(most) {}

  void enter(Member* member) { places_.emplace(member, idle_.end()); }
  void leave(Member* member) {
    busy(member);
    places_.erase(member);
  }
  void idle(Member* member, base::SteadyTime since) {
    busy(member);
    places_.at(member) = idle_.insert(idle_.end(), {member, since});
  }
  void busy(Member* member) {
    auto& place = places_.at(member);
    if (place != idle_.end()) idle_.erase(place);
    place = idle_.end();
  }

  struct Idle {
    Member* member;
    base::SteadyTime since;
  };
  std::optional<Idle> longest_idle() const {
    return idle_.empty() ? std::nullopt : std::optional(idle_.front());
  }

  bool full() const { return places_.size() >= most_; }
  bool empty() const { return places_.empty(); }
  template <class F>
  void for_each(F f) const {
    for (const auto& [member, place] : places_) f(*member);
  }

 private:
  const std::size_t most_;
  std::list<Idle> idle_;  // the longest idle first
  std::unordered_map<Member*, typename std::list<Idle>::iterator> places_;
};

}  // namespace wharf::api
