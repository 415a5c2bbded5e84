#include <fmt/format.h>
#include <wharf/record/text_form.h>

#include "connectors/source_file/file_rows.h"
#include "connectors/source_file/sample.h"

namespace wharf::connectors::source_file {
namespace {

using record::Change;
using record::Reason;
using record::RecordBatch;
using record::Type;
using record::Value;

class CsvRows final : public FileRows {
 public:
  CsvRows(const files::InputFile& file, std::uint64_t begin, const RowSettings& settings)
      : settings_(settings),
        metadata_(file, settings),
        skipped_(file.path()),
        reader_(file, settings.csv, settings.last_line_counts, settings.window) {
    plan_columns();
    if (begin != 0 && reader_.begun()) reader_.go_to(begin);
  }

  bool fill(RecordBatch& batch) override {
    if (!reader_.begun()) return false;
    for (;;) {
      const std::size_t begin = reader_.used();
      while (reader_.next()) {
        add_row(batch);
        if (reader_.used() - begin >= settings_.fill_bytes) return true;
      }
      // The rows are views of the text in hand: they go before it moves on.
      if (!batch.empty()) return true;
      if (!reader_.read_on()) return false;
    }
  }

  std::uint64_t offset() const override { return reader_.offset(); }

 private:
  struct Plan {
    std::uint32_t field;   // in the file
    std::uint32_t column;  // in the schema
    Type type;
  };

  void plan_columns() {
    const auto& names = reader_.names();
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto column = settings_.schema->find(names[i]);
      if (!column || is_metadata(names[i])) continue;
      plan_.push_back({static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(*column),
                       (*settings_.schema)[*column].type});
    }
    data_column_ = settings_.schema->find(kSchemalessColumn);
  }

  bool is_metadata(const std::string& name) const {
    return settings_.stream.metadata_columns && (name == kFileUrl || name == kFileModified);
  }

  void add_row(RecordBatch& batch) {
    const auto& fields = reader_.fields();
    const std::size_t changes = batch.changes().size();
    Value* row = batch.append_row(settings_.emitted_at);
    metadata_.put_into(row);
    if (fields.size() != reader_.names().size() && !add_ragged(batch)) return;
    if (settings_.stream.schemaless) {
      add_whole(row, batch);
    } else {
      add_cells(fields, row, batch);
    }
    if (batch.changes().size() != changes) on_change(batch);
  }

  void add_cells(const std::vector<files::CsvField>& fields, Value* row, RecordBatch& batch) {
    const CellParser& cells = settings_.cells;
    const files::CsvField* const begin = fields.data();
    const std::size_t count = fields.size();
    for (const Plan& plan : plan_) {
      if (plan.field >= count) break;  // plans stand in the file's order
      const files::CsvField& field = begin[plan.field];
      const std::string_view text = field.escaped ? unescaped(field, batch) : field.raw();
      if (cells.is_null(text, field.quoted, plan.type)) continue;
      if (!cells.parse(plan.type, text, row[plan.column], batch)) on_misfit(plan, batch);
    }
  }

  void on_misfit(const Plan& plan, RecordBatch& batch) {
    batch.add_change((*settings_.schema)[plan.column].name, Change::nulled,
                     Reason::source_serialization);
  }

  std::string_view unescaped(const files::CsvField& field, RecordBatch& batch) {
    char* out = batch.allocate(field.size + std::size_t{16});
    return {out, reader_.scanner().unescape(field, out)};
  }

  /// All fields as one JSON object of texts.
  void add_whole(Value* row, RecordBatch& batch) {
    if (!data_column_) return;
    whole_.clear();
    whole_.append('{');
    const auto& fields = reader_.fields();
    for (std::size_t i = 0; i < std::min(fields.size(), reader_.names().size()); ++i) {
      const std::string_view text =
          fields[i].escaped ? unescaped(fields[i], batch) : fields[i].raw();
      if (i != 0) whole_.append(',');
      record::append_json_string(whole_, reader_.names()[i]);
      whole_.append(':');
      if (settings_.cells.is_null(text, fields[i].quoted, Type::string)) {
        whole_.append("null");
      } else {
        record::append_json_string(whole_, text);
      }
    }
    whole_.append('}');
    row[*data_column_] = Value::json(batch.keep(whole_.view()));
  }

  /// A row with more or fewer fields than the header. False: it is left out.
  bool add_ragged(RecordBatch& batch) {
    const std::size_t fields = reader_.fields().size();
    const std::size_t columns = reader_.names().size();
    if (!settings_.stream.cells.ragged_rows_pass) {
      if (settings_.stream.policy == ValidationPolicy::skip) {
        skip(batch);
        return false;
      }
      reader_.fail(
          fmt::format("the row has {} fields, the header {}; "
                      "`ignore_errors_on_fields_mismatch: true` takes such rows",
                      fields, columns));
    }
    for (const Plan& plan : plan_) {
      if (plan.field < fields) continue;
      batch.add_change((*settings_.schema)[plan.column].name, Change::nulled,
                       Reason::source_retrieval);
    }
    if (fields > columns) {  // they have no column to be named by
      batch.add_change(fmt::format("(fields {} to {})", columns + 1, fields), Change::nulled,
                       Reason::source_serialization);
    }
    return true;
  }

  void on_change(RecordBatch& batch) {
    if (settings_.stream.policy == ValidationPolicy::skip) skip(batch);
    if (settings_.stream.policy == ValidationPolicy::wait_for_discover) {
      reader_.fail(
          fmt::format("the value of '{}' does not fit its column; discover the schema again",
                      batch.changes().back().field));
    }
  }

  void skip(RecordBatch& batch) {
    skipped_.add(reader_.row_offset());
    batch.drop_last_row();
  }

  const RowSettings& settings_;
  MetadataColumns metadata_;
  SkippedRows skipped_;
  files::CsvReader reader_;
  std::vector<Plan> plan_;
  std::optional<std::size_t> data_column_;
  record::Buffer whole_;
};

}  // namespace

std::unique_ptr<FileRows> open_csv_rows(const files::InputFile& file, std::uint64_t begin,
                                        const RowSettings& settings) {
  return std::make_unique<CsvRows>(file, begin, settings);
}

}  // namespace wharf::connectors::source_file
