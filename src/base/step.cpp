#include "base/step.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace wharf::base {
namespace {

struct Hold {
  std::string step;
  std::string file;
};

Hold asked_for() {
  const char* text = std::getenv("WHARF_HOLD_AT");
  const std::string_view asked = text == nullptr ? "" : text;
  const auto equals = asked.find('=');
  if (equals == std::string_view::npos) return {};
  return {std::string(asked.substr(0, equals)), std::string(asked.substr(equals + 1))};
}

}  // namespace

void after_step(std::string_view step) {
  static const Hold hold = asked_for();
  if (hold.step.empty() || hold.step != step) return;
  ::close(::open(hold.file.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  while (true) ::pause();
}

}  // namespace wharf::base
