#include "connectors/files/durable_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

#include "connectors/files/output_file.h"
#include "wharf/error.h"

namespace wharf::connectors::files {

void fail_on(std::string_view act, const std::filesystem::path& path, int error) {
  throw Failure(Error{ErrorCode::environment,
                      std::string("cannot ")
                          .append(act)
                          .append(" ")
                          .append(path.string())
                          .append(": ")
                          .append(std::generic_category().message(error)),
                      Origin::destination});
}

std::optional<FileMark> look_at(const std::filesystem::path& path) {
  struct stat found;
  if (::stat(path.c_str(), &found) != 0) {
    if (errno == ENOENT) return std::nullopt;
    fail_on("look at", path, errno);
  }
  if (!S_ISREG(found.st_mode)) {
    throw Failure(Error{ErrorCode::data_foreign,
                        path.string() + " is no regular file; move it away", Origin::destination});
  }
  return FileMark{static_cast<std::int64_t>(found.st_ino), found.st_size};
}

std::optional<std::string> read_whole(const std::filesystem::path& path) {
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT) return std::nullopt;
  if (fd < 0) fail_on("open", path, errno);
  OutputFile file(fd, path);
  std::string text;
  char block[16384];
  for (;;) {
    ssize_t got = ::read(fd, block, sizeof block);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail_on("read", path, errno);
    if (got == 0) return text;
    text.append(block, static_cast<std::size_t>(got));
  }
}

std::int64_t replace_file(const std::filesystem::path& path, std::string_view text) {
  // One writer at a time has the lock under which this file is replaced, so the name needs no luck.
  std::filesystem::path temporary = path;
  temporary += ".tmp";
  std::int64_t inode;
  {
    OutputFile file = OutputFile::create(temporary);
    file.append(text);
    file.sync();
    inode = file.inode();
  }
  rename_file(temporary, path);
  sync_directory(path.parent_path());
  return inode;
}

void rename_file(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0)
    fail_on("rename " + from.string() + " to", to, errno);
}

void remove_file(const std::filesystem::path& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) fail_on("remove", path, errno);
}

void make_directory(const std::filesystem::path& path) {
  if (::mkdir(path.c_str(), 0777) == 0) {
    sync_directory(path.parent_path());
    return;
  }
  if (errno == ENOENT && path.has_parent_path() && path.parent_path() != path) {
    make_directory(path.parent_path());
    make_directory(path);
    return;
  }
  if (errno != EEXIST) fail_on("make the directory", path, errno);
  struct stat found;
  if (::stat(path.c_str(), &found) != 0) fail_on("look at", path, errno);
  if (!S_ISDIR(found.st_mode)) fail_on("make the directory", path, ENOTDIR);
}

void sync_directory(const std::filesystem::path& path) {
  int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) fail_on("open", path, errno);
  int failed = ::fsync(fd) != 0 ? errno : 0;
  ::close(fd);
  // Some file systems cannot sync a directory and say so; their names are as safe as they get.
  if (failed != 0 && failed != EINVAL) fail_on("sync the directory", path, failed);
}

}  // namespace wharf::connectors::files
