#include "connectors/source_file/words.h"

#include <algorithm>

namespace wharf::connectors::source_file {

Words::Words(const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    if (word.size() > kShort) {
      long_.push_back(word);
    } else {
      short_[word.size()].push_back(lower_case(load_short(word)));
    }
  }
}

bool Words::holds_long(std::string_view text) const {
  const auto is_same = [&](const std::string& word) {
    return std::equal(text.begin(), text.end(), word.begin(), word.end(), [](char a, char b) {
      return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + ('a' - 'A')) : a) == b;
    });
  };
  return std::any_of(long_.begin(), long_.end(), is_same);
}

}  // namespace wharf::connectors::source_file
