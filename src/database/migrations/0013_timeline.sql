-- A connection's timeline, under the words that Airbyte has for it: what becomes of its jobs and of
-- the connection itself. Written by the store, so that no change is without its event.

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

-- One that was given up has an event that says why.
create trigger event_of_connection_status after update of status on connection
when new.status <> old.status and new.tombstone = 0 and new.inactive_reason is null
begin
  insert into event (connection_id, kind, detail, at)
  values (new.id, iif(new.status = 'active', 'CONNECTION_ENABLED', 'CONNECTION_DISABLED'), '',
    new.updated);
end;

create trigger event_of_connection_settings
after update of name, schedule, prefix, mode, namespace_definition, namespace_format on connection
when new.tombstone = 0 and (new.name is not old.name or new.schedule is not old.schedule
  or new.prefix is not old.prefix or new.mode is not old.mode
  or new.namespace_definition is not old.namespace_definition
  or new.namespace_format is not old.namespace_format)
begin
  insert into event (connection_id, kind, detail, at)
  values (new.id, 'CONNECTION_SETTINGS_UPDATE', '', new.updated);
end;

create trigger event_of_connection_catalog after update of catalog on connection
when new.tombstone = 0 and new.catalog is not old.catalog
begin
  insert into event (connection_id, kind, detail, at)
  values (new.id, 'SCHEMA_CONFIG_UPDATE', '', new.updated);
end;
