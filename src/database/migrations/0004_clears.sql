-- What a job does to its connection, and wishes that reach it while it runs.

alter table job add column kind text not null default 'sync' check (kind in ('sync', 'clear'));
-- Somebody wants it cancelled: once its attempt has ended, whatever that came to, nothing follows.
alter table job add column cancel_asked int;

-- Streams that are to be cleared: the connection's next job does that. Gone when that job has
-- succeeded or is cancelled; after one that failed, the next job tries again.
create table clear_request (
  connection_id text primary key references connection (id) on delete cascade,
  catalog text not null check (json_valid(catalog)),
  asked int not null
) strict, without rowid;

create index job_running on job (connection_id) where status = 'running';
