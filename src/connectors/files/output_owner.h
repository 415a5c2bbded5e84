#pragma once

#include <string>
#include <vector>

#include "connectors/files/output_paths.h"

namespace wharf::connectors::files {

/// Makes `connection` the owner of these files: one file belongs to one connection. Throws Failure
/// (data_foreign), naming the owner, if a file is another's; nothing is claimed then. A file that
/// is gone is nobody's, unless its owner is at work.
void claim_files(const OutputPaths& paths, const std::string& connection,
                 const std::vector<std::string>& files);

}  // namespace wharf::connectors::files
