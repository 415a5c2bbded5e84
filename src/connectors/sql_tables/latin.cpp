#include "connectors/sql_tables/latin.h"

#include <cstdint>

namespace wharf::connectors::sql_tables {
namespace {

// Unicode's compatibility decompositions (NFKD) that leave one ASCII letter or digit once the marks
// are gone, a character for each code point from the block's first on.
constexpr std::string_view kFrom00A0 =
    "__________a_______23_____1o_____AAAAAA_CEEEEIIII_NOOOOO__UUUUY__"
    "aaaaaa_ceeeeiiii_nooooo__uuuuy_yAaAaAaCcCcCcCcDd__EeEeEeEeEeGgGg"
    "GgGgHh__IiIiIiIiI___JjKk_LlLlLl____NnNnNn___OoOoOo__RrRrRrSsSsSs"
    "SsTtTt__UuUuUuUuUuUuWwYyYZzZzZzs________________________________"
    "Oo_____________Uu____________________________AaIiOoUuUuUuUuUu_Aa"
    "Aa____GgKkOoOo__j___Gg__NnAa____AaAaEeEeIiIiOoOoRrRrUuUuSsTt__Hh"
    "______AaEeOoOoOoOoYy____________________________";
constexpr std::string_view kFrom1E00 =
    "AaBbBbBbCcDdDdDdDdDdEeEeEeEeEeFfGgHhHhHhHhHhIiIiKkKkKkLlLlLlLlMm"
    "MmMmNnNnNnNnOoOoOoOoPpPpRrRrRrRrSsSsSsSsSsTtTtTtTtUuUuUuUuUuVvVv"
    "WwWwWwWwWwXxXxYyZzZzZzhtwy_s____AaAaAaAaAaAaAaAaAaAaAaAaEeEeEeEe"
    "EeEeEeEeIiIiOoOoOoOoOoOoOoOoOoOoOoOoUuUuUuUuUuUuUuYyYyYyYy______";

struct Pair {
  std::uint32_t code_point;
  std::string_view plain;
};
constexpr Pair kPairs[] = {{0x132, "IJ"}, {0x133, "ij"}, {0x1c4, "DZ"}, {0x1c5, "Dz"},
                           {0x1c6, "dz"}, {0x1c7, "LJ"}, {0x1c8, "Lj"}, {0x1c9, "lj"},
                           {0x1ca, "NJ"}, {0x1cb, "Nj"}, {0x1cc, "nj"}, {0x1f1, "DZ"},
                           {0x1f2, "Dz"}, {0x1f3, "dz"}};

bool is_mark(std::uint32_t c) {
  return (c >= 0x300 && c <= 0x36f) || (c >= 0x1ab0 && c <= 0x1aff) ||
         (c >= 0x1dc0 && c <= 0x1dff) || (c >= 0x20d0 && c <= 0x20ff) ||
         (c >= 0xfe20 && c <= 0xfe2f);
}

void append_plain(std::string& out, std::uint32_t c) {
  if (is_mark(c)) return;
  for (const auto& pair : kPairs)
    if (pair.code_point == c) {
      out += pair.plain;
      return;
    }
  if (c >= 0xa0 && c < 0xa0 + kFrom00A0.size()) {
    out += kFrom00A0[c - 0xa0];
  } else if (c >= 0x1e00 && c < 0x1e00 + kFrom1E00.size()) {
    out += kFrom1E00[c - 0x1e00];
  } else if (c >= 0xff01 && c <= 0xff5e) {  // full width
    out += static_cast<char>(c - 0xfee0);
  } else {
    out += '_';
  }
}

// Length of the sequence at the front of `text`, its code point in `c`; 0 if it is no UTF-8.
std::size_t decode(std::string_view text, std::uint32_t& c) {
  const auto first = static_cast<unsigned char>(text[0]);
  const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
  if (size == 0 || first > 0xf4 || text.size() < size) return 0;
  c = first & (0xffU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xc0U) != 0x80) return 0;
    c = (c << 6) | (byte & 0x3fU);
  }
  return size;
}

}  // namespace

std::string plain_latin(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    if (static_cast<unsigned char>(text[0]) < 0x80) {
      out += text[0];
      text.remove_prefix(1);
      continue;
    }
    std::uint32_t c = 0;
    const std::size_t size = decode(text, c);
    if (size == 0)
      out += '_';
    else
      append_plain(out, c);
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return out;
}

}  // namespace wharf::connectors::sql_tables
