#include "connector/waiting_rows.h"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace wharf::connector {
namespace {

std::vector<std::string> all(WaitingRows& rows, WaitingRoom& room) {
  std::vector<std::string> frames;
  while (!rows.empty()) {
    auto block = rows.take_block(room);
    block.for_each([&](std::string_view frame) { frames.emplace_back(frame); });
  }
  return frames;
}

std::vector<std::string> frames_of(int count, char letter) {
  std::vector<std::string> frames;
  for (int i = 0; i < count; ++i) {
    frames.push_back(letter + std::string(static_cast<std::size_t>(i % 301), letter) +
                     std::to_string(i));
  }
  return frames;
}

TEST_CASE("rows that wait come back in their order, from memory") {
  WaitingRoom room(std::size_t{16} << 20);
  WaitingRows rows;
  auto frames = frames_of(5000, 'a');
  for (const auto& frame : frames) rows.add(frame, room);
  CHECK(all(rows, room) == frames);
  CHECK(room.memory() == 0);
  CHECK(room.file().live_bytes() == 0);
}

TEST_CASE("beyond the memory given, rows wait in a segment file, whatever partitions they are of") {
  WaitingRoom room(std::size_t{256} << 10);
  WaitingRows first, second;
  auto a = frames_of(8000, 'a');
  auto b = frames_of(8000, 'b');
  for (std::size_t i = 0; i < a.size(); ++i) {
    first.add(a[i], room);
    second.add(b[i], room);
  }
  CHECK(room.memory() <= (std::size_t{256} << 10));
  CHECK(room.file().live_bytes() > 1 << 20);
  CHECK(all(second, room) == b);
  CHECK(all(first, room) == a);
  CHECK(room.memory() == 0);
  CHECK(room.file().live_bytes() == 0);
}

TEST_CASE("a row larger than a block has one of its own, and comes back from the file too") {
  WaitingRoom room(std::size_t{64} << 10);
  WaitingRows rows;
  std::vector<std::string> frames{"small", std::string(300000, 'x'), "", std::string(90000, 'y')};
  for (const auto& frame : frames) rows.add(frame, room);
  CHECK(all(rows, room) == frames);
  CHECK(room.memory() == 0);
}

}  // namespace
}  // namespace wharf::connector
