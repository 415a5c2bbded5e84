#include "cli/declaration_file.h"
#include "cli/exit_code.h"
#include "cli/questions.h"
#include "cli/streams_block.h"
#include "cli/verbs.h"
#include "daemon/core.h"
#include "daemon/questions.h"
#include "process/signals.h"

#include <wharf/protocol/codec.h>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace wharf::cli {
namespace {

using definition::Kind;
using Json = nlohmann::ordered_json;

struct OperationOptions {
  std::string file;
  std::vector<std::string> names;
  std::string data_dir;
  std::string socket;
  bool json = false;

  DaemonPlace place() const { return {socket, data_dir, json}; }
};

std::unique_ptr<daemon::Questions> open_questions(const OperationOptions& options) {
  process::block_signals();
  auto questions = daemon::Questions::open(
      daemon::data_directory(options.data_dir),
      daemon::docker_settings([](const char* name) { return std::getenv(name); }));
  if (!questions) throw Failure(std::move(questions).error());
  return std::move(*questions);
}

// The declared endpoints of one kind that are asked for: all of them if no name is given.
std::vector<daemon::Endpoint> chosen(const declaration::Declaration& declaration, Kind kind,
                                     const std::vector<std::string>& names) {
  const auto& declared = kind == Kind::source ? declaration.sources : declaration.destinations;
  std::vector<daemon::Endpoint> out;
  for (const auto& each : declared) {
    if (!names.empty() && std::find(names.begin(), names.end(), each.name) == names.end()) continue;
    auto endpoint =
        daemon::make_endpoint(each, kind, [](const char* name) { return std::getenv(name); });
    if (!endpoint) throw Failure(std::move(endpoint).error());
    out.push_back(std::move(*endpoint));
  }
  return out;
}

void require_found(const std::vector<std::string>& names, std::size_t found) {
  if (!names.empty() && found < names.size()) {
    throw Failure(ErrorCode::not_found,
                  fmt::format("not all of '{}' are declared", fmt::join(names, "', '")));
  }
}

int check(const OperationOptions& options) {
  if (options.file.empty()) return check_at_daemon(options.place(), options.names);
  const auto declaration = read_declaration(options.file);
  auto endpoints = chosen(declaration, Kind::source, options.names);
  for (auto& each : chosen(declaration, Kind::destination, options.names)) {
    endpoints.push_back(std::move(each));
  }
  require_found(options.names, endpoints.size());
  auto questions = open_questions(options);
  Json results = Json::array();
  bool good = true;
  for (const auto& endpoint : endpoints) {
    auto status = questions->check(endpoint);
    const bool succeeded = status && status->succeeded;
    const std::string message = status ? status->message : status.error().message;
    good = good && succeeded;
    results.push_back({{"name", endpoint.declared->name},
                       {"kind", name_of(endpoint.respondent.definition.kind)},
                       {"status", succeeded ? "succeeded" : "failed"},
                       {"message", message}});
    if (!options.json) {
      fmt::print("{}: {}{}{}\n", endpoint.respondent.who, succeeded ? "works" : "failed",
                 message.empty() ? "" : ": ", message);
    }
  }
  if (options.json) std::puts(results.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
  return good ? kDone : kFailed;
}

int discover(const OperationOptions& options) {
  if (options.file.empty()) return discover_at_daemon(options.place(), options.names);
  const auto declaration = read_declaration(options.file);
  auto endpoints = chosen(declaration, Kind::source, options.names);
  require_found(options.names, endpoints.size());
  auto questions = open_questions(options);
  int code = kDone;
  for (const auto& endpoint : endpoints) {
    auto catalog = questions->discover(endpoint);
    if (!catalog) {
      fmt::print(stderr, "{}\n", catalog.error().message);
      code = kFailed;
    } else if (options.json) {
      std::puts(protocol::to_json(*catalog).c_str());
    } else {
      fmt::print("# {}\n{}", endpoint.respondent.who, streams_block(*catalog));
    }
  }
  return code;
}

// A built-in by its name, or what a declaration calls so.
int spec(const OperationOptions& options) {
  const std::string& name = options.names.front();
  daemon::Respondent respondent;
  std::vector<daemon::Endpoint> endpoints;
  declaration::Declaration declaration;
  if (!options.file.empty()) {
    declaration = read_declaration(options.file);
    endpoints = chosen(declaration, Kind::source, options.names);
    for (auto& each : chosen(declaration, Kind::destination, options.names)) {
      endpoints.push_back(std::move(each));
    }
    require_found(options.names, endpoints.size());
    respondent = endpoints.front().respondent;
  } else {
    const auto* builtin = definition::find_builtin(name);
    if (builtin == nullptr) {
      throw Failure(ErrorCode::not_found,
                    fmt::format("no connector '{}' is built in; `wharf connectors` lists them, and "
                                "-f FILE finds declared ones",
                                name));
    }
    respondent = {definition::definition_of(*builtin), name};
  }
  auto answer = open_questions(options)->spec(respondent);
  if (!answer) throw Failure(std::move(answer).error());
  const std::string text = protocol::to_json(*answer);
  std::puts(options.json ? text.c_str() : Json::parse(text).dump(2).c_str());
  return kDone;
}

CLI::App* add_verb(CLI::App& app, Action& action, const char* name, const char* summary,
                   int (*run)(const OperationOptions&), bool needs_name, const char* names_help) {
  auto options = std::make_shared<OperationOptions>();
  auto* verb = app.add_subcommand(name, summary);
  verb->add_option("-f,--file", options->file, "the declaration (YAML)");
  verb->add_option("names", options->names, names_help)->required(needs_name);
  verb->add_option("--data-dir", options->data_dir, "where states and logs are kept");
  if (!needs_name) {
    verb->add_option("--socket", options->socket, "the running daemon's socket, where no -f is");
  }
  verb->add_flag("--json", options->json, "print JSON");
  verb->callback([&action, options, run] { action = [options, run] { return run(*options); }; });
  return verb;
}

}  // namespace

void add_operations(CLI::App& app, Action& action) {
  add_verb(app, action, "check", "Ask connectors whether their configurations work", check, false,
           "which sources and destinations; all if none is named")
      ->footer(
          "Without -f the running daemon asks for what it has.\n\n"
          "Examples:\n  wharf check -f shop.yaml\n  wharf check exports\n  wharf check -f "
          "shop.yaml exports --json\n\n"
          "Exit codes: 0 all work, 1 one does not, 2 usage or configuration, 3 environment.");
  add_verb(app, action, "discover", "Show what sources have, as a streams: block for a declaration",
           discover, false, "which sources; all if none is named")
      ->footer(
          "Without -f the running daemon asks for what it has.\n\n"
          "Examples:\n  wharf discover exports\n  wharf discover -f shop.yaml exports >> "
          "streams.yaml\n"
          "  wharf discover -f shop.yaml exports --json | jq '.streams[].name'");
  add_verb(app, action, "spec", "Show which configuration a connector takes (JSON Schema)", spec,
           true, "a built-in's name, or with -f a declared source or destination")
      ->footer(
          "Examples:\n  wharf spec source-file\n"
          "  wharf spec -f shop.yaml exports --json | jq .connectionSpecification.properties");
}

}  // namespace wharf::cli
