#include "protocol/line_splitter.h"

#include <catch2/catch.hpp>
#include <string>
#include <string_view>
#include <vector>

using wharf::protocol::LineSplitter;

namespace {

struct Split {
  std::vector<std::string> lines;
  std::optional<std::string> half;
  std::optional<std::size_t> too_long;
};

/// Feeds `text` in pieces of `chunk` bytes and takes all that comes.
Split split(std::string_view text, std::size_t chunk, std::size_t length_max = 1000) {
  Split split;
  LineSplitter splitter(length_max);
  for (std::size_t at = 0; at < text.size() && !split.too_long; at += chunk) {
    // A copy of its own, so that a view that outlives its buffer shows.
    const std::string piece(text.substr(at, chunk));
    splitter.feed(piece);
    for (;;) {
      const auto next = splitter.next();
      if (const auto* line = std::get_if<std::string_view>(&next)) {
        split.lines.emplace_back(*line);
        continue;
      }
      if (const auto* too_long = std::get_if<LineSplitter::TooLong>(&next)) {
        split.too_long = too_long->length;
      }
      break;
    }
  }
  if (const auto half = splitter.finish()) split.half = std::string(*half);
  return split;
}

}  // namespace

TEST_CASE("lines come out the same whatever pieces the bytes come in") {
  const std::string text = "one\n\ntwo\r\n" + std::string(70, 'x') + "\n\r\n\n last \nhalf";
  const std::vector<std::string> lines{"one", "", "two", std::string(70, 'x'), "", "", " last "};
  for (std::size_t chunk = 1; chunk <= text.size(); ++chunk) {
    INFO("chunks of " << chunk);
    const Split result = split(text, chunk);
    CHECK(result.lines == lines);
    CHECK(result.half == "half");
    CHECK_FALSE(result.too_long);
  }
}

TEST_CASE("a stream that ends with a line end leaves no half line") {
  CHECK_FALSE(split("a\nb\n", 1).half);
  CHECK_FALSE(split("a\nb\n", 4).half);
  CHECK_FALSE(split("", 1).half);
}

TEST_CASE("a line that lies whole in the fed buffer is not copied") {
  const std::string buffer = "first\nsecond\n";
  LineSplitter splitter(100);
  splitter.feed(buffer);
  CHECK(std::get<std::string_view>(splitter.next()).data() == buffer.data());
  CHECK(std::get<std::string_view>(splitter.next()).data() == buffer.data() + 6);
}

TEST_CASE("a line over the limit ends the stream and says how much of it was seen (F-09)") {
  const std::string text = "ok\n" + std::string(11, 'x') + "\nnever\n";
  for (std::size_t chunk = 1; chunk <= text.size(); ++chunk) {
    INFO("chunks of " << chunk);
    const Split result = split(text, chunk, 10);
    CHECK(result.lines == std::vector<std::string>{"ok"});
    CHECK(result.too_long == 11);
    CHECK_FALSE(result.half);
  }
}

TEST_CASE("a line as long as the limit passes") {
  const std::string text(10, 'x');
  for (std::size_t chunk = 1; chunk <= 11; ++chunk) {
    CHECK(split(text + "\n", chunk, 10).lines == std::vector<std::string>{text});
    CHECK(split(text, chunk, 10).half == text);
  }
}

TEST_CASE("after a line over the limit every question has the same answer") {
  LineSplitter splitter(3);
  splitter.feed("abcdef\nok\n");
  CHECK(std::get<LineSplitter::TooLong>(splitter.next()).length == 6);
  splitter.feed("ok\n");
  CHECK(std::get<LineSplitter::TooLong>(splitter.next()).length == 6);
  CHECK_FALSE(splitter.finish());
}
