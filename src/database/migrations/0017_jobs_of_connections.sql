-- A firing of many makes jobs of connections that lie far apart: in an index of all jobs by their
-- connection it would write nearly as many pages as jobs. So the active ones have theirs, which is
-- small (one_active_job), and the others theirs, which grows with each end. No index then serves a
-- foreign key to the connection: triggers keep that law.

drop trigger event_of_job;
drop trigger event_of_job_renumbered;
drop trigger catalog_of_active_job;

create table job_apart (
  id integer primary key autoincrement,
  connection_id text not null,
  status text not null
    check (status in ('pending', 'running', 'incomplete', 'succeeded', 'failed', 'cancelled')),
  trigger text not null check (trigger in ('manual', 'scheduled')),
  kind text not null default 'sync' check (kind in ('sync', 'clear')),
  config_hash text not null,
  settings text not null check (json_valid(settings)),
  resumable_full_refresh int not null,
  settled int not null default 0,
  complete_successive int not null default 0,
  complete_total int not null default 0,
  partial_successive int not null default 0,
  partial_total int not null default 0,
  restarts_successive int not null default 0,
  next_try int not null,
  created int not null,
  started int,
  ended int,
  cancel_asked int,
  -- Null: the connection's.
  catalog text check (catalog is null or json_valid(catalog))
) strict;

insert into job_apart
  (id, connection_id, status, trigger, kind, config_hash, settings, resumable_full_refresh, settled,
   complete_successive, complete_total, partial_successive, partial_total, restarts_successive,
   next_try, created, started, ended, cancel_asked, catalog)
select id, connection_id, status, trigger, kind, config_hash, settings, resumable_full_refresh,
  settled, complete_successive, complete_total, partial_successive, partial_total,
  restarts_successive, next_try, created, started, ended, cancel_asked, catalog
from job;

-- Numbers that were given ahead stay given.
delete from sqlite_sequence where name = 'job_apart';
insert into sqlite_sequence (name, seq) select 'job_apart', seq from sqlite_sequence where name = 'job';

drop table job;
alter table job_apart rename to job;

create unique index one_active_job on job (connection_id)
  where status in ('pending', 'running', 'incomplete');
create index ended_job_of_connection on job (connection_id, id)
  where status in ('succeeded', 'failed', 'cancelled');
create index job_waiting on job (next_try) where status in ('pending', 'incomplete');
create index job_running on job (connection_id) where status = 'running';
create index job_created on job (created);
create index job_of_status on job (status, id);

-- All jobs, for who has a connection and wants them.
create view job_by_connection (connection_id, id) as
select connection_id, id from job where status in ('pending', 'running', 'incomplete')
union all
select connection_id, id from job where status in ('succeeded', 'failed', 'cancelled');

create view newest_job (connection_id, id) as
select connection.id,
  nullif(max(
    ifnull((select job.id from job where connection_id = connection.id
            and status in ('pending', 'running', 'incomplete')), 0),
    ifnull((select max(job.id) from job where connection_id = connection.id
            and status in ('succeeded', 'failed', 'cancelled')), 0)), 0)
from connection;

create trigger job_has_connection before insert on job
when not exists (select 1 from connection where id = new.connection_id)
begin
  select raise(abort, 'a job of a connection that is not there');
end;

create trigger job_keeps_connection before update of connection_id on job
when new.connection_id <> old.connection_id
begin
  select raise(abort, 'a job stays with its connection');
end;

create trigger jobs_go_with_connection after delete on connection
begin
  delete from job where id in (select id from job_by_connection where connection_id = old.id);
end;

create trigger catalog_of_active_job before update of catalog on connection
when new.catalog is not old.catalog
begin
  update job set catalog = coalesce(catalog, old.catalog)
  where connection_id = old.id and status in ('pending', 'running', 'incomplete');
end;

-- A later attempt of a job begins what its first one has begun.
create trigger event_of_job after insert on job_change
when new.status in ('succeeded', 'incomplete', 'failed', 'cancelled')
  or new.status = 'running' and not exists (
    select 1 from job_change as earlier
    where earlier.job_id = new.job_id and earlier.id < new.id and earlier.status = 'running')
begin
  insert into event (connection_id, job_id, kind, detail, at)
  select connection_id, id,
    iif(kind = 'sync', 'SYNC_', 'CLEAR_') || iif(new.status = 'running', 'STARTED', upper(new.status)),
    new.cause, new.at
  from job where id = new.job_id;
end;

create trigger event_of_job_renumbered after update of id on job when new.id <> old.id
begin
  update event set job_id = new.id where connection_id = new.connection_id and job_id = old.id;
end;
