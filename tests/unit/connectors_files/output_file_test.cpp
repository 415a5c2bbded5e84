#include "connectors/files/output_file.h"

#include <wharf/record/buffer.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <random>
#include <sstream>
#include <string>

#include "temporary_directory.h"

using namespace wharf;
using namespace wharf::connectors::files;

namespace {

constexpr std::size_t kBlock = OutputFile::kBlock;

std::string content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Bytes on a page of their own, that tell where they belong.
record::Buffer bytes(std::size_t size, std::mt19937& chance) {
  record::Buffer made(size + kBlock * 16);
  for (std::size_t i = 0; i < size; ++i) made.append(static_cast<char>('a' + chance() % 26));
  return made;
}

}  // namespace

TEST_CASE("whole blocks and odd pieces, in any order, make the file they are pieces of") {
  std::mt19937 chance(7);
  TemporaryDirectory directory;
  OutputFile file = OutputFile::create(directory.path("rows"));
  std::string expected;
  auto append = [&](std::size_t size, std::size_t shift = 0) {
    record::Buffer piece = bytes(size + shift, chance);
    file.append(piece.view().substr(shift));
    expected.append(piece.view().substr(shift));
    REQUIRE(file.length() == static_cast<std::int64_t>(expected.size()));
  };
  append(64 * kBlock);   // past the page cache
  append(100 * kBlock);  // and again
  append(17);            // a tail
  append(64 * kBlock);   // whole blocks at no boundary
  append(kBlock - 17);   // a boundary again
  append(64 * kBlock);
  append(64 * kBlock, 5);  // at a boundary, from no boundary in memory
  append(2 * kBlock);
  for (int i = 0; i < 40; ++i) append(chance() % 2 == 0 ? 64 * kBlock : chance() % 100'000);
  file.sync();
  CHECK(content(directory.path("rows")) == expected);

  file.cut(static_cast<std::int64_t>(expected.size() / 2));
  expected.resize(expected.size() / 2);
  append(64 * kBlock);
  CHECK(content(directory.path("rows")) == expected);

  OutputFile joined = OutputFile::create(directory.path("joined"));
  joined.append(expected.substr(0, 3));
  joined.append_from(file, 3, static_cast<std::int64_t>(expected.size()) - 3);
  CHECK(content(directory.path("joined")) == expected);
}

TEST_CASE("a file goes on after pieces past the page cache when its object has moved") {
  std::mt19937 chance(8);
  TemporaryDirectory directory;
  OutputFile first = OutputFile::create(directory.path("rows"));
  record::Buffer piece = bytes(64 * kBlock, chance);
  first.append(piece.view());
  OutputFile second = std::move(first);
  second.append("tail\n");
  second.sync();
  CHECK(content(directory.path("rows")) == std::string(piece.view()) + "tail\n");
}
