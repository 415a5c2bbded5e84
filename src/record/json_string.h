#pragma once
// Texts as JSON strings: through a pointer into room that the caller has made. Any length at all is
// text_form.h's append_json_string.

#include <cstddef>
#include <string_view>

namespace wharf::record {

/// The room that a text of `size` bytes needs: an escape has six characters at most, and a vector
/// writes beyond the end.
constexpr std::size_t json_string_room(std::size_t size) {
  return size * 6 + 64;
}

/// Writes `text` between quotes if it is short and all its bytes stand for themselves; else gives
/// null.
char* write_plain_json_string(char* to, std::string_view text);
inline constexpr std::size_t kPlainStringRoom = 18;

/// Writes `text` as it stands between the quotes. Bytes that are not UTF-8 become U+FFFD.
char* write_json_inside(char* to, std::string_view text);

/// The two roads of write_json_inside, which write the same. The one by shuffles wants a processor
/// that has them.
char* write_json_inside_portably(char* to, std::string_view text);
char* write_json_inside_by_shuffles(char* to, std::string_view text);
bool has_shuffles();

}  // namespace wharf::record
