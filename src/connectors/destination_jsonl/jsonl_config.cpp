#include "connectors/destination_jsonl/jsonl_config.h"

#include <wharf/error.h>

#include <nlohmann/json.hpp>

namespace wharf::connectors::jsonl {
namespace {

[[noreturn]] void refuse(const std::string& message) {
  throw Failure(Error{ErrorCode::invalid_config, message, Origin::destination});
}

std::string text_of(const nlohmann::json& config, const char* key, const char* otherwise) {
  auto found = config.find(key);
  if (found == config.end()) return otherwise;
  if (!found->is_string()) refuse(std::string(key) + " is to be a text");
  return found->get<std::string>();
}

Layout layout_of(const nlohmann::json& config) {
  std::string name = text_of(config, "layout", "v2");
  if (name == "v2") return Layout::v2;
  if (name == "raw") return Layout::raw;
  refuse("layout '" + name + "' is not known; allowed are v2 and raw");
}

void require_plain(const nlohmann::json& config) {
  std::string name = text_of(config, "compression", "none");
  if (name == "none") return;
  refuse("compression '" + name + "' is not offered; allowed is none");
}

}  // namespace

std::string config_schema() {
  return R"json({"$schema":"http://json-schema.org/draft-07/schema#",
"title":"JSON lines files","type":"object","required":["destination_path"],
"additionalProperties":true,"properties":{
"destination_path":{"type":"string","title":"Destination path","order":0,"pattern":"^/",
 "description":"Directory for the files, absolute; made if it is missing. A path that begins with /local lies under /tmp/airbyte_local.",
 "examples":["/srv/data/orders","/local/json_data"]},
"layout":{"type":"string","title":"Layout","order":1,"enum":["v2","raw"],"default":"v2",
 "description":"v2: the _airbyte_ columns, then the fields of the stream. raw: the three columns _airbyte_ab_id, _airbyte_emitted_at and _airbyte_data."},
"compression":{"type":"string","title":"Compression","order":2,"enum":["none"],"default":"none",
 "description":"Files are written as they are read, so that they can be followed and appended to."},
"metadata_columns":{"type":"boolean","title":"Metadata columns","order":3,"default":true,
 "description":"Whether rows of the v2 layout carry the _airbyte_ columns before their fields."}}})json";
}

Config parse_config(const nlohmann::json& config) {
  if (!config.is_object() || !config.contains("destination_path")) {
    refuse("destination_path is missing: the directory for the files");
  }
  require_plain(config);
  Config parsed{files::OutputPaths::configured(text_of(config, "destination_path", "")),
                layout_of(config)};
  if (auto columns = config.find("metadata_columns"); columns != config.end()) {
    if (!columns->is_boolean()) refuse("metadata_columns is to be true or false");
    parsed.metadata_columns = columns->get<bool>();
  }
  return parsed;
}

std::string file_name(const Config& config, const protocol::StreamDescriptor& target) {
  std::string stem = config.layout == Layout::raw ? "_airbyte_raw_" + files::clean_name(target.name)
                                                  : files::stream_file_stem(target);
  return stem + ".jsonl";
}

}  // namespace wharf::connectors::jsonl
