#include "process/shim_image.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <base/unique_fd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

// The file as it was built, inside the one binary.
asm(R"(
    .section .rodata
    .global wharf_shim_begin
    .global wharf_shim_end
wharf_shim_begin:
    .incbin ")" WHARF_SHIM_IMAGE R"("
wharf_shim_end:
    .previous
)");

extern "C" {
extern const char wharf_shim_begin[];
extern const char wharf_shim_end[];
}

namespace wharf::process {

namespace fs = std::filesystem;

namespace {

std::string hash_of(std::string_view bytes) {  // FNV-1a: a name for a version, not a seal.
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : bytes) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  }
  return fmt::format("{:016x}", hash);
}

bool is_our_shim(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file || ::access(path.c_str(), X_OK) != 0) return false;
  const std::string bytes(std::istreambuf_iterator<char>(file), {});
  return bytes == shim_bytes();
}

bool is_noexec(const fs::path& path) {
  struct statvfs status{};
  return ::statvfs(path.c_str(), &status) == 0 && (status.f_flag & ST_NOEXEC) != 0;
}

// The mount that `path` lies on, for the operator: the longest mount point that leads to it.
std::string mount_of(const fs::path& path) {
  std::ifstream mounts("/proc/self/mountinfo");
  const std::string wanted = fs::weakly_canonical(path).string() + "/";
  std::string best = "/";
  for (std::string line; std::getline(mounts, line);) {
    std::istringstream words(line);
    std::string id, parent, device, root, point;
    words >> id >> parent >> device >> root >> point;
    if (point.size() > best.size() && wanted.starts_with(point + "/")) best = point;
  }
  return best;
}

Error cannot(std::string_view what, const fs::path& path, int error) {
  return {ErrorCode::environment,
          fmt::format("cannot {} '{}': {}", what, path.string(), std::strerror(error))};
}

Result<void> write_shim(const fs::path& path) {
  const fs::path temporary = fmt::format("{}.{}", path.string(), ::getpid());
  base::UniqueFd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755));
  if (!fd) return cannot("write", temporary, errno);
  for (auto rest = shim_bytes(); !rest.empty();) {
    const auto written = ::write(fd.get(), rest.data(), rest.size());
    if (written < 0) return cannot("write", temporary, errno);
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fchmod(fd.get(), 0755) != 0) return cannot("make executable", temporary, errno);
  fd.reset();  // A file that is open for writing cannot be executed.
  if (::rename(temporary.c_str(), path.c_str()) != 0) return cannot("write", path, errno);
  return {};
}

}  // namespace

std::string_view shim_bytes() {
  return {wharf_shim_begin, static_cast<std::size_t>(wharf_shim_end - wharf_shim_begin)};
}

Result<fs::path> install_shim(const fs::path& data_dir, const fs::path& system) {
  if (is_our_shim(system) && !is_noexec(system)) return system;
  const fs::path path = data_dir / "lib" / hash_of(shim_bytes()) / "wharf-shim";
  std::error_code error;
  fs::create_directories(data_dir.parent_path(), error);
  // Whoever comes later finds it as private as what it will hold must be.
  if (::mkdir(data_dir.c_str(), 0700) != 0 && errno != EEXIST)
    return cannot("create the directory", data_dir, errno);
  fs::create_directories(path.parent_path(), error);
  if (error) return cannot("create the directory", path.parent_path(), error.value());
  if (is_noexec(path.parent_path())) {
    return Error{
        ErrorCode::environment,
        fmt::format("'{}' is mounted noexec, so connectors cannot be started from '{}': "
                    "choose another --data-dir, or install the package, whose shim is '{}'",
                    mount_of(path.parent_path()), path.string(), system.string())};
  }
  if (!is_our_shim(path)) {
    if (auto written = write_shim(path); !written) return std::move(written).error();
  }
  return fs::absolute(path);
}

}  // namespace wharf::process
