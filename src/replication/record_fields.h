#pragma once

#include <wharf/record/buffer.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace wharf::replication {

/// Whether any of these top-level fields is in the record's data and not null. Pure.
bool has_any_field(std::string_view data, const std::vector<std::string>& names);

/// The top-level fields of a stream's records that go on, if they were chosen. Remembers how the
/// newest record's fields stood: most have the same ones in the same places, so each is known by
/// one comparison. One thread.
class ChosenFields {
 public:
  explicit ChosenFields(std::unordered_set<std::string> names) : names_(std::move(names)) {}

  /// Appends the data, an object, with the chosen fields only. False: it is no JSON, and what was
  /// appended is of no use.
  [[nodiscard]] bool write(std::string_view data, record::Buffer& out);

 private:
  bool is_chosen(std::string_view key, bool escaped, std::size_t place);

  struct Member {
    std::string key;  // as it stands in the line
    bool chosen;
  };

  std::unordered_set<std::string> names_;
  std::vector<Member> newest_;  // the newest record's, in their places
};

}  // namespace wharf::replication
