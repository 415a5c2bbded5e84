#include <wharf/record/coercion.h>
#include <wharf/record/text_form.h>

#include <cstring>

#include "record/json_envelope.h"
#include "record/json_scan.h"
#include "record/wire_forms.h"

namespace wharf::record {
namespace {

std::string_view between(const char* from, const char* to) {
  return {from, static_cast<std::size_t>(to - from)};
}

/// The text of a JSON string: as it stands, or without its escapes in the arena.
std::string_view text_of(const json::RawString& string, RecordBatch& batch) {
  if (!string.escaped) return string.inside;
  char* to = batch.allocate(string.inside.size());
  return between(to, json::unescape(string.inside, to));
}

bool place_string(std::string_view quoted, bool escaped, Type type, RecordBatch& batch,
                  Value& out) {
  if (type == Type::any) {
    out = Value::json(quoted);
    return true;
  }
  out = Value::string(text_of({quoted.substr(1, quoted.size() - 2), escaped}, batch));
  return type == Type::string || coerce(out, type, batch);
}

bool place_nested(std::string_view text, Type type, Value& out) {
  out = type == Type::string ? Value::string(text) : Value::json(text);
  return type == Type::string || type == Type::any ||
         type == (text.front() == '{' ? Type::object : Type::array);
}

bool place_number(std::string_view text, Type type, RecordBatch& batch, Value& out) {
  switch (type) {
    case Type::any:
      out = Value::json(text);
      return true;
    case Type::string:
      out = Value::string(text);
      return true;
    case Type::integer:
    case Type::number:
      return parse_number(text, out) && coerce(out, type, batch);
    default:
      return false;
  }
}

bool place_boolean(std::string_view text, Type type, Value& out) {
  switch (type) {
    case Type::any:
      out = Value::json(text);
      return true;
    case Type::string:
      out = Value::string(text);
      return true;
    case Type::boolean:
      out = Value::boolean(text.size() == 4);
      return true;
    default:
      return false;
  }
}

/// Words that are no JSON and that some writers use for numbers: they end like any number.
const char* not_finite_end(const char* at, const char* end) {
  if (*at == '-') ++at;
  for (std::string_view word : {std::string_view("NaN"), std::string_view("Infinity")}) {
    if (static_cast<std::size_t>(end - at) >= word.size() &&
        std::memcmp(at, word.data(), word.size()) == 0) {
      return at + word.size();
    }
  }
  return nullptr;
}

/// Reads the value at `at` for a column of `type`; its end, or null if it is no JSON. `fit`:
/// whether the column can hold it.
const char* read_value(const char* at, const char* end, Type type, RecordBatch& batch, Value& out,
                       bool& fit) {
  fit = true;
  if (*at == '"') {
    bool escaped = false;
    const char* quote = json::string_end(at + 1, end, escaped);
    if (quote == nullptr) return nullptr;
    fit = place_string(between(at, quote + 1), escaped, type, batch, out);
    return quote + 1;
  }
  const char* to = json::value_end(at, end);
  if (to == nullptr) {
    fit = false;
    return not_finite_end(at, end);
  }
  std::string_view text = between(at, to);
  switch (*at) {
    case 'n':
      out = Value::null();
      break;
    case 't':
    case 'f':
      fit = place_boolean(text, type, out);
      break;
    case '{':
    case '[':
      fit = place_nested(text, type, out);
      break;
    default:
      fit = place_number(text, type, batch, out);
  }
  return to;
}

std::optional<Change> change_from(std::string_view name) {
  for (Change change : {Change::nulled, Change::truncated}) {
    if (name == name_of(change)) return change;
  }
  return std::nullopt;
}

Reason reason_from(std::string_view name) {
  for (unsigned i = 0; i <= static_cast<unsigned>(Reason::destination_typecast); ++i) {
    if (name == name_of(static_cast<Reason>(i))) return static_cast<Reason>(i);
  }
  return Reason::source_serialization;
}

/// One element of `meta.changes`; behind it, or null.
const char* read_change(const char* at, const char* end, RecordBatch& batch) {
  if (*at != '{') return json::value_end(at, end);
  json::RawString field, change, reason;
  json::Members members(at, end);
  while (members.next()) {
    const char* from = members.value();
    const char* to = json::value_end(from, end);
    if (to != nullptr && *from == '"') {
      bool escaped = std::memchr(from, '\\', static_cast<std::size_t>(to - from)) != nullptr;
      json::RawString text{between(from + 1, to - 1), escaped};
      if (members.key() == "field") field = text;
      if (members.key() == "change") change = text;
      if (members.key() == "reason") reason = text;
    }
    members.take(to);
  }
  if (auto known = change_from(change.inside)) {
    batch.add_change(text_of(field, batch), *known, reason_from(reason.inside));
  }
  return members.object_end();
}

/// The changes of a checked `meta`.
void read_meta(std::string_view meta, RecordBatch& batch) {
  if (meta.empty()) return;
  const char* end = meta.data() + meta.size();
  json::Members members(meta.data(), end);
  while (members.next()) {
    const char* from = members.value();
    const char* to = json::value_end(from, end);
    if (to != nullptr && members.key() == "changes" && *from == '[') {
      const char* at = json::skip_space(from + 1, to);
      while (at != nullptr && at != to && *at != ']') {
        at = json::skip_space(read_change(at, to, batch), to);
        if (at != to && *at == ',') at = json::skip_space(at + 1, to);
      }
    }
    members.take(to);
  }
}

class JsonReader final : public WireReader {
 public:
  JsonReader(std::vector<ReadStream> streams, std::size_t limit)
      : streams_(std::move(streams)), index_(streams_), limit_(limit) {}

