#pragma once

#include <wharf/record/schema.h>

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "connectors/files/csv_reader.h"

namespace wharf::connectors::source_file {

enum class Filetype : std::uint8_t { csv, tsv, jsonl };

/// What becomes of a row that the schema or the format does not allow.
enum class ValidationPolicy : std::uint8_t {
  emit,               ///< values that do not fit are null with a recorded change
  skip,               ///< the row is left out, and counted
  wait_for_discover,  ///< the read fails, naming the place
};

/// How texts become values.
struct CellRules {
  bool infer = true;  ///< false: every column is a string
  std::vector<std::string> null_values;
  bool strings_can_be_null = true;
  std::vector<std::string> true_values = {"y", "yes", "t", "true", "on", "1"};    ///< lower case
  std::vector<std::string> false_values = {"n", "no", "f", "false", "off", "0"};  ///< lower case
  bool ragged_rows_pass = false;  ///< `ignore_errors_on_fields_mismatch`
};

/// One stream, whichever of the three forms it was configured in.
struct StreamConfig {
  std::string name;
  /// Absolute: files, directories (all that is in them), or patterns.
  std::vector<std::string> globs;
  std::optional<Filetype> filetype;  ///< null: by the files' extensions
  bool delimiter_given = false;      ///< else a TSV's is the tab
  files::CsvFormat csv;
  CellRules cells;
  std::vector<record::Column> input_schema;  ///< columns whose type is set by hand
  ValidationPolicy policy = ValidationPolicy::emit;
  std::vector<std::string> primary_key;
  bool schemaless = false;
  bool metadata_columns = true;
};

struct Config {
  std::vector<StreamConfig> streams;
  std::vector<std::string> unused;  ///< keys that mean nothing here; named once in the log

  const StreamConfig* find(const std::string& stream) const;
};

/// Reads any of the three forms. Throws a Failure (invalid_config) that names key, value and what
/// is allowed. Looks at no file.
Config parse_config(const nlohmann::json& config);

/// The configuration's JSON Schema, complete; it allows all three forms.
std::string config_schema();

}  // namespace wharf::connectors::source_file
