-- Who may ask, and the workspace that everything stands in.

create table workspace (
  id text primary key,
  name text not null,
  slug text not null unique,
  tombstone int not null default 0,
  created int not null
) strict, without rowid;

-- Hashes are SHA-256 in hexadecimal digits: neither secrets nor tokens are kept.
create table client (
  id text primary key,
  secret_hash text not null,
  role text not null check (role in ('reader', 'operator', 'admin', 'launcher'))
) strict, without rowid;

create table token (
  hash text primary key,
  subject text not null,
  role text not null check (role in ('reader', 'operator', 'admin', 'launcher')),
  expires int
) strict, without rowid;
create index token_expires on token (expires) where expires is not null;

create index connection_by_creation on connection (created, id);
