#include <wharf/protocol/context.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace wharf::protocol {

namespace {

using Json = nlohmann::json;
using nlohmann::ordered_json;

Error broken(const char* what, const std::exception& cause) {
  return Error{ErrorCode::invalid_config, std::string(what) + ": " + cause.what()};
}

/// The text under `key`; null and absent alike are "not said".
std::optional<std::string> text_of(const Json& object, const char* key) {
  auto found = object.find(key);
  if (found == object.end() || found->is_null()) return std::nullopt;
  return found->get<std::string>();
}

bool is_blank(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c == ' ' || c == '\t'; });
}

Context::Stream stream_from(const Json& object) {
  Context::Stream stream;
  stream.descriptor.name_space = text_of(object, "namespace");
  stream.descriptor.name = object.at("name").get<std::string>();
  stream.mode = object.value("mode", "");
  stream.generation = object.value("generation", std::int64_t{0});
  stream.minimum_generation = object.value("minimum_generation", std::int64_t{0});
  stream.epoch = object.value("epoch", std::int64_t{0});
  stream.resumable = object.value("resumable", false);
  return stream;
}

ordered_json json_of(const Context::Stream& stream) {
  const auto& space = stream.descriptor.name_space;
  return {{"namespace", space ? ordered_json(*space) : ordered_json(nullptr)},
          {"name", stream.descriptor.name},
          {"mode", stream.mode},
          {"epoch", stream.epoch},
          {"generation", stream.generation},
          {"minimum_generation", stream.minimum_generation},
          {"resumable", stream.resumable}};
}

std::string_view name_of(NamespaceMapping::Definition definition) {
  switch (definition) {
    case NamespaceMapping::Definition::source:
      return "source";
    case NamespaceMapping::Definition::destination:
      return "destination";
    case NamespaceMapping::Definition::custom_format:
      return "customformat";
  }
  return "source";
}

std::string replace_all(std::string text, std::string_view what, std::string_view by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
  return text;
}

}  // namespace

const Context::Stream* Context::find(const StreamDescriptor& descriptor) const {
  auto found = std::find_if(streams.begin(), streams.end(),
                            [&](const Stream& stream) { return stream.descriptor == descriptor; });
  return found == streams.end() ? nullptr : &*found;
}

Result<Context> parse_context(std::string_view text) {
  try {
    auto object = Json::parse(text);
    Context context;
    context.connection = object.at("connection").get<std::string>();
    context.job = object.at("job").get<std::int64_t>();
    context.attempt = object.at("attempt").get<std::int64_t>();
    context.epoch = object.value("epoch", std::int64_t{0});
    context.line_limit = object.value("line_limit", context.line_limit);
    for (const auto& stream : object.at("streams")) context.streams.push_back(stream_from(stream));
    return context;
  } catch (const Json::exception& error) {
    return broken("the context (WHARF_CONTEXT) does not say what it must", error);
  }
}

std::string to_json(const Context& context) {
  ordered_json object{{"version", 1},
                      {"connection", context.connection},
                      {"job", context.job},
                      {"attempt", context.attempt},
                      {"epoch", context.epoch},
                      {"line_limit", context.line_limit},
                      {"streams", ordered_json::array()}};
  for (const auto& stream : context.streams) object["streams"].push_back(json_of(stream));
  return object.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

StreamDescriptor NamespaceMapping::map(const StreamDescriptor& stream) const {
  StreamDescriptor mapped = stream;
  if (definition == Definition::destination) mapped.name_space.reset();
  if (definition == Definition::custom_format) {
    auto space =
        replace_all(format, "${SOURCE_NAMESPACE}", stream.name_space.value_or(std::string()));
    mapped.name_space = is_blank(space) ? std::nullopt : std::optional(space);
  }
  if (!is_blank(prefix)) mapped.name = prefix + stream.name;
  return mapped;
}

Result<NamespaceMapping> parse_namespace_mapping(std::string_view text) {
  try {
    auto object = Json::parse(text);
    NamespaceMapping mapping;
    auto definition = text_of(object, "namespaceDefinitionType").value_or("source");
    if (definition == "destination") {
      mapping.definition = NamespaceMapping::Definition::destination;
    } else if (definition == "customformat" || definition == "custom_format") {
      mapping.definition = NamespaceMapping::Definition::custom_format;
    } else if (definition != "source") {
      return Error{ErrorCode::invalid_config,
                   "namespaceDefinitionType is '" + definition +
                       "'; it may be source, destination or customformat"};
    }
    mapping.format = text_of(object, "namespaceFormat").value_or("");
    mapping.prefix = text_of(object, "streamPrefix").value_or("");
    return mapping;
  } catch (const Json::exception& error) {
    return broken("the namespace mapping is not what it must be", error);
  }
}

std::string to_json(const NamespaceMapping& mapping) {
  auto or_null = [](const std::string& text) {
    return text.empty() ? ordered_json(nullptr) : ordered_json(text);
  };
  ordered_json object{{"namespaceDefinitionType", name_of(mapping.definition)},
                      {"namespaceFormat", or_null(mapping.format)},
                      {"streamPrefix", or_null(mapping.prefix)}};
  return object.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace wharf::protocol
