#pragma once

#include <chrono>
#include <functional>
#include <string_view>
#include <utility>

#include "api/guard.h"
#include "api/problem.h"
#include "api/router.h"
#include "base/log.h"

namespace wharf::api {

/// What became of a request: for those who count.
struct Answered {
  std::string_view pattern;  ///< the route's whole path; empty: no route
  Method method;
  int status;
  std::chrono::duration<double> took;  ///< its handler; pieces come later
};

/// The way of a request from the socket to its handler and back: guard, route, caller, handler;
/// whatever goes wrong on it becomes a problem object. The one place where a handler's exception
/// ends. Any thread may call it; what it is given outlives it.
class Entrance {
 public:
  using Heard = std::function<void(const Answered&)>;

  /// `heard` is told of every answer, on its handler's thread; it throws nothing. `public_url`:
  /// where clients reach us; empty: as each names us. What a proxy says of itself in headers
  /// anybody may say, so that counts for nothing.
  Entrance(const Router& router, const Guard& guard, base::Log& log, Heard heard = {},
           std::string public_url = {})
      : router_(router),
        guard_(guard),
        log_(log),
        heard_(std::move(heard)),
        public_url_(std::move(public_url)) {}

  /// Answers any request; throws nothing.
  Response answer(Request request) const noexcept;

 private:
  Response answer_or_refuse(Request& request) const noexcept;
  Response handle(Request& request) const;
  Response unexpected(const Request& request, std::string_view what) const;
  void record_change(const Request& request, int status) const;

  const Router& router_;
  const Guard& guard_;
  base::Log& log_;
  const Heard heard_;
  const std::string public_url_;
};

}  // namespace wharf::api
