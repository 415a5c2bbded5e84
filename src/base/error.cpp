#include <wharf/error.h>

#include <cstdio>
#include <cstdlib>

namespace wharf {

std::string_view name_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument:
      return "invalid_argument";
    case ErrorCode::invalid_config:
      return "invalid_config";
    case ErrorCode::not_found:
      return "not_found";
    case ErrorCode::conflict:
      return "conflict";
    case ErrorCode::connector_failed:
      return "connector_failed";
    case ErrorCode::protocol_violation:
      return "protocol_violation";
    case ErrorCode::data_foreign:
      return "data_foreign";
    case ErrorCode::timed_out:
      return "timed_out";
    case ErrorCode::cancelled:
      return "cancelled";
    case ErrorCode::environment:
      return "environment";
    case ErrorCode::internal:
      return "internal";
  }
  return "internal";
}

std::string_view name_of(Origin origin) {
  switch (origin) {
    case Origin::source:
      return "source";
    case Origin::destination:
      return "destination";
    case Origin::platform:
      return "platform";
  }
  return "platform";
}

void invariant_broken(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "wharf: broken invariant: %s (%s:%d)\n", condition, file, line);
  std::abort();
}

}  // namespace wharf
