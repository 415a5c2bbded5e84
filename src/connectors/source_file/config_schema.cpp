#include "connectors/source_file/config.h"

namespace wharf::connectors::source_file {

// One object for all three forms. What belongs together is checked by `check`, which names key and
// value; a schema of alternatives would only say that none of them fits.
std::string config_schema() {
  return R"json({
"$schema": "http://json-schema.org/draft-07/schema#",
"title": "File Source Spec",
"description": "CSV, TSV and JSON lines from files of this machine. Name them by `path`, by `streams`, or by `dataset_name`, `format` and `url`.",
"type": "object",
"additionalProperties": true,
"required": [],
"properties": {
  "path": {
    "title": "Path", "order": 0, "type": "string",
    "description": "A file, a directory (all files in it) or a pattern (*, ?, [..], {a,b}, ** for any directories). Absolute.",
    "examples": ["/data/orders.csv", "/data/orders/", "/data/**/*.jsonl"]
  },
  "format": {
    "title": "Format", "order": 1, "type": ["string", "object"],
    "description": "csv, tsv or jsonl (with `url` also json, with lines). By the file's extension if absent. An object has the keys of a stream's format.",
    "examples": ["csv", "tsv", "jsonl"]
  },
  "stream": {
    "title": "Stream name", "order": 2, "type": "string",
    "description": "The name of the stream; the file's name without its extension if absent."
  },
  "streams": {
    "title": "Streams", "order": 3, "type": "array",
    "description": "Several streams, each of its own files.",
    "items": {
      "title": "Stream", "type": "object", "required": ["name"],
      "properties": {
        "name": {"title": "Name", "order": 0, "type": "string", "description": "The name of the stream."},
        "globs": {
          "title": "Globs", "order": 1, "type": ["array", "string"], "items": {"type": "string"}, "default": ["**"],
          "description": "Patterns of the files: absolute, or relative to `folder`."
        },
        "folder": {"title": "Folder", "order": 2, "type": "string", "description": "The absolute directory that the patterns are relative to."},
        "format": {"$ref": "#/definitions/format"},
        "input_schema": {"$ref": "#/definitions/input_schema"},
        "validation_policy": {"$ref": "#/definitions/validation_policy"},
        "primary_key": {"$ref": "#/definitions/primary_key"},
        "schemaless": {"$ref": "#/definitions/schemaless"},
        "metadata_columns": {"$ref": "#/definitions/metadata_columns"}
      }
    }
  },
  "folder": {"title": "Folder", "order": 4, "type": "string", "description": "The absolute directory that the streams' patterns are relative to."},
  "dataset_name": {"title": "Dataset name", "order": 5, "type": "string", "description": "The name of the stream, beside `url`."},
  "url": {"title": "URL", "order": 6, "type": "string", "description": "An absolute path, or file:// and one.", "examples": ["file:///data/orders.csv"]},
  "provider": {
    "title": "Storage provider", "order": 7, "type": "object", "description": "Where `url` is: on this machine.",
    "properties": {"storage": {"title": "Storage", "type": "string", "default": "local", "description": "local"}}
  },
  "reader_options": {
    "title": "Reader options", "order": 8, "type": "string",
    "description": "A JSON object as a text, beside `url`: sep, header, names, encoding, skiprows, quotechar; of JSON: lines.",
    "examples": ["{\"sep\": \";\"}"]
  },
  "input_schema": {"$ref": "#/definitions/input_schema"},
  "validation_policy": {"$ref": "#/definitions/validation_policy"},
  "primary_key": {"$ref": "#/definitions/primary_key"},
  "schemaless": {"$ref": "#/definitions/schemaless"},
  "metadata_columns": {"$ref": "#/definitions/metadata_columns"},
  "delimiter": {"$ref": "#/definitions/delimiter"},
  "quote_char": {"$ref": "#/definitions/quote_char"},
  "double_quote": {"$ref": "#/definitions/double_quote"},
  "escape_char": {"$ref": "#/definitions/escape_char"},
  "encoding": {"$ref": "#/definitions/encoding"},
  "null_values": {"$ref": "#/definitions/null_values"},
  "strings_can_be_null": {"$ref": "#/definitions/strings_can_be_null"},
  "skip_rows_before_header": {"$ref": "#/definitions/skip_rows_before_header"},
  "skip_rows_after_header": {"$ref": "#/definitions/skip_rows_after_header"},
  "header_definition": {"$ref": "#/definitions/header_definition"},
  "comment": {"$ref": "#/definitions/comment"},
  "true_values": {"$ref": "#/definitions/true_values"},
  "false_values": {"$ref": "#/definitions/false_values"},
  "inference_type": {"$ref": "#/definitions/inference_type"},
  "ignore_errors_on_fields_mismatch": {"$ref": "#/definitions/ignore_errors_on_fields_mismatch"}
},
"definitions": {
  "format": {
    "title": "Format", "order": 3, "type": "object", "description": "How the files are written.",
    "properties": {
      "filetype": {"title": "File type", "order": 0, "type": "string", "enum": ["csv", "tsv", "jsonl"], "description": "By the files' extensions if absent."},
      "delimiter": {"$ref": "#/definitions/delimiter"},
      "quote_char": {"$ref": "#/definitions/quote_char"},
      "double_quote": {"$ref": "#/definitions/double_quote"},
      "escape_char": {"$ref": "#/definitions/escape_char"},
      "encoding": {"$ref": "#/definitions/encoding"},
      "null_values": {"$ref": "#/definitions/null_values"},
      "strings_can_be_null": {"$ref": "#/definitions/strings_can_be_null"},
      "skip_rows_before_header": {"$ref": "#/definitions/skip_rows_before_header"},
      "skip_rows_after_header": {"$ref": "#/definitions/skip_rows_after_header"},
      "header_definition": {"$ref": "#/definitions/header_definition"},
      "comment": {"$ref": "#/definitions/comment"},
      "true_values": {"$ref": "#/definitions/true_values"},
      "false_values": {"$ref": "#/definitions/false_values"},
      "inference_type": {"$ref": "#/definitions/inference_type"},
      "ignore_errors_on_fields_mismatch": {"$ref": "#/definitions/ignore_errors_on_fields_mismatch"}
    }
  },
  "input_schema": {
    "title": "Input schema", "order": 20, "type": ["object", "string"],
    "description": "Types set by hand: an object of column and type name, or a JSON Schema; either may be a text. It overrides what a sample says.",
    "examples": ["{\"id\": \"integer\", \"zip\": \"string\"}"]
  },
  "validation_policy": {
    "title": "Validation policy", "order": 21, "type": "string", "default": "Emit Record",
    "enum": ["Emit Record", "Skip Record", "Wait for Discover"],
    "description": "A row that does not fit the schema: its values become null with a recorded change, it is left out, or the read fails."
  },
  "primary_key": {"title": "Primary key", "order": 22, "type": ["string", "array"], "items": {"type": "string"}, "description": "The column, or the columns, that are unique."},
  "schemaless": {"title": "Schemaless", "order": 23, "type": "boolean", "default": false, "description": "One column `data` with the whole row as an object."},
  "metadata_columns": {"title": "Metadata columns", "order": 24, "type": "boolean", "default": true, "description": "The columns _ab_source_file_url and _ab_source_file_last_modified."},
  "delimiter": {"title": "Delimiter", "order": 30, "type": "string", "default": ",", "description": "One character between fields; \\t for a tab."},
  "quote_char": {"title": "Quote character", "order": 31, "type": "string", "default": "\"", "description": "One character around fields; empty: there is no quoting."},
  "double_quote": {"title": "Double quote", "order": 32, "type": "boolean", "default": true, "description": "A quote inside quotes is written twice."},
  "escape_char": {"title": "Escape character", "order": 33, "type": ["string", "null"], "description": "The character behind it stands for itself. Absent: there is none."},
  "encoding": {"title": "Encoding", "order": 34, "type": "string", "default": "utf8", "description": "utf8, latin1, or utf16 with a byte order mark."},
  "null_values": {"title": "Null values", "order": 35, "type": "array", "items": {"type": "string"}, "default": [], "description": "Texts that mean null."},
  "strings_can_be_null": {"title": "Strings can be null", "order": 36, "type": "boolean", "default": true, "description": "Whether null values and empty fields count in columns of strings."},
  "skip_rows_before_header": {"title": "Lines before the header", "order": 37, "type": "integer", "minimum": 0, "default": 0, "description": "How many lines to leave out before the header."},
  "skip_rows_after_header": {"title": "Lines after the header", "order": 38, "type": "integer", "minimum": 0, "default": 0, "description": "How many lines to leave out after the header."},
  "header_definition": {
    "title": "Header", "order": 39, "type": "object", "description": "Where the names of the columns come from.",
    "properties": {
      "header_definition_type": {"title": "Type", "type": "string", "default": "From CSV", "enum": ["From CSV", "Autogenerated", "User Provided"], "description": "The first line; f0, f1, and so on; or the names given here."},
      "column_names": {"title": "Column names", "type": "array", "items": {"type": "string"}, "description": "All names in order, for User Provided."}
    }
  },
  "comment": {"title": "Comment", "order": 40, "type": "string", "description": "Lines that begin with this text are left out.", "examples": ["#"]},
  "true_values": {"title": "True values", "order": 41, "type": "array", "items": {"type": "string"}, "default": ["y", "yes", "t", "true", "on", "1"], "description": "Texts that mean true, in any case."},
  "false_values": {"title": "False values", "order": 42, "type": "array", "items": {"type": "string"}, "default": ["n", "no", "f", "false", "off", "0"], "description": "Texts that mean false, in any case."},
  "inference_type": {"title": "Inference", "order": 43, "type": "string", "default": "Primitive Types Only", "enum": ["None", "Primitive Types Only"], "description": "None: every column is a string. Else types are found by a sample of the rows."},
  "ignore_errors_on_fields_mismatch": {"title": "Ragged rows", "order": 44, "type": "boolean", "default": false, "description": "True: a row with more or fewer fields than the header is taken, with a recorded change. False: it fails the read."}
}
})json";
}

}  // namespace wharf::connectors::source_file
