#include "connectors/source_file/file_list.h"

#include <fmt/format.h>
#include <fnmatch.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <system_error>

namespace wharf::connectors::source_file {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kWildcards = "*?[{";

[[noreturn]] void fail(ErrorCode code, std::string message) {
  throw Failure(Error{code, std::move(message), Origin::source});
}

std::vector<std::string> segments_of(std::string_view path) {
  std::vector<std::string> segments;
  while (!path.empty()) {
    const auto slash = std::min(path.find('/'), path.size());
    if (slash != 0) segments.emplace_back(path.substr(0, slash));
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return segments;
}

/// `a{b,c}d` as `abd` and `acd`; braces inside braces too.
std::vector<std::string> without_braces(const std::string& pattern) {
  const auto open = pattern.find('{');
  if (open == std::string::npos) return {pattern};
  std::vector<std::size_t> cuts = {open};
  std::size_t depth = 0;
  std::size_t at = open;
  for (; at < pattern.size(); ++at) {
    if (pattern[at] == '{') ++depth;
    if (pattern[at] == ',' && depth == 1) cuts.push_back(at);
    if (pattern[at] == '}' && --depth == 0) break;
  }
  if (at == pattern.size()) return {pattern};
  cuts.push_back(at);
  std::vector<std::string> patterns;
  for (std::size_t i = 0; i + 1 < cuts.size(); ++i) {
    const std::string choice = pattern.substr(cuts[i] + 1, cuts[i + 1] - cuts[i] - 1);
    for (auto& expanded :
         without_braces(pattern.substr(0, open) + choice + pattern.substr(at + 1))) {
      patterns.push_back(std::move(expanded));
    }
  }
  return patterns;
}

using Segment = std::vector<std::string>::const_iterator;

bool segments_match(Segment pattern, Segment pattern_end, Segment path, Segment path_end) {
  for (; pattern != pattern_end; ++pattern, ++path) {
    if (*pattern == "**") {
      for (;; ++path) {
        if (segments_match(pattern + 1, pattern_end, path, path_end)) return true;
        if (path == path_end) return false;
        // `**` at the end stands for the file as well as for the directories above it.
        if (path->starts_with('.')) return false;
        if (pattern + 1 == pattern_end && path + 1 == path_end) return true;
      }
    }
    if (path == path_end) return false;
    if (::fnmatch(pattern->c_str(), path->c_str(), FNM_PERIOD) != 0) return false;
  }
  return path == path_end;
}

/// The directory that every match of `pattern` lies in.
std::string fixed_part(const std::string& pattern) {
  const auto wildcard = pattern.find_first_of(kWildcards);
  const auto slash = pattern.rfind('/', wildcard);
  return slash == 0 ? "/" : pattern.substr(0, slash);
}

class Listing {
 public:
  void add(const std::string& pattern) {
    struct stat status{};
    if (::stat(pattern.c_str(), &status) == 0) {
      if (S_ISDIR(status.st_mode)) {
        walk(pattern, (fs::path(pattern) / "**").string());
      } else {
        add_file(pattern);
      }
    } else if (pattern.find_first_of(kWildcards) == std::string::npos) {
      const int number = errno;
      fail(number == ENOENT || number == ENOTDIR ? ErrorCode::not_found : ErrorCode::environment,
           fmt::format("{}: cannot be read: {}", pattern, std::generic_category().message(number)));
    } else {
      walk(fixed_part(pattern), pattern);
    }
  }

  std::map<std::string, FileEntry> files;
  bool found_by_walk = false;

 private:
  void walk(const std::string& directory, const std::string& pattern) {
    found_by_walk = true;
    std::vector<std::vector<std::string>> patterns;
    for (const std::string& plain : without_braces(pattern)) patterns.push_back(segments_of(plain));
    // Only `**` looks deeper than the pattern has segments.
    std::optional<std::size_t> depth = 0;
    for (const auto& segments : patterns) {
      const bool deep = std::find(segments.begin(), segments.end(), "**") != segments.end();
      depth = deep || !depth ? std::nullopt : std::optional(std::max(*depth, segments.size()));
    }
    std::error_code error;
    fs::recursive_directory_iterator entries(directory, error);
    if (error) fail_on(directory, error);
    while (entries != fs::recursive_directory_iterator()) {
      const std::string path = entries->path().string();
      const bool is_directory = entries->is_directory(error);
      const auto segments = segments_of(path);
      if (is_directory && (entries->path().filename().string().starts_with('.') ||
                           (depth && segments.size() >= *depth))) {
        entries.disable_recursion_pending();
      }
      const bool matches = std::any_of(patterns.begin(), patterns.end(), [&](const auto& wanted) {
        return segments_match(wanted.begin(), wanted.end(), segments.begin(), segments.end());
      });
      if (!is_directory && matches && entries->is_regular_file(error)) add_file(path);
      entries.increment(error);
      if (error) fail_on(directory, error);
    }
  }

  [[noreturn]] static void fail_on(const std::string& directory, const std::error_code& error) {
    const bool missing = error == std::errc::no_such_file_or_directory;
    fail(missing ? ErrorCode::not_found : ErrorCode::environment,
         fmt::format("{}: the directory cannot be read: {}", directory, error.message()));
  }

  void add_file(const std::string& path) {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) return;  // gone since it was listed
    files[path] = {
        path, static_cast<std::uint64_t>(status.st_size), static_cast<std::uint64_t>(status.st_ino),
        std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + std::int64_t{status.st_mtim.tv_nsec}};
  }
};

void refuse_compressed(const std::string& path) {
  const std::string extension = fs::path(path).extension().string();
  for (const std::string_view known : {".gz", ".zst", ".bz2", ".xz", ".zip"}) {
    if (extension == known) {
      fail(ErrorCode::invalid_config,
           fmt::format("{}: compressed input is not supported yet; unpack the file", path));
    }
  }
}

std::optional<Filetype> filetype_of(const std::string& path) {
  const std::string extension = fs::path(path).extension().string();
  if (extension == ".csv") return Filetype::csv;
  if (extension == ".tsv" || extension == ".tab") return Filetype::tsv;
  if (extension == ".jsonl" || extension == ".ndjson") return Filetype::jsonl;
  return std::nullopt;
}

/// The type that the extensions agree on; files found by a walk that have none of them are left
/// out.
Filetype agree_on_filetype(const StreamConfig& stream, Listing& listing) {
  std::map<Filetype, std::string> seen;
  std::string unknown;
  for (auto file = listing.files.begin(); file != listing.files.end();) {
    const auto type = filetype_of(file->first);
    if (type) seen.emplace(*type, file->first);
    if (!type) unknown = file->first;
    file = type || !listing.found_by_walk ? std::next(file) : listing.files.erase(file);
  }
  if (seen.size() > 1) {
    fail(ErrorCode::invalid_config,
         fmt::format("stream '{}': its files are of several formats ({}, {}); set `format`",
                     stream.name, seen.begin()->second, std::next(seen.begin())->second));
  }
  if (seen.empty() || (!unknown.empty() && !listing.found_by_walk)) {
    fail(ErrorCode::invalid_config,
         fmt::format(
             "{}: its format cannot be told from its name; set `format` to csv, tsv or jsonl",
             unknown));
  }
  return seen.begin()->first;
}

}  // namespace

