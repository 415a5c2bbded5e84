#include <wharf/record/meta_columns.h>
#include <wharf/record/text_form.h>

#include <emmintrin.h>
#include <sys/random.h>

#include <bit>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "record/digits.h"

namespace wharf::record {
namespace {

/// xoshiro256**, by David Blackman and Sebastiano Vigna.
std::uint64_t next_random(std::array<std::uint64_t, 4>& s) {
  std::uint64_t result = std::rotl(s[1] * 5, 7) * 9;
  std::uint64_t t = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = std::rotl(s[3], 45);
  return result;
}

/// 16 nibbles as hex digits.
__m128i hex_digits(__m128i nibbles) {
  __m128i letters =
      _mm_and_si128(_mm_cmpgt_epi8(nibbles, _mm_set1_epi8(9)), _mm_set1_epi8('a' - '0' - 10));
  return _mm_add_epi8(_mm_add_epi8(nibbles, _mm_set1_epi8('0')), letters);
}

struct Halves {
  std::uint64_t first;
  std::uint64_t second;
};

Halves halves(__m128i bytes) {
  return {static_cast<std::uint64_t>(_mm_cvtsi128_si64(bytes)),
          static_cast<std::uint64_t>(_mm_cvtsi128_si64(_mm_unpackhi_epi64(bytes, bytes)))};
}

template <class Word>
void write(char* to, Word word) {
  std::memcpy(to, &word, sizeof word);
}

}  // namespace

RawIds::RawIds() {
  auto* bytes = reinterpret_cast<char*>(state_.data());
  std::size_t got = 0;
  while (got < sizeof state_) {
    ssize_t size = getrandom(bytes + got, sizeof state_ - got, 0);
    if (size < 0 && errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), "getrandom");
    }
    if (size > 0) got += static_cast<std::size_t>(size);
  }
  state_[0] |= 1;  // all zeros would stay so for ever
}

void RawIds::next(char* out) {
  // In memory order: byte 6 begins with the version, byte 8 with the variant.
  std::uint64_t first =
      (next_random(state_) & ~(std::uint64_t{0xF0} << 48)) | (std::uint64_t{0x40} << 48);
  std::uint64_t second = (next_random(state_) & ~std::uint64_t{0xC0}) | 0x80;
  __m128i bytes =
      _mm_set_epi64x(static_cast<std::int64_t>(second), static_cast<std::int64_t>(first));
  __m128i low_mask = _mm_set1_epi8(0x0F);
  __m128i high = _mm_and_si128(_mm_srli_epi16(bytes, 4), low_mask);
  __m128i low = _mm_and_si128(bytes, low_mask);
  const Halves front = halves(hex_digits(_mm_unpacklo_epi8(high, low)));
  const Halves back = halves(hex_digits(_mm_unpackhi_epi8(high, low)));
  write(out, front.first);
  out[8] = '-';
  write(out + 9, static_cast<std::uint32_t>(front.second));
  out[13] = '-';
  write(out + 14, static_cast<std::uint32_t>(front.second >> 32));
  out[18] = '-';
  write(out + 19, static_cast<std::uint32_t>(back.first));
  out[23] = '-';
  write(out + 24, static_cast<std::uint32_t>(back.first >> 32));
  write(out + 28, back.second);
}

void append_meta_json(Buffer& out, std::optional<std::int64_t> sync_id,
                      std::span<const RecordedChange> changes) {
  out.append('{');
  if (sync_id) {
    out.append("\"sync_id\":");
    out.advance(write_integer(out.room(24), *sync_id));
    out.append(',');
  }
  out.append("\"changes\":[");
  bool first = true;
  for (const RecordedChange& change : changes) {
    if (!first) out.append(',');
    first = false;
    out.append("{\"field\":");
    append_json_string(out, change.field);
    out.append(",\"change\":\"");
    out.append(name_of(change.change));
    out.append("\",\"reason\":\"");
    out.append(name_of(change.reason));
    out.append("\"}");
  }
  out.append("]}");
}

}  // namespace wharf::record
