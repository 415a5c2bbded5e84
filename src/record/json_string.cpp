#include "record/json_string.h"

#include <wharf/record/text_form.h>

#include <tmmintrin.h>

#include <array>
#include <cstdint>
#include <cstring>

#include "record/json_scan.h"
#include "record/utf8.h"

namespace wharf::record {
namespace {

__m128i load(const void* from) {
  return _mm_loadu_si128(static_cast<const __m128i*>(from));
}

void store(char* to, __m128i bytes) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes);
}

// ---- a character at a time

char* write_control(char* to, char c) {
  *to++ = '\\';
  switch (c) {
    case '\b':
      *to++ = 'b';
      return to;
    case '\f':
      *to++ = 'f';
      return to;
    case '\n':
      *to++ = 'n';
      return to;
    case '\r':
      *to++ = 'r';
      return to;
    case '\t':
      *to++ = 't';
      return to;
    default: {
      constexpr char kHex[] = "0123456789abcdef";
      auto byte = static_cast<unsigned char>(c);
      std::memcpy(to, "u00", 3);
      to[3] = kHex[byte >> 4];
      to[4] = kHex[byte & 15];
      return to + 5;
    }
  }
}

/// Writes the special character at `from`: an escape, or one beyond ASCII. At most six bytes.
const char* write_special(const char* from, const char* end, char*& to) {
  if (*from == '"' || *from == '\\') {
    to[0] = '\\';
    to[1] = *from;
    to += 2;
    return from + 1;
  }
  if (static_cast<signed char>(*from) >= 0) {
    to = write_control(to, *from);
    return from + 1;
  }
  const std::size_t size = utf8_sequence(from, end);
  std::memcpy(to, size == 0 ? kReplacement : from, size == 0 ? 3 : size);
  to += size == 0 ? 3 : size;
  return from + (size == 0 ? 1 : size);
}

// ---- sixteen bytes at a time

/// Writes sixteen bytes, escaped; what stands behind them up to `end`, sixteen more at least, is
/// looked at too. Gives where it ended: beyond them, if a sequence of several bytes goes on there.
const char* write_block(const char* from, const char* end, char*& to) {
  const char* const next = from + 16;
  __m128i bytes = load(from);
  // All go over as they are, and again from behind each special one, over what follows it.
  store(to, bytes);
  for (unsigned special = json::special_bytes(bytes); special != 0; special &= special - 1) {
    const char* found = next - 16 + __builtin_ctz(special);
    if (found < from) continue;  // within a sequence that has gone over
    to += found - from;
    from = write_special(found, end, to);
    if (from >= next) return from;
    bytes = load(from);
    store(to, bytes);
  }
  to += next - from;
  return next;
}

/// Writes less than 32 bytes, escaped. They are copied to where blocks can be read beyond them.
char* write_rest(char* to, const char* from, std::size_t size) {
  alignas(16) char rest[64];
  const __m128i spaces = _mm_set1_epi8(' ');
  for (int i = 0; i < 64; i += 16) _mm_store_si128(reinterpret_cast<__m128i*>(rest + i), spaces);
  std::memcpy(rest, from, size);
  const char* end = rest + size;
  const char* at = rest;
  while (at < end) at = write_block(at, end, to);
  return to - (at - end);  // without the spaces
}

// ---- eight bytes at a time, each to its place

constexpr unsigned char kBackslash = 8;

/// For every choice of escaped ones among eight bytes: which byte stands where in what they become.
/// kBackslash is the one that stands behind them.
constexpr auto kMoves = [] {
  std::array<std::array<unsigned char, 16>, 256> moves{};
  for (unsigned escaped = 0; escaped < 256; ++escaped) {
    unsigned place = 0;
    for (unsigned char byte = 0; byte < 8; ++byte) {
      if ((escaped >> byte & 1) != 0) moves[escaped][place++] = kBackslash;
      moves[escaped][place++] = byte;
    }
  }
  return moves;
}();

/// `bytes`: eight, and backslashes behind them. `escaped`: a bit for each of the eight.
[[gnu::target("ssse3,popcnt")]] inline char* write_eight(char* to, __m128i bytes,
                                                         unsigned escaped) {
  store(to, _mm_shuffle_epi8(bytes, load(kMoves[escaped].data())));
  return to + 8 + __builtin_popcount(escaped);
}

/// Sixteen bytes of which quotes and backslashes are `escaped`, and the others stand for
/// themselves.
[[gnu::target("ssse3,popcnt")]] inline char* write_sixteen(char* to, __m128i bytes,
                                                           unsigned escaped) {
  const __m128i backslashes = _mm_set1_epi8('\\');
  to = write_eight(to, _mm_unpacklo_epi64(bytes, backslashes), escaped & 0xFF);
  return write_eight(to, _mm_unpackhi_epi64(bytes, backslashes), escaped >> 8);
}

inline unsigned escaped_bytes(__m128i bytes) {
  const __m128i quotes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
  const __m128i backslashes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
  return static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(quotes, backslashes)));
}

/// Control characters, and what is not ASCII.
inline unsigned rare_bytes(__m128i bytes) {
  return static_cast<unsigned>(_mm_movemask_epi8(_mm_cmplt_epi8(bytes, _mm_set1_epi8(' '))));
}