  WireItem next(std::string_view bytes) override {
    // What an incomplete line was searched for before is not searched again.
    if (searched_ > bytes.size()) searched_ = 0;
    const void* found = std::memchr(bytes.data() + searched_, '\n', bytes.size() - searched_);
    if (found == nullptr) {
      searched_ = bytes.size();
      if (bytes.size() > limit_) return over_limit(bytes.size(), bytes.size());
      return {};
    }
    searched_ = 0;
    std::string_view line = between(bytes.data(), static_cast<const char*>(found));
    WireItem item;
    item.size = line.size() + 1;
    if (line.size() > limit_) return over_limit(item.size, line.size());
    return line_item(line, item);
  }

  Result<void> decode(std::string_view frame, RecordBatch& batch) override {
    std::string_view line = frame.ends_with('\n') ? frame.substr(0, frame.size() - 1) : frame;
    json::KnownLine::Parts parts;
    bool known = known_.matches(line, parts);
    if (known && decode_row(parts.emitted_at, {}, parts.data, batch)) return {};
    json::Envelope envelope = json::read_envelope(line);
    if (envelope.kind != json::Envelope::Kind::record) {
      return Error{ErrorCode::protocol_violation,
                   "a line of " + std::to_string(line.size()) + " bytes is not a RECORD with data"};
    }
    if (known && !is_known_stream(envelope)) {
      return Error{ErrorCode::protocol_violation,
                   "a RECORD names its stream or partition on both sides of its data"};
    }
    return decode_row(envelope.emitted_at, envelope.meta, envelope.data, batch);
  }

 private:
  WireItem line_item(std::string_view line, WireItem item) {
    json::KnownLine::Parts parts;
    if (known_.matches(line, parts)) {
      item.kind = WireItem::Kind::record;
      item.stream = stream_;
      item.partition = partition_;
      return item;
    }
    const char* end = line.data() + line.size();
    if (json::skip_space(line.data(), end) == end) {
      item.kind = WireItem::Kind::skip;
      return item;
    }
    json::Envelope envelope = json::read_envelope(line);
    switch (envelope.kind) {
      case json::Envelope::Kind::record:
        return record_item(line, envelope, item);
      case json::Envelope::Kind::nothing:
        item.kind = WireItem::Kind::skip;
        return item;
      case json::Envelope::Kind::other:
        item.kind = WireItem::Kind::message;
        item.body = line;
        return item;
      case json::Envelope::Kind::broken:
        break;
    }
    return broken(item.size, "a line of " + std::to_string(line.size()) +
                                 " bytes begins like a RECORD and is no JSON");
  }

