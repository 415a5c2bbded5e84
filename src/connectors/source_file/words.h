#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wharf::connectors::source_file {

/// Words that a text may be, in any case. Given in small letters.
class Words {
 public:
  explicit Words(const std::vector<std::string>& words);
  bool holds(std::string_view text) const;

 private:
  struct Short {  // of at most eight bytes, as one number
    std::uint64_t bytes;
    std::size_t size;
    friend bool operator==(const Short&, const Short&) = default;
  };
  static std::uint64_t bytes_of(std::string_view text);

  std::vector<Short> short_;
  std::vector<std::string> long_;
};

}  // namespace wharf::connectors::source_file
