#include "daemon/reception.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

namespace wharf::daemon {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::seconds kAnswerPatience{30};
constexpr std::chrono::seconds kCatalogPatience{60};

// Its coroutines keep it: who asked may be gone first.
struct Reception {
  asio::any_io_executor executor;
  Inquiry inquiry;

  template <class T>
  T wait(asio::awaitable<T> asked) const {
    return asio::co_spawn(executor, std::move(asked), asio::use_future).get();
  }
};

Respondent respondent(const api::Connectors::Asked& asked, std::chrono::seconds patience) {
  return {asked.definition, asked.who, patience};
}

}  // namespace

api::Connectors connectors_of(Core& core, BuiltinSpec builtin_spec) {
  auto reception = std::make_shared<Reception>(
      Reception{core.executor(), Inquiry(core.launcher(), core.runs(), core.clock(),
                                         &core.database(), std::move(builtin_spec))});
  api::Connectors connectors;
  connectors.known_spec = [reception](const definition::Definition& definition) {
    return reception->inquiry.known_spec(definition);
  };
  connectors.spec = [reception](const api::Connectors::Asked& asked) {
    return reception->wait(reception->inquiry.spec(respondent(asked, kAnswerPatience)));
  };
  connectors.check = [reception](const api::Connectors::Asked& asked, const std::string& config) {
    return reception->wait(reception->inquiry.check(respondent(asked, kAnswerPatience), config));
  };
  connectors.discover = [reception](const api::Connectors::Asked& asked, const std::string& config,
                                    bool fresh) {
    return reception->wait(
        reception->inquiry.discover(respondent(asked, kCatalogPatience), config, fresh));
  };
  return connectors;
}

}  // namespace wharf::daemon