  WireItem record_item(std::string_view line, const json::Envelope& envelope, WireItem item) {
    std::string_view name_space = plain(envelope.name_space, name_space_);
    std::string_view name = plain(envelope.stream, name_);
    auto stream = index_.find(name_space, name);
    if (!stream) {
      said_ = stream_text(name_space, name);
      item.kind = WireItem::Kind::unknown_stream;
      item.body = said_;
      return item;
    }
    known_.learn(line, envelope);
    stream_ = *stream;
    partition_ = plain(envelope.partition, key_);
    item.kind = WireItem::Kind::record;
    item.stream = stream_;
    item.partition = partition_;
    return item;
  }

  /// Whether the envelope says what `next` said of lines of the known shape.
  bool is_known_stream(const json::Envelope& envelope) {
    auto stream =
        index_.find(plain(envelope.name_space, name_space_), plain(envelope.stream, name_));
    return stream == stream_ && plain(envelope.partition, key_) == partition_;
  }

  Result<void> decode_row(std::int64_t emitted_at, std::string_view meta, std::string_view data,
                          RecordBatch& batch) {
    std::size_t row = batch.size();
    batch.append_row(emitted_at);
    read_meta(meta, batch);
    Result<void> result = decode_data(data, batch.row(row), batch);
    if (!result) batch.drop_last_row();
    return result;
  }

  static std::string_view plain(const json::RawString& string, std::string& kept) {
    if (!string.escaped) return string.inside;
    kept.resize(string.inside.size());
    kept.resize(static_cast<std::size_t>(json::unescape(string.inside, kept.data()) - kept.data()));
    return kept;
  }

  WireItem over_limit(std::size_t size, std::size_t length) {
    return broken(size, "a line of " + std::to_string(length) +
                            " bytes or more is over the limit of " + std::to_string(limit_));
  }

  WireItem broken(std::size_t size, std::string why) {
    said_ = std::move(why);
    WireItem item;
    item.kind = WireItem::Kind::broken;
    item.size = size;
    item.body = said_;
    return item;
  }

  Result<void> decode_data(std::string_view data, std::span<Value> row, RecordBatch& batch) {
    const auto& columns = batch.schema().columns();
    const char* end = data.data() + data.size();
    std::size_t known = 0;
    std::size_t position = 0;
    json::Members members(data.data(), end);
    for (; members.next(); ++position) {
      std::optional<std::size_t> column = find_column(members, position, batch.schema());
      if (!column) {
        members.take(json::value_end(members.value(), end));
        continue;
      }
      ++known;
      Value& value = row[*column];
      bool fit = true;
      members.take(read_value(members.value(), end, columns[*column].type, batch, value, fit));
      if (fit) continue;
      value = Value::null();
      batch.add_change(columns[*column].name, Change::nulled, kMisfit);
    }
    if (members.object_end() != end) {
      return Error{ErrorCode::protocol_violation,
                   "the data of a RECORD of " + std::to_string(data.size()) + " bytes is no JSON"};
    }
    if (known > 0) return {};
    return Error{ErrorCode::protocol_violation,
                 "a RECORD has " + std::to_string(position) +
                     " fields, and its stream's schema knows none of them"};
  }

  /// Records in a row have their fields in the same order: the column of the last record's field at
  /// this position is tried first.
  std::optional<std::size_t> find_column(const json::Members& members, std::size_t position,
                                         const Schema& schema) {
    std::string_view key = members.key();
    if (members.key_escaped()) key = plain({key, true}, key_);
    if (position >= order_.size()) order_.resize(position + 1, 0);
    std::uint32_t& guess = order_[position];
    if (guess < schema.size() && schema[guess].name == key) return guess;
    std::optional<std::size_t> found = schema.find(key);
    if (found) guess = static_cast<std::uint32_t>(*found);
    return found;
  }

  std::vector<ReadStream> streams_;
  StreamIndex index_;
  std::size_t limit_;
  std::size_t searched_ = 0;             // bytes of an incomplete line known to hold no line end
  std::vector<std::uint32_t> order_;     // columns in the order of the last record's fields
  json::KnownLine known_;                // of the last record that `next` read in full
  std::uint32_t stream_ = 0;             // its stream
  std::string partition_;                // its partition
  std::string name_space_, name_, key_;  // where escaped texts are opened
  std::string said_;                     // what an item's body speaks of
};

}  // namespace

std::unique_ptr<WireReader> make_json_reader(std::vector<ReadStream> streams, std::size_t limit) {
  return std::make_unique<JsonReader>(std::move(streams), limit);
}

}  // namespace wharf::record