bool path_matches(std::string_view pattern, std::string_view path) {
  const auto segments = segments_of(path);
  for (const std::string& plain : without_braces(std::string(pattern))) {
    const auto wanted = segments_of(plain);
    if (segments_match(wanted.begin(), wanted.end(), segments.begin(), segments.end())) return true;
  }
  return false;
}

FileSet list_files(const StreamConfig& stream) {
  Listing listing;
  for (const std::string& glob : stream.globs) listing.add(glob);
  if (listing.files.empty()) {
    fail(ErrorCode::not_found, fmt::format("stream '{}': there is no file at {}", stream.name,
                                           fmt::join(stream.globs, ", ")));
  }
  FileSet set;
  for (const auto& [path, file] : listing.files) {
    refuse_compressed(path);
    // Paths stand in states and rows, which are UTF-8 and must come back as they were.
    if (files::valid_utf8(path).size != path.size()) {
      fail(ErrorCode::invalid_config, fmt::format("{}: the name is not UTF-8", path));
    }
  }
  set.filetype = stream.filetype ? *stream.filetype : agree_on_filetype(stream, listing);
  for (auto& [path, file] : listing.files) set.files.push_back(std::move(file));
  set.csv = stream.csv;
  if (set.filetype == Filetype::tsv && !stream.delimiter_given) set.csv.dialect.delimiter = '\t';
  return set;
}

}  // namespace wharf::connectors::source_file
