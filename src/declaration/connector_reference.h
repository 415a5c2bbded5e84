#pragma once

#include "declaration/section.h"
#include "definition/builtin_definitions.h"

namespace wharf::declaration {

/// The `connector:` of a source or destination: a built-in's name, or a mapping with `command:` or
/// `image:`. What is wrong with it becomes problems of the section.
ConnectorReference read_connector(Section& item, definition::Kind kind);

}  // namespace wharf::declaration
