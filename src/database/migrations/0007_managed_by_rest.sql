-- What comes by REST: its secrets, the workspace it stands in, and what is deleted but remembered.

-- A text sealed with the key `key_id`, which lies outside the store. The coordinate begins with the
-- id of the source or destination that it belongs to.
create table secret (
  coordinate text primary key,
  key_id text not null,
  sealed blob not null
) strict, without rowid;

-- Null: the default workspace, which is the oldest.
alter table source add column workspace_id text references workspace (id);
alter table destination add column workspace_id text references workspace (id);
-- Deleted: in no list, its jobs stay.
alter table source add column tombstone int not null default 0;
alter table destination add column tombstone int not null default 0;
alter table connection add column tombstone int not null default 0;

create index source_by_creation on source (created, id);
create index destination_by_creation on destination (created, id);
