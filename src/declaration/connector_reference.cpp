#include "declaration/connector_reference.h"

#include "base/nearest.h"
#include "declaration/resources_section.h"
#include "docker/image_reference.h"

#include <fmt/format.h>

#include <charconv>
#include <string>

namespace wharf::declaration {
namespace {

using definition::Kind;

void builtin(Section& item, const std::string& name, int line, Kind kind,
             ConnectorReference& reference) {
  if (const auto* found = definition::find_builtin(kind, name)) {
    reference.builtin = found->name;
    return;
  }
  std::vector<std::string_view> names;
  for (const auto& each : definition::builtin_definitions()) {
    if (each.kind == kind) names.push_back(each.name);
  }
  item.problem(line, fmt::format("no {} connector '{}' is built in{}; there are: {}",
                                 definition::name_of(kind), name, base::did_you_mean(name, names),
                                 fmt::join(names, ", ")));
}

void environment(Section& section, ConnectorReference& reference) {
  const YAML::Node env = section.get("env");
  if (!env.IsDefined() || env.IsNull()) return;
  if (!env.IsMap()) {
    section.problem(section.line_of("env"), "env must map names to values");
    return;
  }
  for (const auto& entry : env) {
    if (!entry.second.IsScalar()) {
      section.problem(entry.first.Mark().line + 1, "a value in env must be a text");
    } else {
      reference.environment.emplace_back(entry.first.Scalar(), entry.second.Scalar());
    }
  }
}

void ipc(Section& section, ConnectorReference& reference) {
  if (!section.get("ipc").IsDefined()) return;
  Section outer = section.section("ipc", "ipc");
  const bool nested = outer.get("dataChannel").IsDefined();
  Section options = nested ? outer.section("dataChannel", "dataChannel") : outer;
  workload::IpcOptions ipc;
  ipc.version = options.required_text("version");
  for (const auto& word : options.texts(nested ? "supportedSerialization" : "serialization")) {
    if (word == "JSONL")
      ipc.serializations.push_back(record::WireForm::jsonl);
    else if (word == "PROTOBUF")
      ipc.serializations.push_back(record::WireForm::protobuf);
    else
      options.problem(options.place().line, "serialization must be JSONL or PROTOBUF");
  }
  for (const auto& word : options.texts(nested ? "supportedTransport" : "medium")) {
    if (word == "SOCKET")
      ipc.media.push_back(workload::Medium::socket);
    else if (word == "STDIO")
      ipc.media.push_back(workload::Medium::stdio);
    else
      options.problem(options.place().line, "medium must be SOCKET or STDIO");
  }
  options.finish();
  if (nested) outer.finish();
  reference.ipc = std::move(ipc);
}

void silence(Section& section, ConnectorReference& reference) {
  constexpr std::string_view kKey = "max_seconds_between_messages";
  if (!section.get(kKey).IsDefined()) return;
  const std::string text = section.text(kKey);
  std::int32_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error == std::errc() && end == text.data() + text.size() && seconds > 0) {
    reference.max_between_messages = std::chrono::seconds(seconds);
  } else {
    section.problem(section.line_of(kKey),
                    fmt::format("{} must be a number of seconds, not '{}'", kKey, text));
  }
}

void foreign(Section section, Kind kind, ConnectorReference& reference) {
  reference.command = section.texts("command");
  reference.image = section.text("image");
  if (reference.image.empty()) {
    reference.working_directory = section.text("working_directory");
  } else {
    reference.resources = image_resources(section);
    const auto image = docker::parse_image_reference(reference.image);
    if (!image) section.problem(section.line_of("image"), image.error().message);
  }
  if (reference.command.empty() == reference.image.empty()) {
    section.problem(section.place().line, "connector needs either command: or image:");
  }
  environment(section, reference);
  ipc(section, reference);
  if (kind == Kind::source) {
    reference.resumable_full_refresh = section.flag("resumable_full_refresh", false);
    silence(section, reference);
  } else {
    reference.position = section.flag("position", false);
    // Who keeps a position knows generations.
    reference.supports_refreshes = section.flag("supports_refreshes", reference.position);
    if (reference.position && !reference.supports_refreshes) {
      section.problem(section.line_of("supports_refreshes"),
                      "a destination that keeps a position supports refreshes");
    }
  }
  section.finish();
}

}  // namespace

ConnectorReference read_connector(Section& item, Kind kind) {
  ConnectorReference reference;
  const YAML::Node node = item.get("connector");
  const int line = item.line_of("connector");
  if (!node.IsDefined()) {
    item.problem(line, "a connector: is needed: a built-in's name, {image: …} or {command: […]}");
  } else if (node.IsScalar()) {
    builtin(item, node.Scalar(), line, kind, reference);
  } else {
    foreign(item.section("connector", "connector"), kind, reference);
  }
  return reference;
}

}  // namespace wharf::declaration
