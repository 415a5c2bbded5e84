#include <wharf/record/json_fields.h>
#include <wharf/record/meta_columns.h>
#include <wharf/record/text_form.h>

#include "record/digits.h"
#include "record/wire_forms.h"

namespace wharf::record {
namespace {

class JsonWriter final : public WireWriter {
 public:
  JsonWriter(const protocol::StreamDescriptor& stream, const Schema& schema)
      : fields_(schema, "", "") {
    head_.append(R"({"type":"RECORD","record":{"stream":)");
    append_json_string(head_, stream.name);
    if (stream.name_space) {
      head_.append(R"(,"namespace":)");
      append_json_string(head_, *stream.name_space);
    }
    head_.append(R"(,"data":{)");
    make_tail(0);
  }

  void begin_partition(std::string_view id) override {
    partition_ = id;
    make_tail(emitted_at_);
  }

  void append(const RecordBatch& batch, std::size_t first, std::size_t last, Buffer& out) override {
    for (std::size_t row = first; row < last; ++row) {
      if (batch.emitted_at(row) != emitted_at_) make_tail(batch.emitted_at(row));
      out.append(head_.view());
      fields_.append(batch.row(row), out);
      out.append(tail_.view());
      if (!batch.changes().empty()) append_meta(batch.changes(row), out);
      out.append("}}\n");
    }
  }

 private:
  /// What stands behind every row's values.
  void make_tail(std::int64_t emitted_at) {
    emitted_at_ = emitted_at;
    tail_.clear();
    tail_.append(R"(},"emitted_at":)");
    tail_.advance(write_integer(tail_.room(24), emitted_at));
    if (partition_.empty()) return;
    tail_.append(R"(,"partition_id":)");
    append_json_string(tail_, partition_);
  }

  static void append_meta(std::span<const RecordedChange> changes, Buffer& out) {
    if (changes.empty()) return;
    out.append(R"(,"meta":)");
    append_meta_json(out, std::nullopt, changes);
  }

  Buffer head_;  // up to the first value's name
  JsonFields fields_;
  std::string partition_;
  std::int64_t emitted_at_ = 0;
  Buffer tail_;  // for emitted_at_ and partition_
};

}  // namespace

std::unique_ptr<WireWriter> make_json_writer(const protocol::StreamDescriptor& stream,
                                             std::shared_ptr<const Schema> schema) {
  return std::make_unique<JsonWriter>(stream, *schema);
}

}  // namespace wharf::record
