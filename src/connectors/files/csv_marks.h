#pragma once
// Where in a text the characters stand that can mean anything: 64 bytes at a time. Pure.

#include <cstdint>
#include <string_view>

namespace wharf::connectors::files {

/// What can mean anything, beside line feeds. What a dialect lacks is a line feed here.
struct CsvSigns {
  char delimiter;
  char quote;
  char escape;
};

/// Writes the places of all signs and line feeds in `text`, in order, and gives their end. `out`
/// has room for text.size() + 64; 64 bytes behind `text` can be read.
std::uint32_t* find_signs(std::string_view text, const CsvSigns& signs, std::uint32_t* out);

/// Likewise of the delimiters and line feeds outside quotes alone (`escape` does not count). Null
/// if a quote stands elsewhere than RFC 4180 wants it: quotes open at the begin of a field and
/// close at its end; between them they come in pairs. `text` begins outside quotes, at a field.
std::uint32_t* find_breaks(std::string_view text, const CsvSigns& signs, std::uint32_t* out);

/// The same by what every x86-64 has; the two above do it so where there is nothing better.
std::uint32_t* find_signs_plainly(std::string_view text, const CsvSigns& signs, std::uint32_t* out);
std::uint32_t* find_breaks_plainly(std::string_view text, const CsvSigns& signs,
                                   std::uint32_t* out);

}  // namespace wharf::connectors::files
