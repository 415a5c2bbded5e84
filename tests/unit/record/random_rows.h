#pragma once
// Rows of every kind, at random: what the tests of the wire forms send around.

#include <wharf/record/record_batch.h>
#include <wharf/record/text_form.h>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <random>
#include <string>

namespace wharf::record {

/// WHARF_SEED=n replays a run.
inline std::uint64_t seed() {
  const char* given = std::getenv("WHARF_SEED");
  std::uint64_t seed =
      given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  std::cout << "WHARF_SEED=" << seed << std::endl;
  return seed;
}

class RandomRows {
 public:
  explicit RandomRows(std::uint64_t seed, std::uint64_t exponent_most = 9000)
      : random_(seed), exponent_most_(exponent_most) {}

  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

  std::shared_ptr<const Schema> schema() {
    std::vector<Column> columns;
    std::uint64_t count = 1 + below(20);
    for (std::uint64_t i = 0; i < count; ++i) {
      columns.push_back({"c" + std::to_string(random_() % 1000) + "_" + std::to_string(i),
                         static_cast<Type>(below(12))});
    }
    return std::make_shared<const Schema>(Schema(columns));
  }

  void append(RecordBatch& batch) {
    batch.append_row(static_cast<std::int64_t>(below(std::uint64_t{1} << 42)));
    std::size_t row = batch.size() - 1;
    for (std::size_t i = 0; i < batch.schema().size(); ++i) {
      Value value = below(6) == 0 ? Value::null() : of(batch.schema()[i].type, batch);
      batch.row(row)[i] = value;
    }
    if (below(8) == 0) {
      batch.add_change("c\"1", below(2) == 0 ? Change::nulled : Change::truncated,
                       static_cast<Reason>(below(11)));
    }
  }

 private:
  std::string text() {
    static const std::string pieces[] = {"a",    "Zürich", "\"", "\\",         "\n",
                                         "\t",   "😀",     " ",  "0123456789", std::string(1, '\0'),
                                         "\x7f", "€"};
    std::string text;
    std::uint64_t count = below(below(20) == 0 ? 200 : 12);
    for (std::uint64_t i = 0; i < count; ++i) text += pieces[below(std::size(pieces))];
    return text;
  }

  std::string digits(std::uint64_t count) {
    std::string digits(1, static_cast<char>('1' + below(9)));
    for (std::uint64_t i = 1; i < count; ++i) digits += static_cast<char>('0' + below(10));
    return digits;
  }

  Value number(bool whole, RecordBatch& batch) {
    std::string sign = below(2) == 0 ? "-" : "";
    std::string text;
    switch (below(whole ? 3 : 7)) {
      case 0:
        text = sign + digits(1 + below(19));
        break;
      case 1:
        text = sign + digits(20 + below(30));
        break;
      case 2: {
        static const char* kBounds[] = {"0", "9223372036854775807", "-9223372036854775808",
                                        "9223372036854775808", "9223372036854775809"};
        text = kBounds[below(5)];
        break;
      }
      case 3:
        text = sign + digits(1 + below(6)) + "." + digits(1 + below(3));
        break;
      case 4:
        text = sign + "0." + digits(1 + below(40));
        break;
      case 5:
        text = sign + digits(1 + below(3)) + "e" + std::to_string(below(exponent_most_));
        break;
      default: {
        std::uint64_t bits = random_();
        double d;
        std::memcpy(&d, &bits, sizeof d);
        return Value::number(d - d == 0 ? d : 0.5);
      }
    }
    Value value;
    parse_number(batch.keep(text), value);
    return value;
  }

  std::string json(int depth) {
    Buffer out;
    switch (below(depth > 2 ? 4 : 6)) {
      case 0:
        append_json_string(out, text());
        break;
      case 1:
        out.append(below(2) == 0 ? "true" : "null");
        break;
      case 2:
        out.append("-12.50e+3");
        break;
      case 3:
        out.append("18446744073709551617");
        break;
      case 4:
        return array(depth);
      default:
        return object(depth);
    }
    return std::string(out.view());
  }
  std::string array(int depth) {
    std::string out = "[";
    std::uint64_t count = below(4);
    for (std::uint64_t i = 0; i < count; ++i) out += (i > 0 ? ", " : "") + json(depth + 1);
    return out + "]";
  }
  std::string object(int depth) {
    std::string out = "{";
    std::uint64_t count = below(4);
    for (std::uint64_t i = 0; i < count; ++i) {
      out += (i > 0 ? "," : "") + ("\"k" + std::to_string(i) + "\" : ") + json(depth + 1);
    }
    return out + "}";
  }

  Value of(Type type, RecordBatch& batch) {
    auto nanos = static_cast<std::int64_t>(below(std::uint64_t{86'400'000'000'000}));
    auto second =
        static_cast<std::int64_t>(below(std::uint64_t{1} << 38)) - (std::int64_t{1} << 37);
    auto nano = static_cast<std::uint32_t>(below(2) == 0 ? 0 : below(1'000'000'000));
    auto offset = static_cast<std::int32_t>(below(129'601)) - 64'800;
    switch (type) {
      case Type::boolean:
        return Value::boolean(below(2) == 0);
      case Type::string:
        return Value::string(batch.keep(text()));
      case Type::integer:
        return number(true, batch);
      case Type::number:
        return number(false, batch);
      case Type::date:
        return Value::date(static_cast<std::int64_t>(below(8'000'000)) - 4'000'000);
      case Type::time_tz:
        return Value::time_tz(nanos, offset);
      case Type::time:
        return Value::time(nanos);
      case Type::timestamp_tz:
        return Value::timestamp_tz(second, nano, offset);
      case Type::timestamp:
        return Value::timestamp(second, nano);
      case Type::object:
        return Value::json(batch.keep(object(0)));
      case Type::array:
        return Value::json(batch.keep(array(0)));
      case Type::any: {
        std::string text = json(0);
        return text == "null" ? Value::null() : Value::json(batch.keep(text));
      }
    }
    return Value::null();
  }

  std::mt19937_64 random_;
  std::uint64_t exponent_most_;
};

/// Two values that mean the same: numbers by their digits, whatever kind they came in.
inline bool same_value(const Value& a, const Value& b) {
  Buffer left, right;
  append_json(left, a);
  append_json(right, b);
  if (left.view() == right.view()) return true;
  Value x, y;  // a whole number may have become a double of the same digits
  if (!parse_number(left.view(), x) || !parse_number(right.view(), y)) return false;
  return x.kind() == Kind::integer && y.kind() == Kind::number &&
         static_cast<double>(x.as_integer()) == y.as_number();
}

inline bool same_row(const RecordBatch& a, std::size_t i, const RecordBatch& b, std::size_t k) {
  if (a.emitted_at(i) != b.emitted_at(k)) return false;
  for (std::size_t c = 0; c < a.schema().size(); ++c) {
    if (!same_value(a.row(i)[c], b.row(k)[c])) return false;
  }
  auto left = a.changes(i);
  auto right = b.changes(k);
  if (left.size() != right.size()) return false;
  for (std::size_t c = 0; c < left.size(); ++c) {
    if (left[c].field != right[c].field || left[c].change != right[c].change ||
        left[c].reason != right[c].reason) {
      return false;
    }
  }
  return true;
}

}  // namespace wharf::record
