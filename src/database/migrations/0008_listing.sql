-- Which connections there are, and when they run, is found without their catalogs, which are long:
-- a page of a list costs its own rows alone, however many others there are. Foreign keys are off
-- while migrations run; the rows that refer to these stay.

create table connection_in_order (
  id text primary key not null,
  name text not null,
  source_id text not null references source (id),
  destination_id text not null references destination (id),
  status text not null check (status in ('active', 'inactive')),
  tombstone int not null default 0,
  -- Why the daemon has made it inactive; null: it has not, or somebody made it active since.
  inactive_reason text,
  created int not null,
  updated int not null,
  -- As schedule/schedule_form.h reads it.
  schedule text not null default '{"type":"manual"}' check (json_valid(schedule)),
  -- From when on the schedule's firings count: it was given then, or the connection made active.
  schedule_since int not null default 0,
  -- When it is due; null: never, or not while a job of it has not ended.
  next_run int,
  namespace_definition text not null
    check (namespace_definition in ('source', 'destination', 'custom_format')),
  namespace_format text not null,
  prefix text not null,
  mode text not null check (mode in ('auto', 'socket', 'stdio')),
  managed_by text not null,
  -- A job's config_hash, settings and resumable_full_refresh.
  config_hash text not null default '',
  settings text not null default '{}' check (json_valid(settings)),
  resumable_full_refresh int not null default 0,
  catalog text not null check (json_valid(catalog))
) strict;

insert into connection_in_order
  (id, name, source_id, destination_id, status, tombstone, inactive_reason, created, updated,
   schedule, schedule_since, next_run, namespace_definition, namespace_format, prefix, mode,
   managed_by, config_hash, settings, resumable_full_refresh, catalog)
select id, name, source_id, destination_id, status, tombstone, inactive_reason, created, updated,
  schedule, schedule_since, next_run, namespace_definition, namespace_format, prefix, mode,
  managed_by, config_hash, settings, resumable_full_refresh, catalog
from connection order by created, id;

drop table connection;
alter table connection_in_order rename to connection;

create index connection_due on connection (next_run) where next_run is not null;
create index connection_by_name on connection (name);
create index connection_by_ends on connection (source_id, destination_id);
create index connection_listed on connection (created, id, tombstone, source_id);
