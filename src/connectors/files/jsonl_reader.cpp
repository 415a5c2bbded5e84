#include "connectors/files/jsonl_reader.h"

#include <algorithm>

namespace wharf::connectors::files {

JsonlReader::JsonlReader(const InputFile& file, std::string_view encoding, bool last_line_counts,
                         InputWindow::Settings settings)
    : file_(file),
      encoding_(file.encoding_of(encoding)),
      last_line_counts_(last_line_counts),
      settings_(settings),
      window_(file, encoding_, 0, settings) {}

void JsonlReader::go_to(std::uint64_t offset) {
  window_ = InputWindow(file_, encoding_, offset, settings_);
  used_ = searched_ = line_begin_ = 0;
}

bool JsonlReader::next() {
  const std::string_view text = window_.text();
  for (;;) {
    std::size_t end = text.find('\n', std::max(used_, searched_));
    searched_ = text.size();
    const bool cut = end == std::string_view::npos;
    if (cut && !(window_.at_end() && last_line_counts_ && used_ < text.size())) return false;
    if (cut) end = text.size();
    line_begin_ = used_;
    line_ = text.substr(used_, end - used_);
    used_ = cut ? end : end + 1;
    searched_ = used_;
    if (line_.find_first_not_of(" \t\r") != std::string_view::npos) return true;
  }
}

bool JsonlReader::read_on() {
  window_.consume(used_);
  searched_ -= std::min(used_, searched_);
  used_ = line_begin_ = 0;
  return window_.read_on();
}

void JsonlReader::fail(std::size_t place, std::string_view what) const {
  window_.fail_at(line_begin_ + place, what);
}

}  // namespace wharf::connectors::files
