#pragma once

#include "declaration/declaration.h"

#include <yaml-cpp/yaml.h>

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace wharf::declaration {

/// One mapping of a declaration, read key by key. Whatever is asked for by a wrong type becomes a
/// problem with its line; `finish` makes a problem of every key that nobody asked for.
class Section {
 public:
  /// `what` names the thing in messages: "connection 'orders'".
  Section(YAML::Node node, std::string what, std::string file, std::vector<Problem>& problems);

  bool is_map() const { return is_map_; }
  Place place() const { return {file_, line_}; }
  /// The node under a key, and its line; undefined if it is not there.
  YAML::Node get(std::string_view key);
  int line_of(std::string_view key) const;

  std::string text(std::string_view key, std::string fallback = {});
  std::string required_text(std::string_view key);
  bool flag(std::string_view key, bool fallback);
  /// A list of texts; a single text counts as a list of one.
  std::vector<std::string> texts(std::string_view key);
  /// One of some words; anything else is a problem that names them.
  std::string word(std::string_view key, std::vector<std::string_view> words, std::string fallback);
  Section section(std::string_view key, std::string what);
  /// One of a list that stands in it.
  Section item(const YAML::Node& node, std::string what);

  void problem(int line, std::string message);
  void finish();

 private:
  YAML::Node node_;
  std::string what_;
  std::string file_;
  int line_;
  bool is_map_;
  std::vector<Problem>* problems_;
  std::vector<std::string> asked_;
};

}  // namespace wharf::declaration
