#include "record/json_string.h"

#include <wharf/record/text_form.h>

#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <vector>

#include "record/utf8.h"

using namespace wharf::record;

namespace {

using Road = char* (*)(char*, std::string_view);

/// A text at the end of its memory, so that a look behind it is seen by the sanitizer.
std::string written(Road road, std::string_view text) {
  const std::vector<char> tight(text.begin(), text.end());
  std::vector<char> room(json_string_room(text.size()));
  char* end = road(room.data(), {tight.data(), tight.size()});
  return {room.data(), end};
}

/// The same, a character at a time.
std::string plainly(std::string_view text) {
  std::string out;
  const char* end = text.data() + text.size();
  for (const char* at = text.data(); at != end;) {
    const auto byte = static_cast<unsigned char>(*at);
    if (byte >= 0x80) {
      const std::size_t size = utf8_sequence(at, end);
      out += size == 0 ? std::string(kReplacement) : std::string(at, size);
      at += size == 0 ? 1 : size;
      continue;
    }
    ++at;
    const auto named = std::string_view("\"\\\b\f\n\r\t").find(static_cast<char>(byte));
    if (named != std::string_view::npos) {
      out += {'\\', "\"\\bfnrt"[named]};
    } else if (byte < 0x20) {
      out += std::string("\\u00") + "01"[byte >> 4] + "0123456789abcdef"[byte & 15];
    } else {
      out += static_cast<char>(byte);
    }
  }
  return out;
}

/// Texts of `length` bytes: mostly letters, and of the others as many in a hundred.
std::string random_text(std::mt19937_64& random, std::size_t length, unsigned others) {
  static const std::string kOthers[] = {"\"", "\\", "\n", "\x01", "\x1f", "\x7f",
                                        "é",  "€",  "😀", "\xff", "\xc3", "\xed\xa0\x80"};
  std::string text;
  while (text.size() < length) {
    if (random() % 100 < others) {
      text += kOthers[random() % std::size(kOthers)];
    } else {
      text += static_cast<char>('a' + random() % 26);
    }
  }
  text.resize(length);  // may cut a character
  return text;
}

}  // namespace

TEST_CASE("every road writes the same JSON string, whatever the text and its length") {
  std::mt19937_64 random(20241123);
  std::vector<Road> roads{write_json_inside, write_json_inside_portably};
  if (has_shuffles()) roads.push_back(write_json_inside_by_shuffles);
  for (unsigned others : {0U, 5U, 30U, 100U}) {
    for (int round = 0; round < 20'000; ++round) {
      const std::string text = random_text(random, random() % 100, others);
      const std::string expected = plainly(text);
      for (Road road : roads) {
        if (written(road, text) != expected) FAIL("round " << round << ", others " << others);
      }
      Buffer out;
      append_json_string(out, std::string_view(text.data(), text.size()));
      if (out.view() != '"' + expected + '"') FAIL("whole, round " << round);
    }
  }
}

TEST_CASE("every choice of quotes among eight letters is escaped") {
  if (!has_shuffles()) return;
  for (unsigned quotes = 0; quotes < 256; ++quotes) {
    std::string text(24, 'x');
    for (unsigned i = 0; i < 8; ++i) {
      if ((quotes >> i & 1) != 0) text[i] = text[23 - i] = i % 2 == 0 ? '"' : '\\';
    }
    CHECK(written(write_json_inside_by_shuffles, text) == plainly(text));
  }
}

TEST_CASE("a long text is written in pieces that cut no character") {
  std::mt19937_64 random(5);
  for (unsigned others : {1U, 60U}) {
    for (int round = 0; round < 40; ++round) {
      const std::string text = random_text(random, 8180 + random() % 20'000, others);
      Buffer out;
      append_json_string(out, text);
      if (out.view() != '"' + plainly(text) + '"') FAIL("round " << round);
    }
  }
  for (std::size_t before = 8180; before < 8200; ++before) {
    std::string text(before, 'a');
    for (int i = 0; i < 5; ++i) text += "😀";
    Buffer out;
    append_json_string(out, text);
    CHECK(out.view() == '"' + text + '"');
  }
  const std::string broken(30'000, '\x80');
  Buffer out;
  append_json_string(out, broken);
  CHECK(out.view() == '"' + plainly(broken) + '"');
}
