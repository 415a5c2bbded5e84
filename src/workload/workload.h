#pragma once

#include <base/ids.h>
#include <definition/definition.h>
#include <wharf/error.h>
#include <wharf/record/wire.h>
#include <workload/transport_choice.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wharf::workload {

/// The verbs of the protocol; `position` is known to destinations that hold one.
enum class Verb { spec, check, discover, read, write, position };
std::string_view name_of(Verb verb);

/// The directory in which an operation's connector has its files, as Airbyte mounts them: /source
/// and /dest in a sync, /config for a single question.
enum class Side { source, destination, question };
std::string_view directory_of(Side side);  ///< "source", "dest", "config"
Origin origin_of(Side side);               ///< whose fault it is if it cannot be started

// The files of data-plane 2.1, beside which a workload may have others (keys of mappers).
inline constexpr std::string_view kConfigFile = "connectorConfig.json";
inline constexpr std::string_view kCatalogFile = "catalog.json";
inline constexpr std::string_view kStateFile = "inputState.json";  ///< absent if there is no state
inline constexpr std::string_view kNamespaceMappingFile = "namespace-mapping.json";
inline constexpr std::string_view kContextFile = "wharf.json";

/// The way records go, made concrete: the sockets stand in the attempt's run directory.
struct DataChannel {
  Medium medium = Medium::stdio;
  record::WireForm form = record::WireForm::jsonl;
  std::vector<std::string> socket_paths;
};

/// One connector operation made concrete: what is run, with which files, environment and transport.
/// What a file's presence implies is said to the connector: a state as `--state`, a context as
/// WHARF_CONTEXT, a namespace mapping as NAMESPACE_MAPPING_CONFIG_PATH.
struct Workload {
  Side side = Side::question;
  Verb verb = Verb::spec;
  definition::Program program;
  std::map<std::string, std::string, std::less<>> files;  ///< name → content
  std::optional<DataChannel> channel;                     ///< of read and write
  std::optional<base::AttemptId> attempt;                 ///< of read and write
  std::optional<base::ConnectionId> connection;           ///< likewise
  std::string log_level = "INFO";
};

/// The verb and its options, as every Airbyte connector understands them, with the files of
/// `directory`. Pure.
std::vector<std::string> protocol_arguments(const Workload& workload,
                                            const std::filesystem::path& directory);

}  // namespace wharf::workload