/// Moves the last `size` of sixteen bytes to the front.
[[gnu::target("ssse3")]] inline __m128i last_bytes(__m128i bytes, std::size_t size) {
  alignas(16) static constexpr auto kPlaces = [] {
    std::array<unsigned char, 32> places{};
    for (unsigned char i = 0; i < 16; ++i) places[i] = i;
    return places;
  }();
  return _mm_shuffle_epi8(bytes, load(kPlaces.data() + 16 - size));
}

// ---- a text of at most sixteen bytes

/// Copies one to sixteen bytes: their front and their back, which may overlap. Gives them all, some
/// of them twice.
inline __m128i copy_short(const char* from, std::size_t size, char* to) {
  if (size >= 8) {
    const __m128i front = _mm_loadu_si64(from);
    const __m128i back = _mm_loadu_si64(from + size - 8);
    _mm_storeu_si64(to, front);
    _mm_storeu_si64(to + size - 8, back);
    return _mm_unpacklo_epi64(front, back);
  }
  if (size >= 4) {
    std::uint32_t front = 0;
    std::uint32_t back = 0;
    std::memcpy(&front, from, 4);
    std::memcpy(&back, from + size - 4, 4);
    std::memcpy(to, &front, 4);
    std::memcpy(to + size - 4, &back, 4);
    return _mm_set1_epi64x(static_cast<std::int64_t>(std::uint64_t{back} << 32 | front));
  }
  const auto front = static_cast<unsigned char>(from[0]);
  const auto middle = static_cast<unsigned char>(from[size / 2]);
  const auto back = static_cast<unsigned char>(from[size - 1]);
  to[0] = static_cast<char>(front);
  to[size / 2] = static_cast<char>(middle);
  to[size - 1] = static_cast<char>(back);
  return _mm_set1_epi32(front | middle << 8 | back << 16 | front << 24);
}

/// Gives `written` if [at, end) is UTF-8, else null.
[[gnu::noinline]] char* if_utf8(const char* at, const char* end, char* written) {
  while (at != end) {
    const std::size_t size = static_cast<signed char>(*at) >= 0 ? 1 : utf8_sequence(at, end);
    if (size == 0) return nullptr;
    at += size;
  }
  return written;
}

/// The longest front of at most `most` bytes that ends between two characters; there are more.
std::string_view front_of(std::string_view text, std::size_t most) {
  // Behind the first byte of a character are three at most: the last of four belongs to none.
  for (std::size_t at = most; at > most - 4; --at) {
    if ((static_cast<unsigned char>(text[at]) & 0xC0) != 0x80) return text.substr(0, at);
  }
  return text.substr(0, most);
}

}  // namespace

char* write_json_inside_portably(char* to, std::string_view text) {
  const char* from = text.data();
  const char* const end = from + text.size();
  while (end - from >= 32) from = write_block(from, end, to);
  return from == end ? to : write_rest(to, from, static_cast<std::size_t>(end - from));
}

[[gnu::target("ssse3,popcnt")]] char* write_json_inside_by_shuffles(char* to,
                                                                    std::string_view text) {
  const char* from = text.data();
  const char* const end = from + text.size();
  if (text.size() < 16) return write_json_inside_portably(to, text);
  while (end - from >= 16) {
    const __m128i bytes = load(from);
    if (rare_bytes(bytes) == 0) {
      to = write_sixteen(to, bytes, escaped_bytes(bytes));
      from += 16;
    } else if (end - from >= 32) {
      from = write_block(from, end, to);
    } else {
      return write_rest(to, from, static_cast<std::size_t>(end - from));
    }
  }
  const auto left = static_cast<std::size_t>(end - from);
  if (left == 0) return to;
  const __m128i bytes = last_bytes(load(end - 16), left);
  const unsigned within = (1U << left) - 1;
  if ((rare_bytes(bytes) & within) != 0) return write_rest(to, from, left);
  return write_sixteen(to, bytes, escaped_bytes(bytes) & within) - (16 - left);
}

bool has_shuffles() {
  return __builtin_cpu_supports("ssse3") != 0 && __builtin_cpu_supports("popcnt") != 0;
}

char* write_json_inside(char* to, std::string_view text) {
  static char* (*const write)(char*, std::string_view) =
      has_shuffles() ? write_json_inside_by_shuffles : write_json_inside_portably;
  return write(to, text);
}

char* write_plain_json_string(char* to, std::string_view text) {
  const std::size_t size = text.size();
  if (size - 1 >= 16) return nullptr;
  to[0] = '"';
  const __m128i bytes = copy_short(text.data(), size, to + 1);
  to[size + 1] = '"';
  char* const end = to + size + 2;
  const unsigned special = json::special_bytes(bytes);
  if (special == 0) return end;
  const auto beyond_ascii = static_cast<unsigned>(_mm_movemask_epi8(bytes));
  if (special != beyond_ascii) return nullptr;
  return if_utf8(text.data(), text.data() + size, end);
}

void append_json_string(Buffer& out, std::string_view text) {
  if (char* end = write_plain_json_string(out.room(kPlainStringRoom), text)) {
    return out.advance(end);
  }
  constexpr std::size_t kPiece = 8192;  // so that room for the worst case stays small
  out.append('"');
  while (text.size() > kPiece) {
    const std::string_view piece = front_of(text, kPiece);
    out.advance(write_json_inside(out.room(json_string_room(kPiece)), piece));
    text.remove_prefix(piece.size());
  }
  char* end = write_json_inside(out.room(json_string_room(text.size())), text);
  *end++ = '"';
  out.advance(end);
}

}  // namespace wharf::record
