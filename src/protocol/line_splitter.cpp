#include "protocol/line_splitter.h"

#include <wharf/error.h>

#include <cstring>

namespace wharf::protocol {
namespace {

std::string_view without_return(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

void LineSplitter::feed(std::string_view bytes) {
  WHARF_CHECK(fed_.empty());
  if (!too_long_) fed_ = bytes;
}

LineSplitter::Next LineSplitter::next() {
  if (too_long_) return *too_long_;
  if (begun_given_) {
    begun_.clear();
    begun_given_ = false;
  }
  if (fed_.empty()) return {};

  const auto* line_end = static_cast<const char*>(std::memchr(fed_.data(), '\n', fed_.size()));
  const std::size_t length =
      line_end != nullptr ? static_cast<std::size_t>(line_end - fed_.data()) : fed_.size();
  if (begun_.size() + length > length_max_) return fail(begun_.size() + length);

  const std::string_view piece = fed_.substr(0, length);
  fed_.remove_prefix(line_end != nullptr ? length + 1 : length);
  if (line_end != nullptr && begun_.empty()) return without_return(piece);
  begun_ += piece;
  if (line_end == nullptr) return {};
  begun_given_ = true;
  return without_return(begun_);
}

std::optional<std::string_view> LineSplitter::finish() const {
  if (too_long_ || begun_given_ || begun_.empty()) return std::nullopt;
  return begun_;
}

LineSplitter::Next LineSplitter::fail(std::size_t length) {
  fed_ = {};
  begun_ = {};
  too_long_ = TooLong{length};
  return *too_long_;
}

}  // namespace wharf::protocol
