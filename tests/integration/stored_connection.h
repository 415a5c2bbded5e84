#pragma once
// A connection for tests that need one in the store, and nothing of what it moves.

namespace wharf::test {

/// SQL that adds the active connection `c`, from a faker to JSON lines, without streams.
inline constexpr const char* kStoredConnection = R"sql(
  insert into definition (id, kind, name, builtin) values
    ('from', 'source', 'from', 'source-faker'), ('to', 'destination', 'to', 'destination-jsonl');
  insert into source (id, definition_id, name, config, managed_by, created, updated)
    values ('s', 'from', 's', '{}', 'file', 0, 0);
  insert into destination (id, definition_id, name, config, managed_by, created, updated)
    values ('t', 'to', 't', '{}', 'file', 0, 0);
  insert into connection (id, name, source_id, destination_id, status, catalog,
    namespace_definition, namespace_format, prefix, mode, managed_by, created, updated) values
    ('c', 'c', 's', 't', 'active', '{"streams":[]}', 'source', '', '', 'auto', 'file', 0, 0))sql";

}  // namespace wharf::test
