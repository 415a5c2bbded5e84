-- What containers may use, said of one source, one destination or one connection; it goes before what
-- its definition says. Of the first two as Airbyte's resourceAllocation has it:
-- {"default":{"memory_limit":"2Gi"},"jobSpecific":[{"jobType":"sync","resourceRequirements":{…}}]};
-- of a connection {"source":{…},"destination":{…}}.
alter table source add column resources text not null default '{}' check (json_valid(resources));
alter table destination add column resources text not null default '{}'
  check (json_valid(resources));
alter table connection add column resources text not null default '{}'
  check (json_valid(resources));
