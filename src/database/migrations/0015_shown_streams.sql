-- A connection's streams as a list shows them, beside it: a page of a hundred need not read as many
-- catalogs. Written with the connection; where it is missing, it is made from the catalog.

create table shown_streams (
  connection_id text primary key not null references connection (id) on delete cascade,
  streams text not null check (json_valid(streams))
) strict;
