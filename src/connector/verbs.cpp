#include <wharf/connector/run.h>
#include <wharf/protocol/codec.h>
#include <wharf/protocol/state.h>

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <nlohmann/json.hpp>

#include "connector/command_line.h"
#include "connector/data_channel.h"
#include "connector/platform_output.h"
#include "connector/read_runtime.h"
#include "connector/row_appender.h"
#include "connector/stop.h"
#include "connector/write_request.h"
#include "connector/write_runtime.h"
#include "protocol/json_schema.h"

namespace wharf::connector {

namespace {

constexpr int kDone = 0;
constexpr int kFailed = 1;
constexpr int kUsage = 2;
constexpr int kReadGraceMillis = 500;    // a read has nothing to finish
constexpr int kWriteGraceMillis = 4000;  // a write commits what is covered; mostly in milliseconds

/// What is wrong with a configuration, each key by name; empty if nothing is.
Result<std::string> problems_of(const std::string& config,
                                const protocol::ConnectorSpecification& spec) {
  auto violations = protocol::check_against_schema(config, spec.connection_specification);
  if (!violations) {
    return Error{ErrorCode::invalid_config,
                 "the configuration cannot be checked: " + violations.error().message};
  }
  std::string problems;
  for (const auto& violation : *violations) {
    problems += problems.empty() ? "" : "; ";
    problems +=
        violation.pointer.empty() ? "the configuration" : "'" + violation.pointer.substr(1) + "'";
    problems += " " + violation.message;
  }
  return problems;
}

/// The configuration, checked against the spec. Throws Failure.
nlohmann::json read_config(const std::string& path, const protocol::ConnectorSpecification& spec) {
  auto text = read_file(path).value();
  auto problems = problems_of(text, spec).value();
  if (!problems.empty()) throw Failure(ErrorCode::invalid_config, problems);
  return nlohmann::json::parse(text);
}

protocol::ConfiguredCatalog read_catalog(const std::string& path) {
  auto catalog = protocol::parse_configured_catalog(read_file(path).value());
  if (!catalog) throw Failure(std::move(catalog).error().during("reading the catalog " + path));
  return *catalog;
}

Surroundings surroundings() {
  return read_surroundings([](const char* name) -> const char* { return std::getenv(name); })
      .value();
}

/// A configuration that does not fit is an answer, not a failure.
template <class Connector>
int check(Connector& connector, const CommandLine& line, PlatformOutput& platform) {
  protocol::ConnectionStatus status;
  try {
    status = connector.check(read_config(line.config, connector.spec()));
  } catch (const Failure& failure) {
    status = {.succeeded = false, .message = failure.error().message};
  }
  platform.say(status);
  return kDone;
}

int discover(Source& source, const CommandLine& line, PlatformOutput& platform) {
  platform.say(source.discover(read_config(line.config, source.spec())).value());
  return kDone;
}

int read(Source& source, const CommandLine& line, PlatformOutput& platform, const Stop& stop) {
  auto config = read_config(line.config, source.spec());
  protocol::StartState state;
  if (line.state) state = protocol::parse_start_state(read_file(*line.state).value()).value();
  auto emitted_at = static_cast<std::int64_t>(trace_time());
  auto requests = stream_requests(read_catalog(line.catalog), state, emitted_at);
  auto around = surroundings();
  for (auto& request : requests) {
    if (around.context) request.line_limit = around.context->line_limit;
  }
  bool done = run_read(source, config, std::move(requests), around.channel, platform, stop);
  return done ? kDone : kFailed;
}

int write(Destination& destination, const CommandLine& line, PlatformOutput& platform,
          const Stop& stop) {
  auto config = read_config(line.config, destination.spec());
  auto around = surroundings();
  auto request = make_write_request(read_catalog(line.catalog), around).value();
  auto writer = destination.open(config, by_target(request));
  if (around.context) platform.say(by_catalog(writer->position(), request));
  WriteOptions options;
  options.channel = around.channel;
  if (around.context) options.line_limit = around.context->line_limit;
  options.says_statistics = around.context && !around.channel.is_stdio();
  run_write(request, *writer, options, platform, stop);
  return kDone;
}

int position(Destination& destination, const CommandLine& line, PlatformOutput& platform) {
  auto config = read_config(line.config, destination.spec());
  auto request = make_write_request(read_catalog(line.catalog), surroundings()).value();
  auto writer = destination.open(config, by_target(request));
  platform.say(by_catalog(writer->position(), request));
  return kDone;
}

int report(PlatformOutput& platform, const Error& error,
           const std::optional<protocol::StreamDescriptor>& stream = {}) {
  try {
    platform.say(error_trace(error, stream));
  } catch (...) {
    // Nobody reads stdout, or a stop came: the exit code says enough.
  }
  return kFailed;
}

/// The door at which every failure becomes a trace and an exit code.
int answer(PlatformOutput& platform, const std::function<int()>& verb) {
  try {
    return verb();
  } catch (const Stopped&) {
    return kTerminated;
  } catch (const OutputClosed&) {
    std::fputs("stdout was closed by its reader\n", stderr);
    return kFailed;
  } catch (const StreamFailure& failure) {
    return report(platform, failure.error(), failure.stream);
  } catch (const Failure& failure) {
    return report(platform, failure.error());
  } catch (const std::exception& error) {
    return report(platform, {.code = ErrorCode::internal, .message = error.what()});
  }
}

std::optional<CommandLine> parse_or_explain(ConnectorKind kind,
                                            std::span<const std::string> arguments) {
  auto line = parse_command_line(kind, arguments);
  if (line) return *line;
  std::fputs((line.error().message + "\n" + usage(kind)).c_str(), stderr);
  return std::nullopt;
}

}  // namespace

int run_connector(Source& source, std::span<const std::string> arguments) {
  auto line = parse_or_explain(ConnectorKind::source, arguments);
  if (!line) return kUsage;
  ::signal(SIGPIPE, SIG_IGN);
  Stop stop;
  StopOnSignal on_signal(stop, kReadGraceMillis);
  PlatformOutput platform(STDOUT_FILENO, &stop);
  return answer(platform, [&] {
    switch (line->verb) {
      case Verb::spec:
        platform.say(source.spec());
        return kDone;
      case Verb::check:
        return check(source, *line, platform);
      case Verb::discover:
        return discover(source, *line, platform);
      default:
        return read(source, *line, platform, stop);
    }
  });
}

int run_connector(Destination& destination, std::span<const std::string> arguments) {
  auto line = parse_or_explain(ConnectorKind::destination, arguments);
  if (!line) return kUsage;
  ::signal(SIGPIPE, SIG_IGN);
  Stop stop;
  StopOnSignal on_signal(stop, kWriteGraceMillis);
  PlatformOutput platform(STDOUT_FILENO);
  return answer(platform, [&] {
    switch (line->verb) {
      case Verb::spec:
        platform.say(destination.spec());
        return kDone;
      case Verb::check:
        return check(destination, *line, platform);
      case Verb::write:
        return write(destination, *line, platform, stop);
      default:
        return position(destination, *line, platform);
    }
  });
}

}  // namespace wharf::connector
