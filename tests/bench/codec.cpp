// Nanoseconds of CPU per row of each leg that a row of the benchmark's CSV goes through in the two
// wire forms. Prints one JSON object.
#include <wharf/record/text_form.h>
#include <wharf/record/wire.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string>
#include <vector>

namespace {

using namespace wharf::record;

constexpr std::size_t kRows = 500;  // a batch: what stays in the cache between two legs
constexpr std::size_t kBatches = 200;
constexpr int kTries = 7;

double cpu_nanoseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

// The median of the tries.
template <class F>
double nanoseconds_a_row(F f) {
  std::vector<double> tries;
  for (int i = 0; i < kTries; ++i) {
    const double began = cpu_nanoseconds();
    for (std::size_t batch = 0; batch < kBatches; ++batch) f();
    tries.push_back((cpu_nanoseconds() - began) / static_cast<double>(kRows * kBatches));
  }
  std::sort(tries.begin(), tries.end());
  return tries[tries.size() / 2];
}

struct Texts {
  std::string id, amount, created_at, attributes;
};

std::vector<Texts> make_texts() {
  std::vector<Texts> texts;
  for (std::size_t i = 0; i < kRows; ++i) {
    char time[64];
    std::snprintf(time, sizeof time, "2024-%02zu-%02zuT%02zu:%02zu:07Z", 1 + i % 12, 1 + i % 28,
                  i % 24, i % 60);
    texts.push_back(
        {std::to_string(1'000'000 + i),
         std::to_string(i * 37 % 1000) + "." + std::to_string(10 + i % 90), time,
         R"({"tier": "gold", "score": )" + std::to_string(i % 100) + R"(, "tags": ["a", "b"]})"});
  }
  return texts;
}

class Legs {
 public:
  Legs()
      : schema_(std::make_shared<const Schema>(Schema({{"id", Type::integer},
                                                       {"first_name", Type::string},
                                                       {"country", Type::string},
                                                       {"amount", Type::number},
                                                       {"created_at", Type::timestamp_tz},
                                                       {"active", Type::boolean},
                                                       {"attributes", Type::object}}))),
        batch_(schema_),
        texts_(make_texts()) {
    for (const char* name : kNames) columns_.push_back(*schema_->find(name));
  }

  void run() {
    print("type 7 texts", nanoseconds_a_row([this] { fill(); }));
    wire("PROTOBUF", WireForm::protobuf);
    wire("JSONL", WireForm::jsonl);
    wire("BATCH", WireForm::batch);
    std::puts("}");
  }

 private:
  static constexpr const char* kNames[] = {"id",         "first_name", "country",   "amount",
                                           "created_at", "active",     "attributes"};

  void fill() {
    batch_.clear();
    for (std::size_t i = 0; i < kRows; ++i) {
      Value* row = batch_.append_row(1'700'000'000'000);
      parse_number(texts_[i].id, row[columns_[0]]);
      row[columns_[1]] = Value::string("Margaret");
      row[columns_[2]] = Value::string("Switzerland");
      parse_number(texts_[i].amount, row[columns_[3]]);
      parse_timestamp_tz(texts_[i].created_at, row[columns_[4]]);
      row[columns_[5]] = Value::boolean((i & 1) != 0);
      row[columns_[6]] = Value::json(texts_[i].attributes);
    }
  }

  void wire(const std::string& name, WireForm form) {
    const wharf::protocol::StreamDescriptor stream{std::nullopt, "orders"};
    auto writer = make_wire_writer(form, stream, schema_);
    writer->begin_partition("a1B2");
    Buffer out(std::size_t{1} << 20);
    print(name + " encode", nanoseconds_a_row([&] {
            out.clear();
            writer->append(batch_, 0, kRows, out);
          }));
    auto reader = make_wire_reader(form, {{stream, schema_}});
    RecordBatch read(schema_);
    print(name + " decode", nanoseconds_a_row([&] {
            read.clear();
            for (auto bytes = out.view(); !bytes.empty();) {
              const auto item = reader->next(bytes);
              if (!reader->decode(bytes.substr(0, item.size), read)) std::abort();
              bytes.remove_prefix(item.size);
            }
          }));
    print(name + " bytes a row", static_cast<double>(out.size()) / kRows);
  }

  void print(const std::string& what, double figure) {
    std::printf("%s \"%s\": %.1f", first_ ? "{" : ",", what.c_str(), figure);
    first_ = false;
  }

  std::shared_ptr<const Schema> schema_;
  RecordBatch batch_;
  std::vector<Texts> texts_;
  std::vector<std::size_t> columns_;
  bool first_ = true;
};

}  // namespace

int main() {
  Legs().run();
}
