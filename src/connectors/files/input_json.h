#pragma once
// JSON as text: where its values end, and whether they are JSON at all. Numbers keep their digits.

#include <cstddef>
#include <string>
#include <string_view>

namespace wharf::connectors::files {

enum class JsonKind : unsigned char { null, boolean, number, string, object, array };

/// One value in its place: `text` is all of it, quotes and brackets included.
struct JsonValue {
  JsonKind kind = JsonKind::null;
  std::string_view text;
  bool escaped = false;  ///< a string with a backslash in it

  /// A string between its quotes, as it stands.
  std::string_view inside() const { return text.substr(1, text.size() - 2); }
};

/// Walks JSON text from its begin. After a false answer `place()` is where the text stopped being
/// JSON. The text is valid UTF-8.
class JsonCursor {
 public:
  explicit JsonCursor(std::string_view text) : text_(text) {}

  /// One whole value, space before it allowed.
  bool value(JsonValue& out);
  /// `{`, or the next `,` of the object: then a key, its colon and its value. `done` at the `}`.
  bool member(JsonValue& key, JsonValue& value, bool& done);
  /// Only space is left.
  bool finished();

  std::size_t place() const { return at_; }

 private:
  void skip_space();
  bool take(char c);
  bool word(std::string_view literal);
  bool string(bool& escaped);
  bool number();
  bool nested();

  std::string_view text_;
  std::size_t at_ = 0;
};

/// Writes the text of a string's inside without its escapes; `out` has room for inside.size()
/// bytes. A surrogate without its other half becomes U+FFFD. Its size.
std::size_t unescape_json(std::string_view inside, char* out);

}  // namespace wharf::connectors::files
