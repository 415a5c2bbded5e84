#pragma once
// A view of valid JSON that knows its place. Values are read in passing, nothing is built; whoever
// finds something else than it needs throws Failure, which names the place by JSON pointer.

#include <wharf/error.h>
#include <wharf/protocol/json.h>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace wharf::protocol {

class JsonChildren;

/// A property that must be there is not.
class MissingProperty : public Failure {
 public:
  using Failure::Failure;
};

/// One value. Borrows the text, and the node it was reached from: both must outlive it. A copy is
/// as good as the original.
class JsonNode {
 public:
  enum class Kind { object, array, string, number, boolean, null };

  /// The root of `valid`: the text of exactly one valid value, as scan_json found it.
  explicit JsonNode(std::string_view valid) : text_(valid) {}

  Kind kind() const;
  bool is(Kind wanted) const { return kind() == wanted; }
  bool is_null() const { return is(Kind::null); }
  /// The value as it is written.
  std::string_view text() const { return text_; }
  /// The name under which an object holds it, unescaped.
  std::string name() const;
  /// Where it is: `/streams/3/name`; the root is "".
  std::string pointer() const;

  /// Members of an object, elements of an array, in their order. Throw when it is neither.
  JsonChildren members() const;
  JsonChildren elements() const;
  /// The last member of that name. Throws MissingProperty if there is none or it is null.
  JsonNode required(std::string_view name) const;

  /// The value in C++ terms; throws when it is of another kind. An integer may be written in any
  /// form: 12, 12.0, 1.2e1.
  std::string as_string() const;
  bool as_bool() const;
  std::int64_t as_integer() const;
  /// The integer, if it is a number, has no fraction and fits.
  std::optional<std::int64_t> integer() const;
  /// The nearest double, if it is a number and finite.
  std::optional<double> number() const;

  /// "/streams/3/name: `what`".
  [[noreturn]] void fail(const std::string& what) const;
  [[noreturn]] void missing(std::string_view name) const;

 private:
  friend class JsonChildren;
  JsonNode(std::string_view text, const JsonNode* parent, std::string_view raw_name,
           std::size_t index)
      : text_(text), parent_(parent), raw_name_(raw_name), index_(index) {}
  [[noreturn]] void fail_kind(std::string_view wanted) const;

  std::string_view text_;
  const JsonNode* parent_ = nullptr;
  std::string_view raw_name_;  ///< between the quotes, as written; of array elements null
  std::size_t index_ = 0;
};

std::string_view name_of(JsonNode::Kind kind);  ///< "an object", "a string", …

/// The children of a node, to be gone through once.
class JsonChildren {
 public:
  class Iterator {
   public:
    explicit Iterator(const JsonNode& parent);
    const JsonNode& operator*() const { return child_; }
    Iterator& operator++();
    bool operator==(std::default_sentinel_t) const { return done_; }

   private:
    void read_child();

    const JsonNode* parent_;
    const char* at_;  ///< behind the child's value
    bool done_ = false;
    JsonNode child_;
  };

  explicit JsonChildren(const JsonNode& parent) : parent_(&parent) {}
  Iterator begin() const { return Iterator(*parent_); }
  std::default_sentinel_t end() const { return {}; }

 private:
  const JsonNode* parent_;
};

/// The text of the one value in `text`; throws if it is no valid JSON or if more follows.
std::string_view whole_json(std::string_view text);

/// What stands between the quotes of a JSON string, unescaped.
std::string unescaped(std::string_view raw);

/// The integer that a JSON number says, in whatever form; none if it has a fraction or does not
/// fit.
std::optional<std::int64_t> exact_integer(std::string_view number);

/// Runs `read`, whose failures become errors.
template <class Read>
auto as_result(Read read) -> Result<decltype(read())> {
  try {
    return read();
  } catch (const Failure& failure) {
    return failure.error();
  }
}

}  // namespace wharf::protocol
