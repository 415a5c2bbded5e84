#pragma once
// What comes in and what goes out: values, so that a handler is a plain function from one to the
// other, and knows no socket.

#include <sys/types.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/caller.h"
#include "api/headers.h"
#include "api/query.h"

namespace wharf::api {

enum class Method { get, head, post, put, patch, del, options, other };
std::string_view name_of(Method method);
Method method_named(std::string_view name);

/// Which of the APIs under this roof.
enum class Base {
  root,        ///< everything else: `/healthz`, `/metrics`, `/applications/token`
  public_api,  ///< `/api/public/v1` and its alias `/v1`
  config_api,  ///< `/api/v1`; the workload API is a part of it
  wharf_api,   ///< `/api/wharf/v1`: what Airbyte's API has no word for
};

/// The other end of the connection. Of a Unix socket the kernel says who it is.
struct Peer {
  bool local = false;  ///< came through the Unix socket; uid, gid and pid are known
  uid_t uid = 0;
  gid_t gid = 0;
  pid_t pid = 0;
  std::string address = {};  ///< without its port; of TCP
};

/// A whole request. The server fills the first group, the entrance the second, before a handler
/// sees it.
struct Request {
  Method method = Method::get;
  std::string target;  ///< as it stood on the request line
  Headers headers;
  std::string body;
  Peer peer;

  Base base = Base::root;
  std::string path;                               ///< below the base, without the last slash
  std::string pattern;                            ///< the route's whole path; empty: no route
  std::map<std::string, std::string> parameters;  ///< `{jobId}` of the route's path, decoded
  Query query;
  std::string base_url;  ///< what links begin with: how clients reach us, `http://localhost:8000`
  Caller caller;         ///< of an open route: nobody, an empty subject

  /// A parameter that the route's path has by name.
  const std::string& parameter(const std::string& name) const { return parameters.at(name); }
};

/// A part of an answer that is made piece by piece.
struct Piece {
  enum class Then {
    more,  ///< ask again at once
    wait,  ///< nothing new for now: ask again in a moment
    end,   ///< that was all
  };
  std::string text;
  Then then = Then::end;
};

/// An answer too long, or too slow, to be one text: a download, or a log as it grows.
struct Pieces {
  /// The next piece. Called on handler threads, one call at a time; must not wait.
  std::function<Piece()> next;
  /// Set for a follower: what is said last when its time is over: where to go on from, the cursor.
  /// There are few places for followers, and each is given up after a minute.
  std::function<std::string()> farewell;
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  ///< beside those of every answer
  std::optional<Pieces> pieces;                              ///< instead of `body`
};

/// A text, a JSON text, nothing at all (204).
Response text_response(std::string text, int status = 200);
Response json_response(std::string json, int status = 200);
Response empty_response();

}  // namespace wharf::api
