#include "connectors/sql_tables/names.h"

#include <fmt/format.h>
#include <wharf/record/meta_columns.h>

#include <algorithm>
#include <boost/uuid/detail/sha1.hpp>

#include "connectors/sql_tables/latin.h"

namespace wharf::connectors::sql_tables {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_word(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || is_digit(c) || c == '_';
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  return out;
}

// The same for all spellings of one table.
std::string table_hash(const Dialect& dialect, std::string_view table) {
  return hash_of(dialect.names_fold_case ? lower(table) : std::string(table), 16);
}

bool has_reserved_prefix(const Dialect& dialect, std::string_view name) {
  return std::any_of(dialect.reserved_prefixes.begin(), dialect.reserved_prefixes.end(),
                     [&](std::string_view prefix) {
                       return same_name(dialect, name.substr(0, prefix.size()), prefix);
                     });
}

// What is too long ends in a hash of its whole self; `identity` is what it was made from.
std::string shortened(const Dialect& dialect, std::string name, std::string_view identity) {
  constexpr std::size_t kHash = 8;
  if (name.size() <= dialect.name_limit) return name;
  name.resize(dialect.name_limit - kHash - 1);
  return name + "_" + hash_of(identity, kHash);
}

std::string with_suffix(const Dialect& dialect, std::string_view name, std::string_view suffix) {
  const auto keep = std::min(name.size(), dialect.name_limit - suffix.size());
  return std::string(name.substr(0, keep)).append(suffix);
}

std::string cleaned(const Dialect& dialect, std::string_view name, std::string_view identity) {
  std::string out = plain_latin(name);
  for (char& c : out)
    if (!is_word(c)) c = '_';
  if (out.empty()) return "default_name_" + hash_of(identity, 8);
  if (is_digit(out.front()) || has_reserved_prefix(dialect, out)) out.insert(out.begin(), '_');
  return shortened(dialect, std::move(out), identity);
}

std::string identity_of(const protocol::StreamDescriptor& target) {
  return target.name_space.value_or("") + "&airbyte&" + target.name;
}

}  // namespace

std::string hash_of(std::string_view text, std::size_t digits) {
  boost::uuids::detail::sha1 sha;
  sha.process_bytes(text.data(), text.size());
  boost::uuids::detail::sha1::digest_type words;
  sha.get_digest(words);
  std::string hex;
  for (const unsigned int word : words) hex += fmt::format("{:08x}", word);
  return hex.substr(0, digits);
}

std::string clean_name(const Dialect& dialect, std::string_view name) {
  return cleaned(dialect, name, name);
}

std::string flat_table_name(const Dialect& dialect, const protocol::StreamDescriptor& target) {
  const auto& space = target.name_space.value_or("");
  const auto whole = space.empty() ? target.name : space + "_" + target.name;
  return cleaned(dialect, whole, identity_of(target));
}

std::string choose_table(const Dialect& dialect, const protocol::StreamDescriptor& target,
                         std::string_view base, std::string_view former,
                         const std::function<bool(std::string_view)>& taken) {
  const auto hash = hash_of(identity_of(target), 40);
  const auto beside = [&](std::size_t digits) {
    return with_suffix(dialect, base, "_" + hash.substr(0, digits));
  };
  if (same_name(dialect, former, base) || same_name(dialect, former, beside(3)))
    if (!taken(former)) return std::string(former);
  if (!taken(base)) return std::string(base);
  // Three digits are Airbyte's; more of them only if even those meet.
  for (std::size_t digits = 3; digits < hash.size(); digits += 4)
    if (auto name = beside(digits); !taken(name)) return name;
  throw Failure(ErrorCode::conflict,
                fmt::format("no free table name for stream '{}'", protocol::to_string(target)));
}

ColumnNames choose_columns(const Dialect& dialect, const record::Schema& schema,
                           const ColumnNames& former, const std::vector<std::string>& forbidden) {
  std::vector<std::string> used(forbidden);
  for (auto meta : {record::kRawId, record::kExtractedAt, record::kGenerationId, record::kMeta})
    used.emplace_back(meta);
  for (const auto& [field, column] : former) used.push_back(column);
  const auto taken = [&](const std::string& name) {
    return std::any_of(used.begin(), used.end(),
                       [&](const std::string& other) { return same_name(dialect, name, other); });
  };

  ColumnNames chosen = former;
  for (const auto index : schema.declared()) {
    const auto& field = schema[index].name;
    if (chosen.contains(field)) continue;
    const auto base = clean_name(dialect, field);
    auto name = base;
    for (int n = 1; taken(name); ++n) name = with_suffix(dialect, base, fmt::format("_{}", n));
    used.push_back(name);
    chosen.emplace(field, name);
  }
  return chosen;
}

std::string staging_prefix(const Dialect& dialect, std::string_view table) {
  return fmt::format("_wharf_staging_{}_", table_hash(dialect, table));
}
std::string staging_name(const Dialect& dialect, std::string_view table, std::int64_t generation) {
  return staging_prefix(dialect, table) + std::to_string(generation);
}
std::string replaced_name(const Dialect& dialect, std::string_view table) {
  return fmt::format("_wharf_replaced_{}", table_hash(dialect, table));
}

std::string key_index_name(const Dialect& dialect, std::string_view table,
                           const std::vector<std::string>& key) {
  std::string identity = table_hash(dialect, table);
  for (const auto& column : key) identity.append("\n").append(column);
  return std::string(kKeyIndexPrefix) + hash_of(identity, 16);
}

}  // namespace wharf::connectors::sql_tables
