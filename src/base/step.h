#pragma once

#include <string_view>

namespace wharf::base {

/// The boundary after a step that a crash may not undo or repeat. It does nothing, unless a test
/// has asked, by `WHARF_HOLD_AT=<step>=<file>` in the environment, that the window be held open:
/// then the first thread that comes here makes the file and stays, until the process is killed. Any
/// thread. The steps that are named in the code are those that tests/e2e/steps_test.py knows.
void after_step(std::string_view step);

}  // namespace wharf::base
