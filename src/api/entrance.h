#pragma once

#include "api/guard.h"
#include "api/problem.h"
#include "api/router.h"
#include "base/log.h"

namespace wharf::api {

/// The way of a request from the socket to its handler and back: guard, route, caller, handler;
/// whatever goes wrong on it becomes a problem object. The one place where a handler's exception
/// ends. Any thread may call it; what it is given outlives it.
class Entrance {
 public:
  Entrance(const Router& router, const Guard& guard, base::Log& log)
      : router_(router), guard_(guard), log_(log) {}

  /// Answers any request; throws nothing.
  Response answer(Request request) const noexcept;

 private:
  Response handle(Request& request) const;
  Response unexpected(const Request& request, std::string_view what) const;
  void record_change(const Request& request, int status) const;

  const Router& router_;
  const Guard& guard_;
  base::Log& log_;
};

}  // namespace wharf::api
