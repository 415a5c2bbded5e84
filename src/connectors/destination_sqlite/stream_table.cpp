#include "connectors/destination_sqlite/stream_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "connectors/destination_sqlite/user_indexes.h"

namespace wharf::connectors::sqlite_destination {
namespace {

using record::Type;
using sql_tables::Landing;
using sql_tables::Move;
using sql_tables::Recovery;
using sqlite::quoted_name;

constexpr std::string_view kDeletedAt = "_ab_cdc_deleted_at";
constexpr const char* kKeyColumn = "_wharf_key";

}  // namespace

StreamTable::StreamTable(sqlite::Connection& database, PositionTable& positions,
                         const connector::WriteStream& stream, Job job, std::string table,
                         std::optional<sql_tables::HeldPosition> held)
    : database_(database),
      positions_(positions),
      stream_(stream),
      job_(job),
      landing_(sql_tables::landing_of(stream)),
      table_(std::move(table)),
      staging_(sql_tables::staging_name(dialect(), table_, stream.generation)),
      is_held_(held.has_value()) {
  if (held) held_ = std::move(*held);
  held_.table = table_;
  if (!is_held_) held_.generation = stream.generation;
}

// A daemon that lost its counters: it will be told ours and start again with higher ones, so
// nothing may be touched until then. Without a job nobody counts.
bool StreamTable::is_later_generation() const {
  return job_.id && is_held_ && held_.generation > stream_.generation;
}

// ---- what a former attempt left

bool StreamTable::recover(Slices& slices) {
  if (is_later_generation()) return false;
  positions_.forget_tombstones(table_, job_.id);
  bool gone = false;
  if (is_held_) {
    const bool numbered = job_.id || (stream_.stream.generation_id.has_value() &&
                                      held_.generation <= stream_.generation);
    const sql_tables::Standing standing{table_exists(database_, table_),
                                        held_.staging && table_exists(database_, *held_.staging)};
    switch (sql_tables::recovery_of(held_, standing, landing_, stream_.generation, numbered)) {
      case Recovery::as_is:
      case Recovery::leave:
        break;
      case Recovery::gone:
        gone = true;
        forget_staging();
        break;
      case Recovery::join:
        join(slices);
        break;
      case Recovery::cut:
        cut(slices);
        break;
      case Recovery::cut_then_join:
        cut(slices);
        join(slices);
        break;
      case Recovery::drop:
        forget_staging();
        break;
    }
  }
  drop_stagings(slices);
  return gone;
}

// The state spoke of the staging's rows. The claim on the table stays, if there is one.
void StreamTable::forget_staging() {
  held_.staging.reset();
  held_.joining = false;
  held_.staging_end = 0;
  held_.state.reset();
  held_.complete = false;
  positions_.forget_tombstones(table_, std::nullopt);
  if (table_exists(database_, table_)) {
    positions_.save(stream_.stream.stream.descriptor, held_);
  } else {
    positions_.remove(stream_.stream.stream.descriptor);
    is_held_ = false;
  }
}

// Whatever stands there without being named by the position: rows ahead of a state, and tables that
// were replaced.
void StreamTable::drop_stagings(Slices& slices) {
  for (const auto& name :
       tables_with_prefix(database_, sql_tables::staging_prefix(dialect(), table_)))
    if (name != held_.staging) discard(database_, name, slices);
  discard(database_, sql_tables::replaced_name(dialect(), table_), slices);
}

// Rows behind the covered ones came from a commit that never was.
void StreamTable::cut(Slices& slices) {
  const auto rows = quoted_name(*held_.staging);
  slices.run([&](std::int64_t most) {
    const auto last = newest_row_number(database_, *held_.staging);
    const auto keep = std::max(held_.staging_end, last - most);
    database_.execute(fmt::format("delete from {} where rowid > {}", rows, keep));
    return keep > held_.staging_end;
  });
}

// Each slice takes its rows out of the staging, so that what is left there is what is left to do.
void StreamTable::join(Slices& slices) {
  const auto staging = *held_.staging;
  bool ready = false;
  slices.run([&](std::int64_t most) {
    if (!std::exchange(ready, true)) {
      choose_columns();
      prepare_target();
      make_table(database_, staging, fields_);
    }
    if (is_empty(database_, staging)) {
      database_.execute("drop table " + quoted_name(staging));
      held_.staging.reset();
      held_.staging_end = 0;
      held_.joining = false;
      positions_.save(stream_.stream.stream.descriptor, held_);
      return false;
    }
    const auto first = database_.number("select min(rowid) from " + quoted_name(staging));
    const auto slice = fmt::format("rowid < {}", first + most);
    if (landing_ == Landing::merge) {
      const auto rows = move(staging, table_, "s." + slice);
      auto whole_keys = rows;
      for (const auto& column : key_)
        whole_keys.where += " and s." + quoted_name(column) + " is not null";
      database_.execute(sql_tables::upsert_sql(dialect(), whole_keys));
      database_.execute(sql_tables::update_null_keys_sql(dialect(), rows));
      database_.execute(sql_tables::insert_null_keys_sql(dialect(), rows));
    } else {
      database_.execute(sql_tables::insert_sql(move(staging, table_, "s." + slice)));
    }
    database_.execute(fmt::format("delete from {} where {}", quoted_name(staging), slice));
    return true;
  });
}

// ---- tables and statements

void StreamTable::prepare() {
  if (prepared_) return;
  if (is_later_generation())
    throw Failure(Error{ErrorCode::conflict,
                        fmt::format("table '{}' has rows of generation {}, which is later than the "
                                    "{} of this attempt",
                                    table_, held_.generation, stream_.generation),
                        Origin::destination});
  choose_columns();
  if (landing_ != Landing::replace) prepare_target();
  const bool staged = landing_ == Landing::join || landing_ == Landing::replace ||
                      (landing_ == Landing::direct && !target_numbers_rows_);
  if (staged) prepare_staging();

  if (!rows_) {
    BatchRows::Fixed fixed;
    fixed.generation = stream_.generation;
    fixed.sync_id = stream_.sync_id;
    fixed.fields = stream_.schema->declared();
    fixed.key = key_wire_;
    for (const auto& field : fields_) fixed.reals.push_back(field.type == Type::number);
    rows_ = std::make_unique<BatchRows>(std::move(fixed));
    auto names = columns_;
    names.emplace_back(kKeyColumn);
    source_name_ = fmt::format("wharf_rows_{}", job_.index);
    sqlite::add_row_source(database_, source_name_, names, *rows_);
  }
  use(staged ? Place::staging : Place::target);
  has_tombstones_ = deleted_at_ && positions_.has_tombstones(table_);
  // Without a state: whoever opens next starts over, but knows whose the tables are.
  if (!is_held_) positions_.save(stream_.stream.stream.descriptor, held_);
  is_held_ = true;
  prepared_ = true;
}

void StreamTable::choose_columns() {
  const auto& schema = *stream_.schema;
  std::vector<std::string> generated;
  if (const auto target = find_table(database_, table_))
    for (const auto& column : target->columns)
      if (column.generated) generated.push_back(column.name);
  held_.columns = sql_tables::choose_columns(dialect(), schema, held_.columns, generated);

  fields_.clear();
  key_.clear();
  key_wire_.clear();
  columns_ = {std::string(record::kRawId), std::string(record::kExtractedAt),
              std::string(record::kGenerationId), std::string(record::kMeta)};
  for (const auto wire : schema.declared()) {
    fields_.push_back({held_.columns.at(schema[wire].name), schema[wire].type});
    columns_.push_back(fields_.back().name);
  }
  if (!stream_.dedup) return;
  const auto field = [&](const std::string& name) {
    if (const auto wire = schema.find(name)) return *wire;
    throw Failure(
        Error{ErrorCode::invalid_config,
              fmt::format("stream '{}' has no field '{}', which is part of its key or its "
                          "cursor",
                          to_string(stream_.target), name),
              Origin::destination});
  };
  for (const auto& name : stream_.primary_key) {
    key_wire_.push_back(static_cast<std::uint32_t>(field(name)));
    key_.push_back(held_.columns.at(name));
  }
  if (!stream_.cursor.empty())
    cursor_ = {held_.columns.at(stream_.cursor), schema[field(stream_.cursor)].type};
  deleted_at_ = schema.find(kDeletedAt);
}

void StreamTable::prepare_target() {
  make_table(database_, table_, fields_);
  target_numbers_rows_ = find_table(database_, table_)->own_row_numbers;
  if (landing_ == Landing::merge) make_key_index(database_, move("", table_));
}

void StreamTable::prepare_staging() {
  if (landing_ == Landing::replace) {
    const auto target = find_table(database_, table_);
    replaces_in_place_ = target && !target->own_row_numbers;
    if (target && !replaces_in_place_ && !table_exists(database_, staging_))
      make_like(database_, staging_, *target);
  }
  make_table(database_, staging_, fields_);
  if (stream_.dedup) make_key_index(database_, move("", staging_));
  if (landing_ == Landing::replace && !replaces_in_place_)
    copy_user_indexes(database_, table_, staging_);
}

Move StreamTable::move(std::string source, std::string target, std::string where) const {
  return {std::move(source), std::move(target), columns_, key_, cursor_, std::move(where)};
}

void StreamTable::use(Place place) {
  place_ = place;
  const auto& name = place == Place::target ? table_ : staging_;
  const auto table = find_table(database_, name);
  WHARF_CHECK(table.has_value());
  std::vector<Affinity> affinities;
  for (const auto& field : fields_) affinities.push_back(table->find(field.name)->affinity);
  rows_->set_affinities(std::move(affinities));

  const auto rows = move(source_name_, name);
  const auto sql =
      stream_.dedup ? sql_tables::upsert_sql(dialect(), rows) : sql_tables::insert_sql(rows);
  insert_ = std::make_unique<sqlite::Statement>(database_, sql);
  living_ = deleted_at_ && cursor_ ? living_condition() : std::string();
  upsert_beside_tombstones_.reset();
  if (!living_.empty())
    upsert_beside_tombstones_ = std::make_unique<sqlite::Statement>(
        database_, sql_tables::upsert_sql(dialect(), move(source_name_, name, living_)));
}

// True of rows that no hard delete of this job has overtaken.
std::string StreamTable::living_condition() const {
  return fmt::format(
      "not exists (select 1 from (select table_name, key, cursor as {} from {}) as g where "
      "g.table_name = '{}' and g.key = s.{} and not {})",
      quoted_name(cursor_->column), kTombstoneTable, table_, kKeyColumn,
      sql_tables::newer_sql(dialect(), cursor_, "s", "g"));
}

// ---- rows

void StreamTable::append(const record::RecordBatch& rows) {
  prepare();
  if (!in_group_ && place_ == Place::target && landing_ == Landing::direct)
    group_start_ = newest_row_number(database_, table_);
  in_group_ = true;
  if (stream_.dedup) return merge(rows);
  rows_->set(rows, 0, rows.size());
  insert_->step_and_reset();
}

// Rows in their order, in runs that one statement can take. Rows whose key has a null go one by
// one, since two of them may have the same key.
void StreamTable::merge(const record::RecordBatch& rows) {
  for (std::size_t first = 0; first < rows.size();) {
    const Road road = road_of(rows, first);
    std::size_t last = first + 1;
    if (road != Road::null_key)
      while (last < rows.size() && road_of(rows, last) == road) ++last;
    rows_->set(rows, first, last);
    merge_rows(road);
    first = last;
  }
}

StreamTable::Road StreamTable::road_of(const record::RecordBatch& rows, std::size_t row) const {
  const auto values = rows.row(row);
  if (deleted_at_ && !values[*deleted_at_].is_null()) return Road::remove;
  for (const auto wire : key_wire_)
    if (values[wire].is_null()) return Road::null_key;
  return Road::upsert;
}

void StreamTable::merge_rows(Road road) {
  const auto& table = place_ == Place::target ? table_ : staging_;
  const auto run = [&](const std::string& sql) { database_.statement(sql).step_and_reset(); };
  switch (road) {
    case Road::upsert:
      (has_tombstones_ ? *upsert_beside_tombstones_ : *insert_).step_and_reset();
      break;
    case Road::null_key: {
      const auto rows = move(source_name_, table, has_tombstones_ ? living_ : std::string());
      run(sql_tables::update_null_keys_sql(dialect(), rows));
      run(sql_tables::insert_null_keys_sql(dialect(), rows));
      break;
    }
    case Road::remove:
      run(sql_tables::remove_sql(dialect(), move(source_name_, table)));
      // Without a cursor whatever comes later is newer, so there is nothing to remember.
      if (cursor_) remember_removed();
      break;
  }
}

void StreamTable::remember_removed() {
  has_tombstones_ = true;
  const sql_tables::Cursor kept{"cursor", cursor_->type};
  database_
      .statement(fmt::format(
          "insert into {0} (table_name, key, cursor, job)\nselect ?, s.{1}, s.{2}, ?\nfrom {3} as "
          "s\nwhere true\non conflict (table_name, key) do update set cursor = excluded.cursor, "
          "job "
          "= excluded.job\nwhere {4}",
          kTombstoneTable, kKeyColumn, quoted_name(cursor_->column), quoted_name(source_name_),
          sql_tables::newer_sql(dialect(), kept, "excluded", std::string(kTombstoneTable))))
      .execute(table_, job_.id);
}

// Merged rows may be seen ahead of their state: whoever reads them again merges them again. In a
// staging nobody sees them. Rows in a target that was only appended to are moved.
void StreamTable::run_ahead() {
  if (!in_group_ || landing_ != Landing::direct || place_ != Place::target) return;
  prepare_staging();
  const auto rows = fmt::format("rowid > {}", group_start_);
  database_.execute(sql_tables::insert_sql(move(table_, staging_, "s." + rows)));
  database_.execute(fmt::format("delete from {} where {}", quoted_name(table_), rows));
  use(Place::staging);
}

// ---- the end of a group

void StreamTable::cover(const connector::Commit::Stream& said, bool by_global) {
  prepare();
  if (by_global || held_.generation != stream_.generation || held_.epoch != stream_.epoch)
    held_.state.reset();
  if (said.state) held_.state = *said.state;
  held_.generation = stream_.generation;
  held_.epoch = stream_.epoch;
  held_.complete = said.complete;
  held_.staging.reset();
  held_.staging_end = 0;
  if (place_ == Place::staging) {
    if (said.complete && landing_ == Landing::replace) {
      replace_target();
    } else {
      held_.staging = staging_;
      held_.staging_end = newest_row_number(database_, staging_);
      held_.joining = landing_ == Landing::direct || said.complete;
    }
  }
  positions_.save(stream_.stream.stream.descriptor, held_);
}

void StreamTable::replace_target() {
  if (replaces_in_place_) {
    make_table(database_, table_, fields_);
    database_.execute("delete from " + quoted_name(table_));
    database_.execute(sql_tables::insert_sql(move(staging_, table_)));
    database_.execute("drop table " + quoted_name(staging_));
  } else {
    swap(database_, table_, staging_, sql_tables::replaced_name(dialect(), table_));
    replaced_ = true;
  }
  prepared_ = false;
}

void StreamTable::settle(Slices& slices) {
  if (held_.joining) {
    join(slices);
    prepared_ = false;  // the staging is gone; rows that still come begin anew
  }
  if (std::exchange(replaced_, false))
    discard(database_, sql_tables::replaced_name(dialect(), table_), slices);
}

}  // namespace wharf::connectors::sqlite_destination
