#include "checkpoint/generation_table.h"

#include <wharf/error.h>

#include <algorithm>
#include <string_view>

#include "sqlite/statement.h"

namespace wharf::checkpoint::generation_table {
namespace {

std::string_view name_of(Edit edit) {
  switch (edit) {
    case Edit::none:
      return "none";
    case Edit::fresh:
      return "new";
    case Edit::given:
      return "given";
  }
  return "none";
}

Edit edit_from(std::string_view name) {
  if (name == "new") return Edit::fresh;
  return name == "given" ? Edit::given : Edit::none;
}

void put(sqlite::Transaction& transaction, const base::ConnectionId& id, const Counters& counters) {
  transaction
      .statement(R"sql(
        insert or replace into stream_generation
          (connection_id, namespace, stream, generation, minimum_generation, state_epoch, edit,
           start_job, start_generation)
        values (?, ?, ?, ?, ?, ?, ?, ?, ?))sql")
      .execute(id, counters.stream.name_space.value_or(""), counters.stream.name,
               counters.generation, counters.minimum_generation, counters.epoch,
               name_of(counters.edit), counters.start_job, counters.start_generation);
}

}  // namespace

Counters get(sqlite::Connection& connection, const base::ConnectionId& id,
             const protocol::StreamDescriptor& stream) {
  Counters counters;
  counters.stream = stream;
  auto run = connection
                 .statement(R"sql(
                   select generation, minimum_generation, state_epoch, edit, start_job,
                     start_generation
                   from stream_generation
                   where connection_id = ? and namespace = ? and stream = ?)sql")
                 .run(id, stream.name_space.value_or(""), stream.name);
  if (!run.next()) return counters;
  counters.generation = run.integer(0);
  counters.minimum_generation = run.integer(1);
  counters.epoch = run.integer(2);
  counters.edit = edit_from(run.text(3));
  if (!run.null(4)) counters.start_job = base::JobId(run.integer(4));
  counters.start_generation = run.integer(5);
  return counters;
}

std::vector<Counters> all(sqlite::Connection& connection, const base::ConnectionId& id) {
  std::vector<protocol::StreamDescriptor> streams;
  auto run = connection
                 .statement(R"sql(
                   select namespace, stream from stream_generation
                   where connection_id = ? order by namespace, stream)sql")
                 .run(id);
  while (run.next()) {
    auto& stream = streams.emplace_back();
    if (!run.text(0).empty()) stream.name_space = run.string(0);
    stream.name = run.string(1);
  }
  std::vector<Counters> counters;
  for (const auto& stream : streams) counters.push_back(get(connection, id, stream));
  return counters;
}

void restore(sqlite::Transaction& transaction, const base::ConnectionId& id, Counters counters) {
  counters.start_job = std::nullopt;
  counters.start_generation = counters.generation;
  put(transaction, id, counters);
}

std::int64_t bump(sqlite::Transaction& transaction, const base::ConnectionId& id,
                  const protocol::StreamDescriptor& stream, base::JobId job, bool truncates) {
  auto counters = get(transaction, id, stream);
  ++counters.generation;
  counters.minimum_generation = truncates ? counters.generation : 0;
  if (counters.start_job != job) {
    counters.start_job = job;
    counters.start_generation = counters.generation;
  }
  put(transaction, id, counters);
  return counters.generation;
}

void raise_to(sqlite::Transaction& transaction, const base::ConnectionId& id,
              const protocol::StreamDescriptor& stream, std::int64_t generation, Epoch epoch) {
  auto counters = get(transaction, id, stream);
  const bool truncates = counters.minimum_generation > 0;
  counters.generation = std::max(counters.generation, generation);
  counters.minimum_generation = truncates ? counters.generation : 0;
  counters.epoch = std::max(counters.epoch, epoch);
  put(transaction, id, counters);
}

void job_begins(sqlite::Transaction& transaction, const base::ConnectionId& id, base::JobId job) {
  transaction
      .statement(R"sql(
        update stream_generation
        set start_generation = generation
        where connection_id = ? and start_job = ?)sql")
      .execute(id, job);
}

void raise_epoch(sqlite::Transaction& transaction, const base::ConnectionId& id,
                 const protocol::StreamDescriptor& stream) {
  auto counters = get(transaction, id, stream);
  ++counters.epoch;
  counters.edit = Edit::fresh;
  put(transaction, id, counters);
}

void edits_given(sqlite::Transaction& transaction, const base::ConnectionId& id) {
  transaction
      .statement(R"sql(
        update stream_generation
        set edit = 'given'
        where connection_id = ? and edit = 'new')sql")
      .execute(id);
}

void edit_over(sqlite::Transaction& transaction, const base::ConnectionId& id,
               const protocol::StreamDescriptor& stream) {
  transaction
      .statement(R"sql(
        update stream_generation
        set edit = 'none'
        where connection_id = ? and namespace = ? and stream = ? and edit = 'given')sql")
      .execute(id, stream.name_space.value_or(""), stream.name);
}

}  // namespace wharf::checkpoint::generation_table
