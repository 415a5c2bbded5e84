-- When a connection runs by itself, and what a job of it freezes.

-- As schedule/schedule_form.h reads it.
alter table connection add column schedule text not null default '{"type":"manual"}'
  check (json_valid(schedule));
-- From when on the schedule's firings count: it was given then, or the connection made active.
alter table connection add column schedule_since int not null default 0;
-- When it is due; null: never, or not while a job of it has not ended.
alter table connection add column next_run int;
-- A job's config_hash, settings and resumable_full_refresh.
alter table connection add column config_hash text not null default '';
alter table connection add column settings text not null default '{}' check (json_valid(settings));
alter table connection add column resumable_full_refresh int not null default 0;

create index connection_due on connection (next_run) where next_run is not null;
create index connection_by_name on connection (name);
create index connection_by_ends on connection (source_id, destination_id);
