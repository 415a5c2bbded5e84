-- What holds a stream up, or why it is incomplete; and how long a connector may be silent.

-- rate_limited: when its source may ask again, in epoch milliseconds, if it has said so.
alter table stream_status add column quota_reset int
  check (quota_reset is null or run_state = 'rate_limited');
-- incomplete: why; null in rows of older versions.
alter table stream_status add column incomplete_cause text
  check (incomplete_cause is null
    or (run_state = 'incomplete' and incomplete_cause in ('failed', 'canceled')));

-- In seconds; null: as the settings say.
alter table definition add column max_seconds_between_messages int
  check (max_seconds_between_messages > 0);
