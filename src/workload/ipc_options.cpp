#include "workload/ipc_options.h"

#include "base/text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace wharf::workload {
namespace {

using Json = nlohmann::json;
using record::WireForm;

Error wrong(std::string_view what) {
  return Error{ErrorCode::invalid_config, fmt::format("connectorIPCOptions: {}", what)};
}

// The words of a list, small and trimmed.
Result<std::vector<std::string>> words(const Json& channel, const char* key) {
  auto list = channel.find(key);
  if (list == channel.end() || !list->is_array()) return wrong(fmt::format("{} is missing", key));
  std::vector<std::string> out;
  for (const auto& item : *list) {
    if (!item.is_string()) return wrong(fmt::format("{} must hold texts", key));
    out.push_back(base::to_lower(base::trim(item.get_ref<const std::string&>())));
  }
  return out;
}

// By its name in small letters.
std::optional<WireForm> form_named(std::string_view word) {
  for (auto form : {WireForm::batch, WireForm::protobuf, WireForm::jsonl}) {
    if (word == base::to_lower(record::name_of(form))) return form;
  }
  return std::nullopt;
}

}  // namespace

Result<IpcOptions> parse_ipc_options(std::string_view json) {
  const Json document = Json::parse(json, nullptr, false);
  if (!document.is_object() || !document.contains("dataChannel")) {
    return wrong("dataChannel is missing");
  }
  const Json& channel = document["dataChannel"];
  if (!channel.is_object() || !channel.contains("version") || !channel["version"].is_string()) {
    return wrong("version is missing");
  }
  IpcOptions options;
  options.version = channel["version"].get<std::string>();
  auto serializations = words(channel, "supportedSerialization");
  if (!serializations) return std::move(serializations).error();
  for (const auto& word : *serializations) {
    const auto form = form_named(word);
    if (!form) return wrong(fmt::format("unknown serialization '{}'", word));
    options.serializations.push_back(*form);
  }
  auto media = words(channel, "supportedTransport");
  if (!media) return std::move(media).error();
  for (const auto& word : *media) {
    if (word == "socket")
      options.media.push_back(Medium::socket);
    else if (word == "stdio")
      options.media.push_back(Medium::stdio);
    else
      return wrong(fmt::format("unknown transport '{}'", word));
  }
  return options;
}

std::string to_json(const IpcOptions& options) {
  Json serializations = Json::array();
  for (auto form : options.serializations) serializations.push_back(record::name_of(form));
  Json media = Json::array();
  for (auto medium : options.media) media.push_back(name_of(medium));
  return Json{{"dataChannel",
               {{"version", options.version},
                {"supportedSerialization", std::move(serializations)},
                {"supportedTransport", std::move(media)}}}}
      .dump();
}

}  // namespace wharf::workload
