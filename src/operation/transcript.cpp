#include "operation/transcript.h"

#include "base/text.h"

#include <fmt/format.h>

#include <utility>
#include <variant>

namespace wharf::operation {

using protocol::Message;

Transcript::Transcript(std::string who, Origin origin) : who_(std::move(who)), origin_(origin) {}

void Transcript::stdout_line(std::string_view line) {
  auto parsed = reader_.parse(line);
  auto* message = std::get_if<Message>(&parsed);
  if (message == nullptr) return;
  // The first answer counts, and the first error; of configurations the last.
  if (auto* spec = std::get_if<protocol::ConnectorSpecification>(message)) {
    if (!spec_) spec_ = std::move(*spec);
  } else if (auto* status = std::get_if<protocol::ConnectionStatus>(message)) {
    if (!status_) status_ = std::move(*status);
  } else if (auto* catalog = std::get_if<protocol::Catalog>(message)) {
    if (!catalog_) catalog_ = std::move(*catalog);
  } else if (auto* control = std::get_if<protocol::ControlMessage>(message)) {
    new_config_ = std::move(control->config);
  } else if (auto* trace = std::get_if<protocol::TraceMessage>(message)) {
    auto* error = std::get_if<protocol::ErrorTrace>(&trace->body);
    if (error != nullptr && !first_error_) first_error_ = std::move(*error);
  }
}

void Transcript::stderr_line(std::string_view line) {
  stderr_tail_.emplace_back(base::clip(line, 2000));
  if (stderr_tail_.size() > kTail) stderr_tail_.pop_front();
}

Error Transcript::failure(std::string_view verb, const process::ExitStatus& exit) const {
  if (first_error_) {
    const bool of_config = first_error_->failure_type == protocol::FailureType::config_error;
    return Error{of_config ? ErrorCode::invalid_config : ErrorCode::connector_failed,
                 fmt::format("{} of {} failed: {}", verb, who_, first_error_->message), origin_};
  }
  std::string message = exit.success()
                            ? fmt::format("{} of {} ended without an answer", verb, who_)
                            : fmt::format("{} of {} ended with {}", verb, who_, exit.describe());
  for (const auto& line : stderr_tail_) message.append("\n  ").append(line);
  return Error{ErrorCode::connector_failed, std::move(message), origin_};
}

Result<protocol::ConnectorSpecification> Transcript::spec(const process::ExitStatus& exit) {
  if (spec_) return *std::move(spec_);
  return failure("spec", exit);
}

Result<protocol::ConnectionStatus> Transcript::check(const process::ExitStatus& exit) {
  if (status_) return *std::move(status_);
  return failure("check", exit);
}

Result<protocol::Catalog> Transcript::discover(const process::ExitStatus& exit) {
  if (catalog_) return *std::move(catalog_);
  return failure("discover", exit);
}

}  // namespace wharf::operation
