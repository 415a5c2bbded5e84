-- What the daemon does by itself, and says of it.

-- Why the daemon has made it inactive; null: it has not, or somebody made it active since.
alter table connection add column inactive_reason text;

-- Something that an operator may want to know of later.
create table event (
  id integer primary key,
  connection_id text references connection (id) on delete cascade,
  job_id int,
  kind text not null,
  detail text not null,
  at int not null
) strict;
create index event_of_connection on event (connection_id, kind, id);
create index event_at on event (at);

create index job_created on job (created);
-- So that those that run, or failed, are found among a hundred thousand that are done.
create index job_of_status on job (status, id);
create index answer_at on answer (at);
create index attempt_ended on attempt (ended) where ended is not null;
-- What goes with a job is found without a search when old jobs are removed.
create index workload_of_attempt on workload (job_id, attempt);
create index generation_of_job on stream_generation (start_job) where start_job is not null;
