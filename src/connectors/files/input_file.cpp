#include "connectors/files/input_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <vector>

namespace wharf::connectors::files {
namespace {

constexpr std::size_t kPrefix = 4096;

[[noreturn]] void fail_with_errno(std::string_view path, std::string_view doing, int number) {
  const ErrorCode code =
      number == ENOENT || number == ENOTDIR ? ErrorCode::not_found : ErrorCode::environment;
  throw Failure(Error{
      code,
      fmt::format("{}: cannot be {}: {}", path, doing, std::generic_category().message(number)),
      Origin::source});
}

}  // namespace

InputFile::Descriptor::~Descriptor() {
  if (number >= 0) ::close(number);
}

// Without blocking: a FIFO would wait for its writer before it could be seen to be one.
InputFile::InputFile(std::string path)
    : path_(std::move(path)), fd_(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
  if (fd_.number < 0) fail_with_errno(path_, "opened", errno);
  struct stat status{};
  if (::fstat(fd_.number, &status) != 0) fail_with_errno(path_, "read", errno);
  if (!S_ISREG(status.st_mode)) {
    throw Failure(Error{ErrorCode::invalid_config, path_ + ": is no regular file", Origin::source});
  }
  size_ = static_cast<std::uint64_t>(status.st_size);
  inode_ = static_cast<std::uint64_t>(status.st_ino);
  modified_at_ =
      std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + std::int64_t{status.st_mtim.tv_nsec};
  ::posix_fadvise(fd_.number, 0, 0, POSIX_FADV_SEQUENTIAL);  // advice: its failure changes nothing
}

std::size_t InputFile::read_at(std::uint64_t offset, char* into, std::size_t size) const {
  std::size_t done = 0;
  while (done < size) {
    const ssize_t got =
        ::pread(fd_.number, into + done, size - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail_with_errno(path_, "read", errno);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

std::string InputFile::prefix_hash(std::uint64_t size) const {
  std::array<char, kPrefix> head;
  const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(size, kPrefix));
  const std::size_t got = read_at(0, head.data(), wanted);
  std::uint64_t hash =
      0xcbf29ce484222325;  // FNV-1a: it has to tell files apart, not to withstand anyone
  for (std::size_t i = 0; i < got; ++i) {
    hash = (hash ^ static_cast<unsigned char>(head[i])) * 0x100000001b3;
  }
  return fmt::format("{:016x}", hash);
}

Encoding InputFile::encoding_of(std::string_view name) const {
  if (name == "latin1") return Encoding::latin1;
  if (name != "utf16") return Encoding::utf8;
  char mark[2];
  const std::size_t got = read_at(0, mark, 2);
  if (got == 0) return Encoding::utf16_le;
  if (got == 2 && mark[0] == '\xFF' && mark[1] == '\xFE') return Encoding::utf16_le;
  if (got == 2 && mark[0] == '\xFE' && mark[1] == '\xFF') return Encoding::utf16_be;
  throw Failure(Error{ErrorCode::connector_failed,
                      path_ + ": does not begin with a byte order mark, which encoding utf16 needs",
                      Origin::source});
}

std::uint64_t InputFile::line_at(std::uint64_t offset, Encoding encoding) const {
  std::vector<char> block(std::size_t{256} << 10);
  std::uint64_t line = 1;
  for (std::uint64_t at = 0; at < offset;) {
    const auto wanted = std::min<std::uint64_t>(block.size(), offset - at);
    const std::size_t got = read_at(at, block.data(), static_cast<std::size_t>(wanted));
    if (got == 0) break;
    line += lines_in(encoding, {block.data(), got});
    at += got;
  }
  return line;
}

void InputFile::fail_at(std::uint64_t offset, Encoding encoding, std::string_view what) const {
  throw Failure(
      Error{ErrorCode::connector_failed,
            fmt::format("{}: line {}, byte {}: {}", path_, line_at(offset, encoding), offset, what),
            Origin::source});
}

std::string_view canonical_encoding(std::string_view name) {
  std::string plain;
  for (const char c : name) {
    if (c == '-' || c == '_') continue;
    plain.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c);
  }
  if (plain == "utf8" || plain == "utf8sig") return "utf8";
  if (plain == "latin1" || plain == "iso88591") return "latin1";
  if (plain == "utf16") return "utf16";
  return {};
}

}  // namespace wharf::connectors::files
