#include "connector/record_output.h"

namespace wharf::connector {

void RecordOutput::announce(const protocol::Message& message) {
  if (platform_ != nullptr) platform_->say(message);
  record::append_message(form_, line_of(message), buffer_);
}

void RecordOutput::flush() {
  if (buffer_.empty()) return;
  send_(buffer_.view());
  buffer_.clear();
}

}  // namespace wharf::connector
