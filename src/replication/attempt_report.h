#pragma once

#include "replication/outcome.h"

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wharf::replication {

/// How an attempt went, for whoever asked.
struct AttemptReport {
  base::AttemptId attempt;
  Outcome outcome;
  bookkeeper::BookSummary books;
  std::vector<std::string> notices;      ///< rows that were gone, counts that differ
  std::vector<std::string> stderr_tail;  ///< of the side at fault: its last lines
  std::string road;                      ///< "socket, PROTOBUF: both connectors have sockets"
  std::filesystem::path log;
  /// How long each stage took that it has been through: "queue" until it was claimed, "launch"
  /// until both sides could begin, "run" until its end.
  std::vector<std::pair<std::string_view, std::chrono::nanoseconds>> stages = {};
  struct Exit {
    std::string connector;
    process::ExitStatus status;
  };
  std::vector<Exit> exits = {};  ///< of its connectors, in their order
};

}  // namespace wharf::replication
