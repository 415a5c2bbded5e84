#include "api/entrance.h"

#include "base/uuid.h"

namespace wharf::api {
namespace {

Response unknown_path() {
  return text_response("Object not found.", 404);
}

Response methods_response(const std::string& allow) {
  auto response = empty_response();
  response.headers = {{"Allow", allow}};
  return response;
}

// `/path?query`, or with a proxy's habit `http://host/path?query`.
std::pair<std::string_view, std::string_view> path_and_query(std::string_view target) {
  if (!target.starts_with('/')) {
    const auto scheme = target.find("://");
    const auto slash = scheme == std::string_view::npos ? scheme : target.find('/', scheme + 3);
    target = slash == std::string_view::npos ? "/" : target.substr(slash);
  }
  const auto mark = target.find('?');
  if (mark == std::string_view::npos) return {target, {}};
  return {target.substr(0, mark), target.substr(mark + 1)};
}

}  // namespace

Response Entrance::answer(Request request) const noexcept {
  const auto began = std::chrono::steady_clock::now();
  auto response = answer_or_refuse(request);
  const auto took = std::chrono::steady_clock::now() - began;
  if (heard_) heard_({request.pattern, request.method, response.status, took});
  return response;
}

Response Entrance::answer_or_refuse(Request& request) const noexcept {
  try {
    return handle(request);
  } catch (const Refused& refused) {
    return answer_of(refused.problem(), request.base, base::random_uuid());
  } catch (const Failure& failure) {
    if (failure.error().code == ErrorCode::internal) return unexpected(request, failure.what());
    return answer_of(problem_of(failure.error()), request.base, base::random_uuid());
  } catch (const std::exception& error) {
    return unexpected(request, error.what());
  } catch (...) {
    return unexpected(request, "something that is no std::exception was thrown");
  }
}

Response Entrance::handle(Request& request) const {
  const auto [path, query] = path_and_query(request.target);
  auto match = router_.match(request.method, path);
  request.base = match.base;
  request.path = std::move(match.path);
  request.pattern = std::move(match.pattern);
  if (auto problem = guard_.objection(request)) throw Refused(std::move(*problem));

  // Without a token nothing but open routes answers, not even that a path is unknown.
  const bool open = match.route && match.route->access == Access::open;
  if (!open) {
    auto caller = guard_.identify(request);
    if (!caller) throw Refused(invalid_api_key());
    request.caller = std::move(*caller);
  }
  if (!match.known) return unknown_path();
  if (request.method == Method::options && !match.route) return methods_response(match.allow);
  if (!match.route) throw Refused(method_not_allowed(match.allow));
  if (!permits(request.caller.role, match.route->access))
    throw Refused(forbidden("The role of this token does not allow this."));

  auto values = Query::parse(query);
  if (!values) throw Refused(invalid_value("The query has a broken escape."));
  request.query = std::move(*values);
  request.base_url = public_url_;
  if (request.base_url.empty()) {
    request.base_url = "http://" + std::string(request.headers.find("host").value_or("localhost"));
  }
  request.parameters = std::move(match.parameters);
  auto response = match.route->handler(request);
  if (!open && match.route->access != Access::read) record_change(request, response.status);
  return response;
}

Response Entrance::unexpected(const Request& request, std::string_view what) const {
  const auto id = base::random_uuid();
  log_.error("request_failed", {{"error_id", id},
                                {"method", name_of(request.method)},
                                {"path", request.path},
                                {"what", what}});
  return answer_of(problem_of(Error{}), request.base, id);
}

void Entrance::record_change(const Request& request, int status) const {
  log_.info("change_asked", {{"by", request.caller.subject},
                             {"method", name_of(request.method)},
                             {"path", request.path},
                             {"status", status}});
}

}  // namespace wharf::api
