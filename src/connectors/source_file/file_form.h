#pragma once

#include <string>

#include "connectors/source_file/config.h"
#include "connectors/source_file/config_keys.h"

namespace wharf::connectors::source_file {

/// The form of Airbyte's File connector: `dataset_name`, `format`, `url`, `provider`,
/// `reader_options`. What it can say and we cannot do is refused by name.
Config read_file_form(ConfigKeys& keys);

/// The name a stream has if none is given: of the file, without its extension; of a pattern, what
/// stands before its first wildcard; else of the directory.
std::string stream_name_of(const std::string& path);

}  // namespace wharf::connectors::source_file
