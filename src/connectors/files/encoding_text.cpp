#include "connectors/files/encoding_text.h"

#include <simdjson.h>

#include <algorithm>
#include <cstring>

namespace wharf::connectors::files {
namespace {

unsigned char byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

/// The length a UTF-8 sequence has by its first byte; 0 if no sequence begins so.
std::size_t sequence_length(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return 2;
  if ((first & 0xF0) == 0xE0) return 3;
  if (first >= 0xF0 && first <= 0xF4) return 4;
  return 0;
}

/// Whether the second byte may follow the first: no overlong form, no surrogate, nothing beyond
/// U+10FFFF.
bool may_follow(unsigned char first, unsigned char second) {
  if (first == 0xE0) return second >= 0xA0 && second <= 0xBF;
  if (first == 0xED) return second >= 0x80 && second <= 0x9F;
  if (first == 0xF0) return second >= 0x90 && second <= 0xBF;
  if (first == 0xF4) return second >= 0x80 && second <= 0x8F;
  return (second & 0xC0) == 0x80;
}

/// valid_utf8, character by character: slow, and sure of the place.
ValidPrefix valid_utf8_by_character(std::string_view bytes) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    const unsigned char first = byte_at(bytes, at);
    const std::size_t length = sequence_length(first);
    if (length == 0) return {at, true};
    for (std::size_t i = 1; i < length; ++i) {
      if (at + i == bytes.size()) return {at, false};
      const unsigned char next = byte_at(bytes, at + i);
      if (i == 1 ? !may_follow(first, next) : (next & 0xC0) != 0x80) return {at, true};
    }
    at += length;
  }
  return {at, false};
}

void append_character(std::string& out, std::uint32_t point) {
  const auto put = [&out](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (point < 0x80) return put(point);
  if (point < 0x800) {
    put(0xC0 | (point >> 6));
  } else {
    if (point < 0x10000) {
      put(0xE0 | (point >> 12));
    } else {
      put(0xF0 | (point >> 18));
      put(0x80 | ((point >> 12) & 0x3F));
    }
    put(0x80 | ((point >> 6) & 0x3F));
  }
  put(0x80 | (point & 0x3F));
}

std::uint32_t unit_at(Encoding encoding, std::string_view bytes, std::size_t at) {
  const std::uint32_t first = byte_at(bytes, at);
  const std::uint32_t second = byte_at(bytes, at + 1);
  return encoding == Encoding::utf16_le ? first | (second << 8) : (first << 8) | second;
}

ValidPrefix append_utf16(Encoding encoding, std::string_view bytes, std::string& out) {
  std::size_t at = 0;
  while (at + 2 <= bytes.size()) {
    const std::uint32_t unit = unit_at(encoding, bytes, at);
    if (unit < 0xD800 || unit > 0xDFFF) {
      append_character(out, unit);
      at += 2;
      continue;
    }
    if (unit > 0xDBFF) return {at, true};
    if (at + 4 > bytes.size()) return {at, false};
    const std::uint32_t low = unit_at(encoding, bytes, at + 2);
    if (low < 0xDC00 || low > 0xDFFF) return {at, true};
    append_character(out, 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00));
    at += 4;
  }
  return {at, false};
}

}  // namespace

ValidPrefix valid_utf8(std::string_view bytes) {
  // An unfinished character at the end is no fault: the fast check is given whole ones only.
  std::size_t whole = bytes.size();
  for (std::size_t back = 1; back <= std::min<std::size_t>(3, bytes.size()); ++back) {
    const unsigned char byte = byte_at(bytes, bytes.size() - back);
    if ((byte & 0xC0) == 0x80) continue;
    if (sequence_length(byte) > back) whole = bytes.size() - back;
    break;
  }
  if (simdjson::validate_utf8(bytes.data(), whole)) {
    if (whole == bytes.size()) return {whole, false};
    const ValidPrefix rest = valid_utf8_by_character(bytes.substr(whole));
    return {whole + rest.size, rest.wrong};
  }
  return valid_utf8_by_character(bytes);
}

ValidPrefix append_as_utf8(Encoding encoding, std::string_view bytes, std::string& out) {
  switch (encoding) {
    case Encoding::utf8: {
      const ValidPrefix valid = valid_utf8(bytes);
      out.append(bytes.substr(0, valid.size));
      return valid;
    }
    case Encoding::latin1:
      for (const char byte : bytes) append_character(out, static_cast<unsigned char>(byte));
      return {bytes.size(), false};
    case Encoding::utf16_le:
    case Encoding::utf16_be:
      return append_utf16(encoding, bytes, out);
  }
  return {};
}

std::size_t size_in_file(Encoding encoding, std::string_view utf8) {
  if (encoding == Encoding::utf8) return utf8.size();
  std::size_t characters = 0;
  std::size_t beyond_the_plane = 0;  // four bytes in UTF-8, two units in UTF-16
  for (const char c : utf8) {
    const auto byte = static_cast<unsigned char>(c);
    characters += (byte & 0xC0) != 0x80;
    beyond_the_plane += byte >= 0xF0;
  }
  return encoding == Encoding::latin1 ? characters : 2 * (characters + beyond_the_plane);
}

std::optional<std::size_t> line_end_in(Encoding encoding, std::string_view bytes) {
  if (unit_of(encoding) == 1) {
    const auto at = bytes.find('\n');
    return at == std::string_view::npos ? std::nullopt : std::optional(at + 1);
  }
  for (std::size_t at = 0; at + 2 <= bytes.size(); at += 2) {
    if (unit_at(encoding, bytes, at) == '\n') return at + 2;
  }
  return std::nullopt;
}

std::size_t lines_in(Encoding encoding, std::string_view bytes) {
  std::size_t lines = 0;
  while (const auto end = line_end_in(encoding, bytes)) {
    ++lines;
    bytes.remove_prefix(*end);
  }
  return lines;
}

}  // namespace wharf::connectors::files
