#include <wharf/record/coercion.h>
#include <wharf/record/text_form.h>

#include <cmath>
#include <cstring>
#include <utility>

#include "record/json_scan.h"
#include "record/protobuf_wire.h"
#include "record/time_form.h"
#include "record/wire_forms.h"

namespace wharf::record {
namespace {

using namespace protobuf;

/// What came of reading one value.
enum class Read { good, misfit, broken };

bool read_bytes(const char*& at, const char* end, std::string_view& out) {
  std::uint64_t size = 0;
  if (!read_varint(at, end, size) || size > static_cast<std::size_t>(end - at)) return false;
  out = {at, static_cast<std::size_t>(size)};
  at += size;
  return true;
}

/// Moves `at` behind the content of a field whose tag has been read.
bool skip_field(const char*& at, const char* end, std::uint64_t tag) {
  std::uint64_t ignored = 0;
  std::string_view bytes;
  std::size_t fixed = 0;
  switch (tag & 7) {
    case kVarint:
      return read_varint(at, end, ignored);
    case kBytes:
      return read_bytes(at, end, bytes);
    case kFixed64:
      fixed = 8;
      break;
    case kFixed32:
      fixed = 4;
      break;
    default:
      return false;  // groups: no version of the schema had any
  }
  if (static_cast<std::size_t>(end - at) < fixed) return false;
  at += fixed;
  return true;
}

/// Reads the varint fields 1 to 3 of a small message; others are skipped.
bool read_fields(std::string_view message, std::uint64_t (&fields)[3]) {
  const char* at = message.data();
  const char* end = at + message.size();
  while (at != end) {
    std::uint64_t field = 0;
    if (!read_varint(at, end, field)) return false;
    std::uint64_t number = field >> 3;
    bool ours = (field & 7) == kVarint && number >= 1 && number <= 3;
    if (ours ? !read_varint(at, end, fields[number - 1]) : !skip_field(at, end, field))
      return false;
  }
  return true;
}

std::int32_t offset_of(std::uint64_t raw) {
  // Beyond a day there is no offset; held there, so that the range check sees it.
  std::int64_t offset = unzigzag(raw & 0xFFFFFFFF);
  return static_cast<std::int32_t>(
      std::min<std::int64_t>(std::max<std::int64_t>(offset, -86'400), 86'400));
}

Read checked(const Value& value) {
  return is_in_range(value) ? Read::good : Read::misfit;
}

Read read_time_message(char field, std::string_view message, Value& out) {
  std::uint64_t fields[3] = {0, 0, 0};
  if (!read_fields(message, fields)) return Read::broken;
  constexpr auto kNanosOfDay = std::uint64_t{86'400} * 1'000'000'000;
  constexpr std::int64_t kDaysMost = std::int64_t{1} << 40;
  switch (field) {
    case kTimeTz:
      if (fields[0] >= kNanosOfDay) return Read::misfit;
      out = Value::time_tz(static_cast<std::int64_t>(fields[0]), offset_of(fields[1]));
      return checked(out);
    case kTimestampTz:
      if (fields[1] > 999'999'999) return Read::misfit;
      out = Value::timestamp_tz(unzigzag(fields[0]), static_cast<std::uint32_t>(fields[1]),
                                offset_of(fields[2]));
      return checked(out);
    default: {
      std::int64_t days = unzigzag(fields[0]);
      if (days > kDaysMost || days < -kDaysMost || fields[1] >= kNanosOfDay) return Read::misfit;
      out = Value::timestamp(days * 86'400 + static_cast<std::int64_t>(fields[1] / 1'000'000'000),
                             static_cast<std::uint32_t>(fields[1] % 1'000'000'000));
      return checked(out);
    }
  }
}

/// A number that came as text takes the narrowest kind that holds it exactly.
Read read_number_text(std::string_view text, Value& out) {
  if (!parse_number(text, out)) return Read::misfit;
  bool beyond = out.kind() == Kind::big_decimal && exponent_out_of_range(text);
  return beyond ? Read::misfit : Read::good;
}

Read read_bytes_value(char field, std::string_view bytes, RecordBatch& batch, Value& out) {
  switch (field) {
    case kString:
      out = Value::string(bytes);
      return Read::good;
    case kBigInteger:
    case kBigDecimal:
      return read_number_text(bytes, out);
    case kJson:
      return tidy_json(bytes, batch, out) ? Read::good : Read::misfit;
    default:
      return read_time_message(field, bytes, out);
  }
}

Read read_varint_value(char field, std::uint64_t raw, Value& out) {
  switch (field) {
    case kBoolean:
      out = Value::boolean(raw != 0);
      return Read::good;
    case kInteger:
      out = Value::integer(unzigzag(raw));
      return Read::good;
    case kDate:
      out = Value::date(unzigzag(raw));
      return checked(out);
    case kTime:
      out = Value::time(static_cast<std::int64_t>(raw));
      return checked(out);
    default:
      out = Value::null();
      return Read::good;  // field 13 at all means null
  }
}

/// One AirbyteValueProtobuf. Of several members the last counts; unknown ones are skipped; one of
/// ours in another wire type is of another version of the schema and does not fit.
Read read_value(const char* at, const char* end, RecordBatch& batch, Value& out) {
  Read read = Read::good;
  bool null = false;
  out = Value::null();
  while (at != end) {
    std::uint64_t field = 0;
    if (!read_varint(at, end, field)) return Read::broken;
    switch (static_cast<char>(field < 128 ? field : 0)) {
      case kBoolean:
      case kInteger:
      case kDate:
      case kTime:
      case kIsNull: {
        std::uint64_t raw = 0;
        if (!read_varint(at, end, raw)) return Read::broken;
        null |= field == static_cast<unsigned char>(kIsNull);
        read = read_varint_value(static_cast<char>(field), raw, out);
        break;
      }
      case kString:
      case kBigInteger:
      case kBigDecimal:
      case kTimeTz:
      case kTimestampTz:
      case kTimestamp:
      case kJson: {
        std::string_view bytes;
        if (!read_bytes(at, end, bytes)) return Read::broken;
        read = read_bytes_value(static_cast<char>(field), bytes, batch, out);
        break;
      }
      case kNumber: {
        if (end - at < 8) return Read::broken;
        double number = 0;
        std::memcpy(&number, at, 8);
        at += 8;
        out = Value::number(number);
        read = std::isfinite(number) ? Read::good : Read::misfit;
        break;
      }
      default:
        if (field >> 3 == 0 || !skip_field(at, end, field)) return Read::broken;
        if (field >> 3 <= 12) read = Read::misfit;
        if (field >> 3 == 13) null = true;
    }
    if (read == Read::broken) return read;
  }
  if (null) {
    out = Value::null();
    return Read::good;
  }
  return read;
}

/// The values that most records are made of, if they stand alone and are short. False: read_value.
inline bool read_plain_value(std::string_view bytes, Value& out) {
  if (bytes.size() < 2) return false;
  const char* at = bytes.data();
  const char* end = at + bytes.size();
  switch (*at) {
    case kString:
      if (bytes.size() >= 130 || static_cast<std::size_t>(at[1]) != bytes.size() - 2) return false;
      out = Value::string(bytes.substr(2));
      return true;
    case kInteger: {
      std::uint64_t raw = 0;
      ++at;
      if (!read_varint(at, end, raw) || at != end) return false;
      out = Value::integer(unzigzag(raw));
      return true;
    }
    case kNumber: {
      if (bytes.size() != 9) return false;
      double number = 0;
      std::memcpy(&number, at + 1, 8);
      out = Value::number(number);
      return std::isfinite(number);
    }
    case kBoolean:
      if (bytes.size() != 2 || (at[1] & 0x7E) != 0 || at[1] < 0) return false;
      out = Value::boolean(at[1] == 1);
      return true;
    case kIsNull:
      if (bytes.size() != 2 || at[1] < 0) return false;
      out = Value::null();
      return true;
    default:
      return false;
  }
}

/// Fields 1 to 4 of a record.
struct Header {
  std::string_view name_space;
  std::string_view name;
  std::int64_t emitted_at = 0;
  std::string_view partition;
  std::size_t size = 0;  ///< bytes of the run of these fields in front
  bool in_front = true;  ///< whether all of them stand there
};

bool read_header(std::string_view record, Header& out) {
  const char* at = record.data();
  const char* end = at + record.size();
  bool in_run = true;
  while (at != end) {
    std::uint64_t field = 0;
    if (!read_varint(at, end, field) || field >> 3 == 0) return false;
    bool header = field >> 3 <= 4;
    if (header && !in_run) out.in_front = false;
    if (!header) in_run = false;
    bool read = false;
    std::uint64_t raw = 0;
    switch (static_cast<char>(field < 128 ? field : 0)) {
      case kNamespace:
        read = read_bytes(at, end, out.name_space);
        break;
      case kStream:
        read = read_bytes(at, end, out.name);
        break;
      case kPartition:
        read = read_bytes(at, end, out.partition);
        break;
      case kEmittedAt:
        read = read_varint(at, end, raw);
        out.emitted_at = static_cast<std::int64_t>(raw);
        break;
      default:
        read = skip_field(at, end, field);
    }
    if (!read) return false;
    if (in_run) out.size = static_cast<std::size_t>(at - record.data());
  }
  return true;
}

/// The header that records in a row have in common, byte by byte.
class KnownHeader {
 public:
  /// Whether `record` begins with it.
  bool matches(std::string_view record) const {
    return !bytes_.empty() && record.size() >= bytes_.size() &&
           std::memcmp(record.data(), bytes_.data(), bytes_.size()) == 0;
  }
  void learn(std::string_view record, const Header& header, std::uint32_t stream) {
    bytes_.clear();
    if (header.in_front) bytes_.assign(record.substr(0, header.size));
    emitted_at_ = header.emitted_at;
    stream_ = stream;
    partition_at_ = header.partition.empty() ? 0 : header.partition.data() - record.data();
    partition_size_ = header.partition.size();
  }
  std::size_t size() const { return bytes_.size(); }
  std::int64_t emitted_at() const { return emitted_at_; }
  std::uint32_t stream() const { return stream_; }
  /// In a record that matches.
  std::string_view partition(std::string_view record) const {
    return {record.data() + partition_at_, partition_size_};
  }

 private:
  std::string bytes_;
  std::int64_t emitted_at_ = 0;
  std::uint32_t stream_ = 0;
  std::ptrdiff_t partition_at_ = 0;
  std::size_t partition_size_ = 0;
};

/// A message of the channel without its length.
struct Message {
  enum class Kind { record, protocol, nothing, broken };
  Kind kind = Kind::nothing;
  std::string_view body;
};

Message open_message(const char* at, const char* end) {
  Message message;
  while (at != end) {
    std::uint64_t field = 0;
    if (!read_varint(at, end, field) || field >> 3 == 0) return {Message::Kind::broken, {}};
    std::string_view bytes;
    bool ours = field == static_cast<unsigned char>(kRecord) ||
                field == static_cast<unsigned char>(kProtocolMessage);
    if (ours ? !read_bytes(at, end, bytes) : !skip_field(at, end, field)) {
      return {Message::Kind::broken, {}};
    }
    if (ours) {
      bool record = field == static_cast<unsigned char>(kRecord);
      message = {record ? Message::Kind::record : Message::Kind::protocol, bytes};
    }
  }
  return message;
}

Error no_record(const char* what) {
  return Error{ErrorCode::protocol_violation, std::string("a PROTOBUF record ") + what};
}

Error too_wide(std::size_t width) {
  return Error{ErrorCode::protocol_violation,
               "a PROTOBUF record has more values than its stream's schema has columns (" +
                   std::to_string(width) + "): both sides must have the same catalog"};
}

class ProtobufReader final : public WireReader {
 public:
  ProtobufReader(std::vector<ReadStream> streams, std::size_t limit)
      : streams_(std::move(streams)), index_(streams_), limit_(limit) {}

  WireItem next(std::string_view bytes) override {
    const char* at = bytes.data();
    const char* end = at + bytes.size();
    std::uint64_t size = 0;
    if (!read_varint(at, end, size)) {
      if (bytes.size() < kVarintMost) return {};
      return broken(bytes.size(), "a PROTOBUF message begins with no length");
    }
    if (size > limit_) {
      return broken(bytes.size(), "a PROTOBUF message of " + std::to_string(size) +
                                      " bytes is over the limit of " + std::to_string(limit_));
    }
    if (size > static_cast<std::size_t>(end - at)) return {};
    WireItem item;
    item.size = static_cast<std::size_t>(at - bytes.data()) + size;
    Message message = open_message(at, at + size);
    switch (message.kind) {
      case Message::Kind::record:
        return record_item(message.body, item);
      case Message::Kind::protocol:
        item.kind = WireItem::Kind::message;
        item.body = message.body;
        return item;
      case Message::Kind::nothing:
        item.kind = WireItem::Kind::skip;
        return item;
      case Message::Kind::broken:
        break;
    }
    return broken(item.size,
                  "a PROTOBUF message of " + std::to_string(size) + " bytes cannot be read");
  }

  Result<void> decode(std::string_view frame, RecordBatch& batch) override {
    const char* at = frame.data();
    const char* end = at + frame.size();
    std::uint64_t size = 0;
    if (!read_varint(at, end, size) || size != static_cast<std::size_t>(end - at)) {
      return no_record("is cut short");
    }
    Message message = open_message(at, end);
    if (message.kind != Message::Kind::record) return no_record("was expected");
    std::string_view record = message.body;
    if (!decoded_.matches(record)) {
      Header header;
      if (!read_header(record, header)) return no_record("cannot be read");
      decoded_.learn(record, header, 0);
    }
    std::size_t before = batch.size();
    Result<void> result = decode_row(record, batch);
    if (!result && batch.size() > before) batch.drop_last_row();
    return result;
  }

 private:
  WireItem record_item(std::string_view record, WireItem item) {
    if (!seen_.matches(record)) {
      Header header;
      if (!read_header(record, header)) {
        return broken(item.size, "a PROTOBUF record of " + std::to_string(record.size()) +
                                     " bytes cannot be read");
      }
      auto stream = index_.find(header.name_space, header.name);
      if (!stream) {
        said_ = stream_text(header.name_space, header.name);
        item.kind = WireItem::Kind::unknown_stream;
        item.body = said_;
        return item;
      }
      seen_.learn(record, header, *stream);
    }
    item.kind = WireItem::Kind::record;
    item.stream = seen_.stream();
    item.partition = seen_.partition(record);
    return item;
  }

  WireItem broken(std::size_t size, std::string why) {
    said_ = std::move(why);
    WireItem item;
    item.kind = WireItem::Kind::broken;
    item.size = size;
    item.body = said_;
    return item;
  }

  Result<void> decode_row(std::string_view record, RecordBatch& batch) {
    const auto& columns = batch.schema().columns();
    Value* row = batch.append_row(decoded_.emitted_at());
    const char* at = record.data() + decoded_.size();
    const char* end = record.data() + record.size();
    std::size_t column = 0;
    misfits_.clear();
    while (at != end) {
      std::uint64_t field = 0;
      std::string_view bytes;
      if (!read_varint(at, end, field)) return no_record("cannot be read");
      if (field == static_cast<unsigned char>(kData)) {
        if (!read_bytes(at, end, bytes)) return no_record("is cut short");
        if (column == columns.size()) return too_wide(columns.size());
        if (!place(bytes, columns[column], batch, row[column])) {
          return no_record("has a value that cannot be read");
        }
        ++column;
        continue;
      }
      if (field == static_cast<unsigned char>(kRecordMeta)) {
        if (!read_bytes(at, end, bytes) || !read_meta(bytes, batch)) {
          return no_record("has a meta that cannot be read");
        }
        continue;
      }
      bool twice = decoded_.size() > 0 && field >> 3 <= 4;
      if (twice || !skip_field(at, end, field)) return no_record("cannot be read");
    }
    // Changes that came with the record stand first.
    for (const Column* misfit : misfits_) batch.add_change(misfit->name, Change::nulled, kMisfit);
    return {};
  }

  bool place(std::string_view bytes, const Column& column, RecordBatch& batch, Value& out) {
    if (read_plain_value(bytes, out) && fits(out.kind(), column.type)) return true;
    Read read = read_value(bytes.data(), bytes.data() + bytes.size(), batch, out);
    if (read == Read::broken) return false;
    if (read == Read::misfit) {
      out = Value::null();
    } else if (stands(out, column.type) || coerce(out, column.type, batch)) {
      return true;
    }
    misfits_.push_back(&column);
    return true;
  }

  /// Whether the column takes the value as it is.
  static bool stands(const Value& value, Type type) {
    if (!fits(value.kind(), type)) return false;
    if (value.kind() != Kind::json || type == Type::any) return true;
    return value.as_text().front() == (type == Type::object ? '{' : '[');
  }

  static bool read_meta(std::string_view meta, RecordBatch& batch) {
    const char* at = meta.data();
    const char* end = at + meta.size();
    while (at != end) {
      std::uint64_t field = 0;
      std::string_view change;
      if (!read_varint(at, end, field)) return false;
      if (field != static_cast<unsigned char>(tag(1, kBytes))) {
        if (!skip_field(at, end, field)) return false;
        continue;
      }
      if (!read_bytes(at, end, change) || !read_change(change, batch)) return false;
    }
    return true;
  }

  static bool read_change(std::string_view bytes, RecordBatch& batch) {
    const char* at = bytes.data();
    const char* end = at + bytes.size();
    std::string_view name;
    std::uint64_t change = 0;
    std::uint64_t reason = 0;
    while (at != end) {
      std::uint64_t field = 0;
      if (!read_varint(at, end, field)) return false;
      bool read = false;
      switch (static_cast<char>(field < 128 ? field : 0)) {
        case tag(1, kBytes):
          read = read_bytes(at, end, name);
          break;
        case tag(2, kVarint):
          read = read_varint(at, end, change);
          break;
        case tag(3, kVarint):
          read = read_varint(at, end, reason);
          break;
        default:
          read = skip_field(at, end, field);
      }
      if (!read) return false;
    }
    // A value that a later version added says at least that the field is not what the source held.
    constexpr auto kLast = static_cast<std::uint64_t>(Reason::destination_typecast);
    batch.add_change(name, change == 1 ? Change::truncated : Change::nulled,
                     reason <= kLast ? static_cast<Reason>(reason) : Reason::source_serialization);
    return true;
  }

  std::vector<ReadStream> streams_;
  StreamIndex index_;
  std::size_t limit_;
  KnownHeader seen_;                    // by next
  KnownHeader decoded_;                 // by decode
  std::vector<const Column*> misfits_;  // of the row being decoded
  std::string said_;                    // what an item's body speaks of
};

}  // namespace

std::unique_ptr<WireReader> make_protobuf_reader(std::vector<ReadStream> streams,
                                                 std::size_t limit) {
  return std::make_unique<ProtobufReader>(std::move(streams), limit);
}

}  // namespace wharf::record
