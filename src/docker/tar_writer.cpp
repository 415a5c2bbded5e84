#include "docker/tar_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "base/text.h"

namespace wharf::docker {
namespace {

constexpr std::size_t kBlock = 512;

// A field of the header: where it begins, and its bytes.
struct Field {
  std::size_t at;
  std::size_t size;
};
constexpr Field kName{0, 100}, kMode{100, 8}, kUid{108, 8}, kGid{116, 8}, kSize{124, 12},
    kModified{136, 12}, kChecksum{148, 8}, kType{156, 1}, kMagic{257, 8}, kPrefix{345, 155};
constexpr std::string_view kUstar{"ustar\00000", 8};

Error bad_entry(const ArchiveFile& file, std::string_view why) {
  return {ErrorCode::invalid_argument,
          fmt::format("archive entry '{}': {}", base::clip(file.name, 300), why)};
}

void put(std::string& block, Field field, std::string_view text) {
  std::copy_n(text.begin(), std::min(text.size(), field.size),
              block.begin() + static_cast<std::ptrdiff_t>(field.at));
}

bool put_number(std::string& block, Field field, std::uint64_t number) {
  const auto text = fmt::format("{:0{}o}", number, field.size - 1);
  put(block, field, text);
  return text.size() < field.size;
}

// Where a name is cut into prefix and rest: at a '/', neither part empty nor too long.
std::optional<std::size_t> cut_of(std::string_view name) {
  for (auto at = name.find('/'); at != std::string_view::npos; at = name.find('/', at + 1)) {
    const auto rest = name.size() - at - 1;
    if (at > 0 && at <= kPrefix.size && rest > 0 && rest <= kName.size) return at;
  }
  return std::nullopt;
}

bool put_name(std::string& block, std::string_view name) {
  if (name.size() <= kName.size) {
    put(block, kName, name);
    return true;
  }
  const auto cut = cut_of(name);
  if (!cut) return false;
  put(block, kPrefix, name.substr(0, *cut));
  put(block, kName, name.substr(*cut + 1));
  return true;
}

bool stays_inside(std::string_view name) {
  if (name.empty() || name.front() == '/' || name.find('\0') != std::string_view::npos)
    return false;
  const auto parts = base::split(name, '/');
  return std::find(parts.begin(), parts.end(), "..") == parts.end();
}

// The sum of the header's bytes, its own field taken for spaces.
void put_checksum(std::string& block) {
  put(block, kChecksum, "        ");
  unsigned sum = 0;
  for (const char byte : block) sum += static_cast<unsigned char>(byte);
  put(block, kChecksum, fmt::format("{:06o}", sum) + '\0');
}

Result<std::string> header_of(const ArchiveFile& file) {
  std::string block(kBlock, '\0');
  const bool directory = file.name.ends_with('/');
  if (!stays_inside(file.name)) return bad_entry(file, "a name is relative and without '..'");
  if (directory && !file.bytes.empty()) return bad_entry(file, "a directory has no content");
  if (!put_name(block, file.name)) return bad_entry(file, "the name is too long for a tar archive");
  const bool fits = file.modified >= 0 && put_number(block, kMode, file.mode & 07777U) &&
                    put_number(block, kUid, file.uid) && put_number(block, kGid, file.gid) &&
                    put_number(block, kSize, file.bytes.size()) &&
                    put_number(block, kModified, static_cast<std::uint64_t>(file.modified));
  if (!fits) return bad_entry(file, "an owner, size or time is too large for a tar archive");
  put(block, kType, directory ? "5" : "0");
  put(block, kMagic, kUstar);
  put_checksum(block);
  return block;
}

std::size_t padded(std::size_t size) {
  return (size + kBlock - 1) / kBlock * kBlock;
}

}  // namespace

Result<std::string> tar_of(std::span<const ArchiveFile> files) {
  std::size_t total = 2 * kBlock;  // two empty blocks end an archive
  for (const auto& file : files) total += kBlock + padded(file.bytes.size());
  std::string archive;
  archive.reserve(total);
  for (const auto& file : files) {
    auto header = header_of(file);
    if (!header) return std::move(header).error();
    archive += *header;
    archive += file.bytes;
    archive.resize(padded(archive.size()), '\0');
  }
  archive.resize(total, '\0');
  return archive;
}

}  // namespace wharf::docker
