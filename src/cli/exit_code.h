#pragma once

#include <wharf/error.h>

namespace wharf::cli {

inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;
inline constexpr int kUsage = 2;
inline constexpr int kEnvironment = 3;

/// What a failure amounts to for the shell.
inline int exit_code_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument:
    case ErrorCode::invalid_config:
    case ErrorCode::not_found:
      return kUsage;
    case ErrorCode::environment:
    case ErrorCode::conflict:
      return kEnvironment;
    default:
      return kFailed;
  }
}

}  // namespace wharf::cli
