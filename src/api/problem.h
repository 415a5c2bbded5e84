#pragma once
// Everything that is not a success, as Airbyte's API words it.

#include <wharf/error.h>

#include <chrono>
#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/request.h"

namespace wharf::api {

/// A refusal or failure before it is put into words. Without a title it is one that clients know
/// by its status alone (validation, JSON that does not parse).
struct Problem {
  int status = 500;
  std::string title;
  std::string type;
  std::string detail;
  std::vector<std::pair<std::string, std::string>> data;  ///< texts by name; `message` in most
  std::string documentation_url;
  std::vector<std::pair<std::string, std::string>> headers;
};

/// Thrown by what reads a request (a parameter, a body) to end it there. The entrance catches it.
class Refused : public std::exception {
 public:
  explicit Refused(Problem problem) : problem_(std::move(problem)) {}
  const Problem& problem() const { return problem_; }
  const char* what() const noexcept override { return problem_.detail.c_str(); }

 private:
  Problem problem_;
};

// The problems that matter, by their titles.
Problem bad_request(std::string message);
Problem value_not_found(std::string value);
Problem invalid_api_key();
/// At the token's door: an unknown client, or a wrong secret.
Problem invalid_client();
/// Wrong ones came before it: this one has not been looked at.
Problem too_many_logins(std::chrono::seconds pause);
Problem forbidden(std::string message);
/// `type` as Airbyte names it: SOURCE_CONNECTION, DESTINATION_CONNECTION, STANDARD_SYNC, JOB …
Problem resource_not_found(std::string type, std::string id);
Problem state_conflict(std::string message);
Problem try_again_later(std::string message);
Problem connection_locked(std::string connection_id, std::string reason);
Problem unprocessable_entity(std::string message);
Problem unexpected_problem(std::string message);
Problem not_implemented();
Problem service_unavailable(std::string message);
Problem method_not_allowed(std::string allow);
/// It comes too late: whoever asks is to stop what it does (410).
Problem gone(std::string message);
Problem payload_too_large(std::string message);
Problem request_timeout(std::string message);
Problem header_too_large(std::string message);
Problem unsupported_media_type(std::string message);
/// A parameter or member that is not what it must be (limit=1000, a bad UUID): 400, untitled.
Problem invalid_value(std::string message);
/// A body that is no JSON: 422, untitled.
Problem unreadable_body(std::string message);

/// What an error of the rooms below means to a client. `internal` says nothing of its message.
Problem problem_of(const Error& error);

/// The answer: a problem object, or on the Config API `{message, errorId}`. `error_id` is for what
/// is found in the log under it.
Response answer_of(const Problem& problem, Base base, std::string_view error_id);

}  // namespace wharf::api
