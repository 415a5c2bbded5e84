#include "connectors/destination_sqlite/configuration.h"

#include "connectors/files/local_root.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace wharf::connectors::sqlite_destination {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kLocal = "/local";

constexpr std::array<std::string_view, 4> kJournalModes = {"wal", "delete", "truncate", "persist"};

constexpr std::string_view kSchema = R"json({
"$schema":"http://json-schema.org/draft-07/schema#","title":"Local SQLite","type":"object",
"required":["destination_path"],"additionalProperties":true,
"properties":{
"destination_path":{"type":"string","title":"Database file","order":0,"minLength":1,
"description":"Absolute path of the SQLite database; its directory is made. A path that begins with /local/ lies under /tmp/airbyte_local.",
"examples":["/srv/data/warehouse.db","/local/warehouse.db"]},
"journal_mode":{"type":"string","title":"Journal mode","order":1,"default":"wal",
"enum":["wal","delete","truncate","persist"],
"description":"wal lets readers work while rows are written; the others keep the database in one file."}
}})json";

[[noreturn]] void refuse(const std::string& why) {
  throw Failure(Error{ErrorCode::invalid_config, why, Origin::destination});
}

std::string text_of(const nlohmann::json& config, const char* key, const std::string& otherwise) {
  const auto found = config.find(key);
  if (found == config.end() || found->is_null()) return otherwise;
  if (!found->is_string()) refuse(fmt::format("'{}' must be a text", key));
  return found->get<std::string>();
}

bool is_below(const fs::path& path, const fs::path& directory) {
  const auto [end, at] =
      std::mismatch(directory.begin(), directory.end(), path.begin(), path.end());
  return end == directory.end();
}

fs::path host_path(const std::string& given) {
  fs::path path = fs::path(given).lexically_normal();
  if (!path.is_absolute())
    refuse(fmt::format("'destination_path' is '{}', but must be an absolute path", given));
  if (given == kLocal || given.starts_with(std::string(kLocal) + "/")) {
    if (!is_below(path, kLocal))
      refuse(fmt::format("'destination_path' is '{}', which leads out of /local", given));
    path = fs::path(files::local_root()) / path.lexically_relative(kLocal);
  } else if (files::only_root()) {
    refuse(
        fmt::format("'destination_path' is '{}', which is not below /local: nothing else stays of "
                    "what a container writes",
                    given));
  }
  if (!path.has_filename() || path.filename() == ".")
    refuse(fmt::format("'destination_path' is '{}', but must name a file", given));
  return path;
}

}  // namespace

Configuration read_configuration(const nlohmann::json& config) {
  Configuration read;
  const auto path = host_path(text_of(config, "destination_path", ""));
  std::error_code error;
  // One file under two names must be locked as one.
  read.path = fs::weakly_canonical(path, error);
  if (error) read.path = path;
  read.journal_mode = text_of(config, "journal_mode", read.journal_mode);
  if (std::find(kJournalModes.begin(), kJournalModes.end(), read.journal_mode) ==
      kJournalModes.end())
    refuse(fmt::format("'journal_mode' is '{}', but must be one of {}", read.journal_mode,
                       fmt::join(kJournalModes, ", ")));
  return read;
}

std::string_view configuration_schema() {
  return kSchema;
}

}  // namespace wharf::connectors::sqlite_destination
