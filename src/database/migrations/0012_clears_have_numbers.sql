-- The number that the clear's job is going to have, while it waits for the sync that runs to end.
alter table clear_request add column job_id int;
create unique index clear_request_job on clear_request (job_id) where job_id is not null;
