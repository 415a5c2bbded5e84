-- Operations between those who wish them and those who launch connectors. A launcher asks for some,
-- claims one, tells of it while it runs, and how it ended.

create table queued_workload (
  id text primary key,
  type text not null check (type in ('sync', 'check', 'discover', 'spec')),
  status text not null
    check (status in ('pending', 'claimed', 'launched', 'running', 'success', 'failure',
                      'cancelled')),
  input text not null,
  labels text not null default '[]' check (json_valid(labels)),
  workspace text,
  organization text,
  log_path text,
  mutex_key text,
  signal_input text,
  priority int not null check (priority in (0, 1)),
  dataplane_group text not null default '',
  auto_id text not null,
  dataplane text,
  deadline int,
  heartbeat int,
  termination_source text,
  termination_reason text,
  output text check (output is null or json_valid(output)),
  -- The place in the queue: given out again after poll_deadline, until it is acknowledged.
  poll_deadline int not null default 0,
  acknowledged int,
  created int not null,
  updated int not null
) strict, without rowid;

create index workload_queue on queued_workload (dataplane_group, priority, created)
  where acknowledged is null;
create index workload_live on queued_workload (deadline) where deadline is not null;
create index workload_mutex on queued_workload (mutex_key)
  where mutex_key is not null and deadline is not null;
create index workload_acknowledged on queued_workload (acknowledged)
  where acknowledged is not null;
