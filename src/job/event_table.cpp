#include "job/event_table.h"

#include "sqlite/statement.h"

namespace wharf::job::event_table {

void add(sqlite::Transaction& transaction, const Event& event) {
  transaction
      .statement(
          "insert into event (connection_id, job_id, kind, detail, at) values (?, ?, ?, ?, ?)")
      .execute(event.connection, event.job, event.kind, event.detail, base::to_millis(event.at));
}

std::vector<Event> newest(sqlite::Connection& connection, std::int64_t most) {
  std::vector<Event> events;
  auto run =
      connection
          .statement(
              "select kind, connection_id, job_id, detail, at from event order by id desc limit ?")
          .run(most);
  while (run.next()) {
    Event event;
    event.kind = run.string(0);
    if (!run.null(1)) event.connection = base::ConnectionId(run.string(1));
    if (!run.null(2)) event.job = base::JobId(run.integer(2));
    event.detail = run.string(3);
    event.at = base::from_millis(run.integer(4));
    events.push_back(std::move(event));
  }
  return events;
}

}  // namespace wharf::job::event_table
