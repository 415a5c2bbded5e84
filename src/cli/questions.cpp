#include "cli/questions.h"

#include "cli/daemon_client.h"
#include "cli/exit_code.h"
#include "cli/listing.h"
#include "cli/streams_block.h"

#include <wharf/protocol/codec.h>

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace wharf::cli {
namespace {

using QuestionJson = nlohmann::ordered_json;

/// A source or destination of the daemon.
struct Known {
  std::string kind;  ///< as in a path: "sources"
  std::string id;
  std::string name;
};

std::vector<Known> known(const DaemonClient& daemon, const std::string& kind) {
  std::vector<Known> all;
  const auto listed = daemon.get(fmt::format("{}/{}", kWharfApi, kind));
  for (const auto& each : listed.at(kind)) {
    all.push_back({kind, each.value("id", ""), each.value("name", "")});
  }
  return all;
}

// Those of the names, or all of them if no name is given; a name that is none is a failure.
std::vector<Known> meant(std::vector<Known> all, const std::vector<std::string>& names) {
  if (names.empty()) return all;
  std::erase_if(all, [&](const Known& each) {
    return std::find(names.begin(), names.end(), each.name) == names.end();
  });
  for (const auto& name : names) {
    const bool found =
        std::any_of(all.begin(), all.end(), [&](const Known& each) { return each.name == name; });
    if (!found) {
      throw Failure(ErrorCode::not_found,
                    fmt::format("the daemon has nothing named '{}' to ask; `wharf sources` and "
                                "`wharf destinations` list what it has",
                                name));
    }
  }
  return all;
}

QuestionJson verdict(const DaemonClient& daemon, const Known& endpoint) {
  QuestionJson said{{"name", endpoint.name},
                    {"kind", endpoint.kind.substr(0, endpoint.kind.size() - 1)}};
  const auto reply =
      daemon.ask("POST", fmt::format("{}/{}/{}/check", kWharfApi, endpoint.kind, endpoint.id));
  if (reply.status >= 300) {
    said["status"] = "failed";
    said["message"] = error_of(reply).message;
    return said;
  }
  const auto answer = QuestionJson::parse(reply.body);
  said["status"] = answer.value("status", "");
  said["message"] = answer.value("message", "");
  return said;
}

}  // namespace

int check_at_daemon(const DaemonPlace& place, const std::vector<std::string>& names) {
  const auto daemon = DaemonClient::find(place);
  auto all = known(daemon, "sources");
  for (auto& each : known(daemon, "destinations")) all.push_back(std::move(each));
  QuestionJson results = QuestionJson::array();
  bool good = true;
  for (const auto& endpoint : meant(std::move(all), names)) {
    results.push_back(verdict(daemon, endpoint));
    const auto& said = results.back();
    const bool works = said["status"] == "succeeded";
    const std::string message = said["message"];
    good = good && works;
    if (place.json) continue;
    fmt::print("{} '{}': {}{}{}\n", said["kind"].get<std::string>(), printable(endpoint.name),
               works ? "works" : "failed", message.empty() ? "" : ": ", printable(message));
  }
  if (place.json) {
    std::puts(results.dump(2, ' ', false, QuestionJson::error_handler_t::replace).c_str());
  }
  return good ? kDone : kFailed;
}

int discover_at_daemon(const DaemonPlace& place, const std::vector<std::string>& names) {
  const auto daemon = DaemonClient::find(place);
  for (const auto& source : meant(known(daemon, "sources"), names)) {
    const auto reply =
        daemon.ask("POST", fmt::format("{}/sources/{}/discover?fresh=true", kWharfApi, source.id));
    if (reply.status >= 300) throw Failure(error_of(reply));
    if (place.json) {
      std::puts(reply.body.c_str());
      continue;
    }
    const auto catalog = protocol::parse_catalog(reply.body);
    fmt::print("# source '{}'\n{}", printable(source.name), streams_block(catalog.value()));
  }
  return kDone;
}

}  // namespace wharf::cli
