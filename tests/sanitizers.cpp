// Linked into whatever a sanitized build runs. Connectors are children whose environment is built,
// so no ASAN_OPTIONS of ours reaches them: what we want of a sanitizer stands here. A process that
// finds something writes it into a file of WHARF_FINDINGS and dies; the test `findings` reads
// there.

#include <cstdlib>
#include <fstream>
#include <string>

extern "C" {

const char* __asan_default_options() {
  return "detect_leaks=1:abort_on_error=1:handle_abort=1:log_path=" WHARF_FINDINGS "/asan";
}

const char* __ubsan_default_options() {
  return "halt_on_error=1:abort_on_error=1:print_stacktrace=1:log_path=" WHARF_FINDINGS "/asan";
}

const char* __tsan_default_options() {
  return "halt_on_error=1:log_path=" WHARF_FINDINGS "/tsan:suppressions=" WHARF_TSAN_SUPPRESSIONS;
}

// The search for leaks stops the process as a debugger does, and under strace there is one already.
int __lsan_is_turned_off() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("TracerPid:")) return std::atoi(line.c_str() + 10) != 0 ? 1 : 0;
  }
  return 0;
}

}  // extern "C"
