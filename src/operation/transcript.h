#pragma once

#include "process/exit_status.h"

#include <wharf/error.h>
#include <wharf/protocol/codec.h>

#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace wharf::operation {

/// What a connector said while it was asked one question, and what that amounts to (data-plane 7).
/// One thread.
class Transcript {
 public:
  /// Which connector, for messages: "source 'shop'"; and whose fault a failure is.
  Transcript(std::string who, Origin origin);

  void stdout_line(std::string_view line);
  void stderr_line(std::string_view line);

  /// The verdicts, once the connector has ended. A failure names the first ERROR trace if there is
  /// one (with invalid_config if it calls itself a config_error), else the exit and the last lines
  /// of stderr. A CHECK that says FAILED is a good answer.
  Result<protocol::ConnectorSpecification> spec(const process::ExitStatus& exit);
  Result<protocol::ConnectionStatus> check(const process::ExitStatus& exit);
  Result<protocol::Catalog> discover(const process::ExitStatus& exit);

  /// The last CONNECTOR_CONFIG, which replaces the configuration that was given.
  const std::optional<protocol::JsonText>& new_config() const { return new_config_; }
  /// What the first ERROR trace calls itself.
  protocol::FailureType failure_type() const {
    return first_error_ ? first_error_->failure_type : protocol::FailureType::system_error;
  }
  /// The last lines of stderr, oldest first.
  const std::deque<std::string>& stderr_tail() const { return stderr_tail_; }

 private:
  Error failure(std::string_view verb, const process::ExitStatus& exit) const;

  static constexpr std::size_t kTail = 20;

  std::string who_;
  Origin origin_;
  protocol::LineReader reader_;
  std::optional<protocol::ConnectorSpecification> spec_;
  std::optional<protocol::ConnectionStatus> status_;
  std::optional<protocol::Catalog> catalog_;
  std::optional<protocol::ErrorTrace> first_error_;
  std::optional<protocol::JsonText> new_config_;
  std::deque<std::string> stderr_tail_;
};

}  // namespace wharf::operation
