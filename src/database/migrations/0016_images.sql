-- Connectors that are container images: a third kind of program beside built-ins and commands, and
-- containers beside processes in what was started. Foreign keys are off while migrations run; the
-- rows that refer to definitions stay.

create table definition_of_images (
  id text primary key,
  kind text not null check (kind in ('source', 'destination')),
  name text not null,
  builtin text,
  command text check (command is null or json_valid(command)),
  -- A reference, with its tag or digest.
  image text,
  environment text not null default '{}' check (json_valid(environment)),
  working_directory text,
  -- Limits of an image's containers: {"cpu_limit":"500m","memory_limit":"536870912"}.
  resources text not null default '{}' check (json_valid(resources)),
  ipc text check (ipc is null or json_valid(ipc)),
  supports_refreshes int not null default 0,
  holds_position int not null default 0,
  resumable_full_refresh int not null default 0,
  -- In seconds; null: as the settings say.
  max_seconds_between_messages int check (max_seconds_between_messages > 0),
  documentation_url text,
  -- It was made by REST, and is changed there alone.
  custom int not null default 0,
  tombstone int not null default 0,
  check ((builtin is not null) + (command is not null) + (image is not null) = 1)
) strict, without rowid;

insert into definition_of_images
  (id, kind, name, builtin, command, environment, working_directory, ipc, supports_refreshes,
   holds_position, resumable_full_refresh, max_seconds_between_messages)
select id, kind, name, builtin, command, environment, working_directory, ipc, supports_refreshes,
  holds_position, resumable_full_refresh, max_seconds_between_messages
from definition;

drop table definition;
alter table definition_of_images rename to definition;

-- What the engine had under an image's reference when it was last run: its answers go by it.
create table seen_image (
  reference text primary key,
  digest text not null
) strict, without rowid;

-- One that runs as a container, by its name at the engine: it has no pid of ours.
alter table workload add column container text;
