#pragma once

#include <wharf/connector/source.h>

#include <memory>

#include "connectors/files/input_window.h"
#include "connectors/source_file/config.h"

namespace wharf::connectors::source_file {

/// Reads a stream's files one after another, as one partition: incremental by modification time,
/// then path; full refresh by path. Looks for the files now.
std::unique_ptr<connector::StreamReader> open_stream(StreamConfig stream,
                                                     const connector::StreamRequest& request,
                                                     files::InputWindow::Settings window = {});

}  // namespace wharf::connectors::source_file
