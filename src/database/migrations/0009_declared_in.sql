-- Which file a source, destination or connection was declared in, by its absolute path; null: in
-- none. `managed_by` says who may change it: 'file' (the daemon's own files), 'apply', or 'api'.

alter table source add column declared_in text;
alter table destination add column declared_in text;
alter table connection add column declared_in text;
