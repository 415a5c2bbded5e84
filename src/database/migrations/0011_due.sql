-- When each connection runs next, beside it: a firing of many must not write their rows anew, which
-- have a catalog each.

create table due (
  connection_id text primary key not null references connection (id) on delete cascade,
  at int not null
) strict, without rowid;

insert into due (connection_id, at)
select id, next_run from connection where next_run is not null;

create index due_at on due (at);
drop index connection_due;
alter table connection drop column next_run;
