#pragma once
// What can be read, and what was chosen of it (spec: protocol 1.9, 1.10).

#include <wharf/error.h>
#include <wharf/protocol/json.h>

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wharf::protocol {

/// Names a stream. A null namespace and an empty one are the same stream.
struct StreamDescriptor {
  std::optional<std::string> name_space;
  std::string name;

  friend bool operator==(const StreamDescriptor& a, const StreamDescriptor& b) {
    return a.name == b.name && a.name_space.value_or("") == b.name_space.value_or("");
  }
  friend bool operator<(const StreamDescriptor& a, const StreamDescriptor& b) {
    auto by_space = a.name_space.value_or("").compare(b.name_space.value_or(""));
    return by_space != 0 ? by_space < 0 : a.name < b.name;
  }
};

/// For logs and messages: `public.orders`, or `orders` without a namespace.
std::string to_string(const StreamDescriptor& descriptor);

enum class SyncMode { full_refresh, incremental };
/// `overwrite_dedup` exists inside Wharf only and never goes on the wire.
enum class DestinationSyncMode {
  append,
  overwrite,
  append_dedup,
  overwrite_dedup,
  update,
  soft_delete
};

std::string_view name_of(SyncMode mode);
std::string_view name_of(DestinationSyncMode mode);
std::optional<SyncMode> sync_mode_from(std::string_view name);
std::optional<DestinationSyncMode> destination_sync_mode_from(std::string_view name);

/// A path into a record, outermost name first. Top-level columns have one element.
using FieldPath = std::vector<std::string>;

/// A stream that a source can read.
struct Stream {
  StreamDescriptor descriptor;
  JsonText json_schema = "{}";  ///< draft-07, as the source wrote it
  std::vector<SyncMode> supported_sync_modes;
  bool source_defined_cursor = false;
  FieldPath default_cursor_field;
  std::vector<FieldPath> source_defined_primary_key;
  bool is_resumable = false;  ///< a claim; whom Wharf believes says the definition
  bool is_file_based = false;
  Extra extra;
};

struct Catalog {
  std::vector<Stream> streams;
  Extra extra;
};

/// A stream as chosen for a connection.
struct ConfiguredStream {
  Stream stream;
  SyncMode sync_mode = SyncMode::full_refresh;
  DestinationSyncMode destination_sync_mode = DestinationSyncMode::append;
  FieldPath cursor_field;
  std::vector<FieldPath> primary_key;
  std::optional<std::int64_t> generation_id;
  std::optional<std::int64_t> minimum_generation_id;
  std::optional<std::int64_t> sync_id;
  Extra extra;

  /// The cursor in force: the source's own, else the chosen, else the default. Empty: none.
  const FieldPath& cursor() const;
};

struct ConfiguredCatalog {
  std::vector<ConfiguredStream> streams;
  Extra extra;

  /// The stream of that name, or null.
  const ConfiguredStream* find(const StreamDescriptor& descriptor) const;
};

Result<Catalog> parse_catalog(std::string_view json);
Result<ConfiguredCatalog> parse_configured_catalog(std::string_view json);
/// One line of JSON without a line end.
std::string to_json(const Catalog& catalog);
std::string to_json(const ConfiguredCatalog& catalog);

}  // namespace wharf::protocol
