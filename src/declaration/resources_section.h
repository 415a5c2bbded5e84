#pragma once

#include "declaration/section.h"
#include "definition/resources.h"

namespace wharf::declaration {

/// The `resources:` of an image, a source, a destination or a connection: `{cpu: 0.5, memory: 2
/// GiB}`, by Airbyte's names too (`cpu_limit`, `memory_limit`, `cpu_request`, `memory_request`).
/// What is wrong becomes problems of `item`.
definition::Resources image_resources(Section& item);
/// Of a source or destination: for one operation alone, too: `{memory: 1 GiB, sync: {memory: 4
/// GiB}}`, and so `check`, `discover` and `spec`.
definition::ScopedResources scoped_resources(Section& item);
/// Of a connection: of both its ends, or of one: `{source: {memory: 3 GiB}}`, which goes before.
definition::SideResources side_resources(Section& item);

}  // namespace wharf::declaration
