#pragma once

#include "base/clock.h"
#include "database/database.h"
#include "definition/resources.h"
#include "launcher/launcher.h"
#include "operation/connector_operation.h"

#include <wharf/protocol/catalog.h>
#include <wharf/protocol/spec.h>

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace wharf::daemon {

/// Who is asked.
struct Respondent {
  definition::Definition definition;
  std::string who;  ///< for messages: "source 'shop'"
  /// How long it may take; none: as long as an attempt gives it.
  std::optional<std::chrono::milliseconds> patience = {};
  definition::ScopedResources resources = {};  ///< what it says of its containers
};

/// What a connector of this binary answers to `spec`, by its name: the binary knows without a
/// process.
using BuiltinSpec =
    std::function<std::optional<protocol::ConnectorSpecification>(std::string_view name)>;

/// What a store remembers of a connector's spec, an image's by the digest it had when it last ran.
std::optional<protocol::ConnectorSpecification> remembered_spec(sqlite::Connection& store,
                                                                definition::Definition definition);

/// Puts questions to connectors, and remembers answers where a store is given: a spec as long as
/// the connector is the same, a foreign source's catalog for a day. On the engine.
class Inquiry {
 public:
  Inquiry(launcher::Launcher& launcher, std::filesystem::path runs, const base::Clock& clock,
          database::Database* store, BuiltinSpec builtin_spec = {},
          std::size_t line_limit = protocol::kLineLimit);

  /// What is known without asking. Any thread.
  std::optional<protocol::ConnectorSpecification> known_spec(
      const definition::Definition& definition) const;
  boost::asio::awaitable<Result<protocol::ConnectorSpecification>> spec(Respondent respondent);
  /// FAILED is an answer, not an error.
  boost::asio::awaitable<Result<protocol::ConnectionStatus>> check(Respondent respondent,
                                                                   std::string config);
  /// `fresh`: whatever is remembered.
  boost::asio::awaitable<Result<protocol::Catalog>> discover(Respondent respondent,
                                                             std::string config, bool fresh);

  /// Whatever is asked, now or later, waits for no image any more (operation::CallOff). On the
  /// strand of who asks.
  void call_off() { call_off_->call(); }

 private:
  operation::Question question(const Respondent& respondent, workload::Verb verb,
                               const std::string& config) const;

  launcher::Launcher& launcher_;
  const std::filesystem::path runs_;
  const base::Clock& clock_;
  database::Database* const store_;
  const BuiltinSpec builtin_spec_;
  const std::size_t line_limit_;
  const std::shared_ptr<operation::CallOff> call_off_ = std::make_shared<operation::CallOff>();
};

}  // namespace wharf::daemon
