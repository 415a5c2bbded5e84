#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wharf::connectors::files {

/// How the bytes of a file say characters. Rows are always UTF-8; what is not is converted block by
/// block on its way in.
enum class Encoding : std::uint8_t { utf8, latin1, utf16_le, utf16_be };

/// How many leading bytes of `bytes` are whole and valid. `wrong` is set if what follows can be no
/// character, whatever else comes; otherwise at most an unfinished character follows.
struct ValidPrefix {
  std::size_t size = 0;
  bool wrong = false;
};
ValidPrefix valid_utf8(std::string_view bytes);

/// Appends `bytes` as UTF-8 and says how many it took: all but an unfinished character at the end.
/// `wrong`: a lone surrogate follows.
ValidPrefix append_as_utf8(Encoding encoding, std::string_view bytes, std::string& out);

/// How many bytes `utf8`, made by append_as_utf8, took in the file.
std::size_t size_in_file(Encoding encoding, std::string_view utf8);

/// Bytes of one code unit: 2 for UTF-16.
inline std::size_t unit_of(Encoding encoding) {
  return encoding == Encoding::utf16_le || encoding == Encoding::utf16_be ? 2 : 1;
}

/// Where the first line end of `bytes` (file bytes, beginning on a whole unit) ends; none: nullopt.
std::optional<std::size_t> line_end_in(Encoding encoding, std::string_view bytes);
/// How many line ends stand in `bytes`.
std::size_t lines_in(Encoding encoding, std::string_view bytes);

}  // namespace wharf::connectors::files
