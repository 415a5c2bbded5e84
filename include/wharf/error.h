#pragma once
// One vocabulary of failure. An outcome that a caller branches on is a Result<T>; what should not
// happen (broken invariant, out of descriptors) is an exception, caught at the doors.

#include <boost/system/result.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace wharf {

/// What kind of failure. Closed; each has a stable text name (`name_of`) that scripts may test.
enum class ErrorCode {
  invalid_argument,    ///< the caller's words are off: a usage error
  invalid_config,      ///< a declaration or configuration is wrong
  not_found,           ///< what was named is not there
  conflict,            ///< somebody else holds it, or it stands already
  connector_failed,    ///< a connector said so, or exited with a failure
  protocol_violation,  ///< a connector's output breaks the protocol
  data_foreign,  ///< a file or table was touched by other hands, or belongs to another connection
  timed_out,
  cancelled,
  environment,  ///< disk full, no permission, noexec mount, missing program
  internal,     ///< our own fault
};

/// Whose fault, as Airbyte's failure reasons say it.
enum class Origin { source, destination, platform };

/// The stable name of a code: "connector_failed".
std::string_view name_of(ErrorCode code);
std::string_view name_of(Origin origin);

/// A failure that a caller acts on: what was wrong, where, and what to do about it.
struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string message;
  Origin origin = Origin::platform;

  /// The same error, said with what was being done: "while launching source 'orders': …".
  Error during(std::string_view doing) && {
    message.insert(0, std::string("while ").append(doing).append(": "));
    return std::move(*this);
  }
};

/// A failure on its way up through code that does not branch on it (connectors' inner loops).
/// The door that catches it turns it back into its Error.
class Failure : public std::runtime_error {
 public:
  explicit Failure(Error error) : std::runtime_error(error.message), error_(std::move(error)) {}
  Failure(ErrorCode code, const std::string& message) : Failure(Error{code, message}) {}
  const Error& error() const { return error_; }

 private:
  Error error_;
};

[[noreturn]] inline void throw_exception_from_error(const Error& error,
                                                    const boost::source_location&) {
  throw Failure(error);
}

/// A value, or why there is none. `value()` on a failure throws Failure.
template <class T>
using Result = boost::system::result<T, Error>;

/// For invariants that must hold in release builds too: a daemon that crashes restarts from its
/// tables; one that lies does not.
[[noreturn]] void invariant_broken(const char* condition, const char* file, int line);

}  // namespace wharf

#define WHARF_CHECK(condition) \
  ((condition) ? void(0) : ::wharf::invariant_broken(#condition, __FILE__, __LINE__))
