-- A job keeps to the catalog its connection had when it was made. That stands with the connection
-- until it changes there, so that a firing of many copies none: catalogs are long.

-- Null: the connection's. Of a job that has ended nobody asks.
alter table job add column frozen_catalog text
  check (frozen_catalog is null or json_valid(frozen_catalog));
update job set frozen_catalog = catalog
where status in ('pending', 'running', 'incomplete')
  and catalog is not (select catalog from connection where connection.id = connection_id);
alter table job drop column catalog;
alter table job rename column frozen_catalog to catalog;

create trigger catalog_of_active_job before update of catalog on connection
when new.catalog is not old.catalog
begin
  update job set catalog = coalesce(catalog, old.catalog)
  where connection_id = old.id and status in ('pending', 'running', 'incomplete');
end;
