#pragma once

#include <wharf/connector/source.h>

#include <memory>

namespace wharf::connectors {

/// The connector `source-file`: CSV, TSV and JSON lines from files of this machine.
std::unique_ptr<connector::Source> make_source_file();

}  // namespace wharf::connectors
