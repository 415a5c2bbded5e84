#pragma once

#include <wharf/error.h>

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "api/request.h"

namespace wharf::api {

using Handler = std::function<Response(const Request&)>;

/// What answers one method on one path. Handlers run on many threads at once.
struct Route {
  Access access = Access::administer;
  Handler handler;
};

/// Which path of which API leads where. Filled before the doors open, never changed afterwards.
class Router {
 public:
  /// `path` is below the base: `/jobs/{jobId}`. The handler takes a `const Request&` and gives a
  /// Response or a Result<Response>. Adding a method of a path twice is a broken invariant.
  template <class F>
  void add(Base base, Method method, std::string_view path, Access access, F handler) {
    if constexpr (std::is_same_v<std::invoke_result_t<F&, const Request&>, Response>) {
      put(base, method, path, {access, std::move(handler)});
    } else {
      // value() of a failure throws it, and the entrance turns it into a problem.
      put(base, method, path, {access, [handler = std::move(handler)](const Request& request) {
                                 return handler(request).value();
                               }});
    }
  }

  /// Where a path leads. Literal segments go before parameters; HEAD is served by GET.
  struct Match {
    Base base = Base::root;
    std::string path;  ///< below the base
    std::string
        pattern;  ///< the route's, from the root: `/api/public/v1/jobs/{jobId}`; none: empty
    bool known = false;
    const Route* route = nullptr;  ///< none: the path is known, the method is not
    std::string allow;             ///< methods of a known path: "GET, HEAD, OPTIONS"
    std::map<std::string, std::string> parameters;
  };
  /// `path` as it stood in the request, without its query. A slash at the end does not matter.
  Match match(Method method, std::string_view path) const;

  /// All routes, for those who compare them with a description.
  struct Entry {
    Base base;
    Method method;
    std::string path;
    std::string pattern;  ///< from the root
    Access access;
  };
  std::vector<Entry> entries() const;

 private:
  struct Template {
    Base base;
    std::string path;
    std::vector<std::string> segments;
    std::map<Method, Route> routes;
  };
  void put(Base base, Method method, std::string_view path, Route route);

  std::vector<Template> templates_;
};

}  // namespace wharf::api
