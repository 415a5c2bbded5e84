#pragma once
// A built-in connector as a child: `wharf connector NAME …`, its streams on files or pipes.

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace wharf::fakes {

/// A directory that is gone with the test.
class TestFolder {
 public:
  TestFolder() {
    std::string name = "/tmp/wharf-contract-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    path_ = name;
  }
  ~TestFolder() { std::filesystem::remove_all(path_); }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  /// The path of a file with this content.
  std::string write(const std::string& name, const std::string& content) const {
    std::ofstream(*this / name, std::ios::binary) << content;
    return *this / name;
  }

 private:
  std::string path_;
};

inline std::string read_all(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

struct ChildPlan {
  std::vector<std::string> arguments;  ///< behind `wharf connector`
  std::map<std::string, std::string> environment;
  std::string stdin_path = "/dev/null";
  std::string stdout_path;  ///< a file, or a FIFO that somebody reads
};

/// A running child; killed if it is still there at the end of the test.
class Child {
 public:
  Child(const std::string& binary, const ChildPlan& plan) {
    std::vector<std::string> words{binary, "connector"};
    words.insert(words.end(), plan.arguments.begin(), plan.arguments.end());
    std::vector<std::string> variables{"PATH=/usr/bin:/bin", "LANG=C.UTF-8"};
    for (const auto& [name, value] : plan.environment) variables.push_back(name + "=" + value);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, plan.stdin_path.c_str(), O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, plan.stdout_path.c_str(),
                                     O_WRONLY | O_CREAT | O_TRUNC, 0600);
    int error = ::posix_spawn(&pid_, binary.c_str(), &actions, nullptr, pointers(words).data(),
                              pointers(variables).data());
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) throw std::runtime_error("cannot spawn " + binary);
  }
  ~Child() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    wait();
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  void signal(int number) const { ::kill(pid_, number); }
  /// The exit code; 128 + the signal that ended it.
  int wait() {
    int status = 0;
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  static std::vector<char*> pointers(std::vector<std::string>& words) {
    std::vector<char*> pointers;
    for (auto& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    return pointers;
  }

  pid_t pid_ = -1;
};

}  // namespace wharf::fakes
