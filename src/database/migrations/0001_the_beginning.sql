-- The tables are shown in database/README.md. Times are epoch milliseconds, JSON is kept as text.
-- A stream without a namespace has namespace ''; null and '' are the same stream.

create table meta (
  key text primary key,
  value text not null
) strict, without rowid;

create table definition (
  id text primary key,
  kind text not null check (kind in ('source', 'destination')),
  name text not null,
  builtin text,
  command text check (command is null or json_valid(command)),
  environment text not null default '{}' check (json_valid(environment)),
  working_directory text,
  ipc text check (ipc is null or json_valid(ipc)),
  supports_refreshes int not null default 0,
  holds_position int not null default 0,
  resumable_full_refresh int not null default 0,
  check ((builtin is null) <> (command is null))
) strict, without rowid;

-- What a connector answered: asked again only when its fingerprint or the configuration changes.
create table answer (
  question text not null check (question in ('spec', 'check', 'discover')),
  connector text not null,
  config_hash text not null,
  body text not null check (json_valid(body)),
  at int not null,
  primary key (question, connector, config_hash)
) strict, without rowid;

create table source (
  id text primary key,
  definition_id text not null references definition (id),
  name text not null,
  config text not null check (json_valid(config)),
  overlay text check (overlay is null or json_valid(overlay)),
  overlay_of text,
  managed_by text not null,
  created int not null,
  updated int not null
) strict, without rowid;

create table destination (
  id text primary key,
  definition_id text not null references definition (id),
  name text not null,
  config text not null check (json_valid(config)),
  overlay text check (overlay is null or json_valid(overlay)),
  overlay_of text,
  managed_by text not null,
  created int not null,
  updated int not null
) strict, without rowid;

create table connection (
  id text primary key,
  name text not null,
  source_id text not null references source (id),
  destination_id text not null references destination (id),
  status text not null check (status in ('active', 'inactive')),
  catalog text not null check (json_valid(catalog)),
  namespace_definition text not null
    check (namespace_definition in ('source', 'destination', 'custom_format')),
  namespace_format text not null,
  prefix text not null,
  mode text not null check (mode in ('auto', 'socket', 'stdio')),
  managed_by text not null,
  created int not null,
  updated int not null
) strict, without rowid;

-- Where each stream stands, as its destination confirmed it (or a hand set it: job_id is null).
-- stream '' holds the shared state of a GLOBAL state, or the blob of a LEGACY one.
create table checkpoint (
  connection_id text not null references connection (id) on delete cascade,
  namespace text not null default '',
  stream text not null default '',
  type text not null check (type in ('stream', 'global', 'legacy')),
  body text not null,
  job_id int,
  attempt int,
  updated int not null,
  primary key (connection_id, namespace, stream)
) strict, without rowid;

create table job (
  id integer primary key autoincrement,
  connection_id text not null references connection (id) on delete cascade,
  status text not null
    check (status in ('pending', 'running', 'incomplete', 'succeeded', 'failed', 'cancelled')),
  trigger text not null check (trigger in ('manual', 'scheduled')),
  config_hash text not null,
  catalog text not null check (json_valid(catalog)),
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
  ended int
) strict;

create unique index one_active_job on job (connection_id)
  where status in ('pending', 'running', 'incomplete');
create index job_of_connection on job (connection_id, id);
create index job_waiting on job (next_try) where status in ('pending', 'incomplete');

create table attempt (
  job_id int not null references job (id) on update cascade on delete cascade,
  number int not null,
  status text not null check (status in ('running', 'succeeded', 'failed')),
  mode text check (mode in ('socket', 'stdio')),
  log_path text,
  failures text check (failures is null or json_valid(failures)),
  created int not null,
  ended int,
  primary key (job_id, number)
) strict, without rowid;

create unique index one_running_attempt on attempt (job_id) where status = 'running';

-- Every change of a job or attempt, with its cause.
create table job_change (
  id integer primary key,
  job_id int not null references job (id) on update cascade on delete cascade,
  attempt int,
  status text not null,
  cause text not null,
  at int not null
) strict;
create index job_change_of_job on job_change (job_id);

-- Generation and state epoch of each stream. stream '' holds the epoch of a GLOBAL state.
-- edit: 'new' = its state was set or cleared by hand and no destination knows yet; 'given' = an
-- attempt has its epoch, and nothing was confirmed under it so far; 'none' = neither.
create table stream_generation (
  connection_id text not null references connection (id) on delete cascade,
  namespace text not null default '',
  stream text not null default '',
  generation int not null default 0 check (generation >= 0),
  minimum_generation int not null default 0
    check (minimum_generation = 0 or minimum_generation = generation),
  state_epoch int not null default 0 check (state_epoch >= 0),
  edit text not null default 'none' check (edit in ('none', 'new', 'given')),
  start_job int references job (id) on update cascade on delete set null,
  start_generation int not null default 0,
  primary key (connection_id, namespace, stream)
) strict, without rowid;

create table attempt_stats (
  job_id int not null,
  attempt int not null,
  namespace text not null default '',
  stream text not null,
  records_emitted int not null,
  bytes_emitted int not null,
  records_committed int not null,
  bytes_committed int not null,
  records_filtered int not null,
  records_rejected int not null,
  records_estimated int,
  bytes_estimated int,
  primary key (job_id, attempt, namespace, stream),
  foreign key (job_id, attempt) references attempt (job_id, number)
    on update cascade on delete cascade
) strict, without rowid;

create table stream_status (
  job_id int not null,
  attempt int not null,
  namespace text not null default '',
  stream text not null,
  run_state text not null
    check (run_state in ('pending', 'running', 'rate_limited', 'complete', 'incomplete')),
  at int not null,
  primary key (job_id, attempt, namespace, stream),
  foreign key (job_id, attempt) references attempt (job_id, number)
    on update cascade on delete cascade
) strict, without rowid;

-- One side of an attempt made concrete; what was started, for the sweep after a crash.
create table workload (
  id text primary key,
  job_id int not null,
  attempt int not null,
  side text not null check (side in ('source', 'destination')),
  status text not null check (status in ('pending', 'running', 'ended')),
  run_directory text not null,
  pid int,
  process_group int,
  pid_started int,
  boot_id text,
  exit_text text,
  created int not null,
  ended int,
  foreign key (job_id, attempt) references attempt (job_id, number)
    on update cascade on delete cascade
) strict, without rowid;
create index workload_open on workload (status) where status <> 'ended';
