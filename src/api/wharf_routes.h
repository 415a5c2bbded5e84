#pragma once
// `/api/wharf/v1`: what Airbyte's API has no word for. Objects: wharf_views.h. `{connection}` is an
// id or a name.
//
//   GET  /status                        version pid startedAt uptimeSeconds dataDirectory socket
//                                       syncsAtOnce hold?{reason since}
//                                       jobs{running waiting} connections{all active givenUp}
//                                       running[Job + streams[Stream]]
//   GET  /connections                   {connections: [Connection]}
//   GET  /connections/{connection}      Connection
//   POST /connections/{connection}/resume    made active again; Connection
//   GET  /connections/{connection}/state     the confirmed states, as connectors take them
//   PUT  /connections/{connection}/state     sets those named in the body; 409 while a sync runs
//   DELETE /connections/{connection}/state   ?stream=NAME…, else all; 409 while a sync runs
//   GET  /sources  /destinations        {sources: [{id name connector connections}]}
//   POST /sources/{endpoint}/check      asks the connector, by the source's id or name;
//   POST /destinations/{endpoint}/check {status: succeeded or failed, message?}
//   POST /sources/{endpoint}/discover   ?fresh=true: whatever is remembered; the catalog, as the
//                                       protocol has it
//   GET  /jobs                          ?connection=&status=&limit=20 (1…1000), newest first;
//                                       {jobs: [Job]}
//   GET  /jobs/{jobId}                  Job + waitsFor? history[{at status attempt? cause}]
//                                       tries[{attempt status mode? createdAt endedAt? failures?
//                                       streams[Stream]}]
//   GET  /jobs/{jobId}/log              of ?attempt= (the newest), from ?offset= on, or the last
//                                       ?tail= entries; only ?source= and at least ?level=;
//                                       ?format=text, or json: a line per entry {timestamp level
//                                       logSource message}, the last {cursor attempt? ended};
//                                       ?follow=true: as it grows, until the attempt has ended,
//                                       for a minute at most
//   GET  /events                        ?limit=50;
//                                       {events: [{kind connectionId? jobId? detail at}]}
//   GET  /backup                        the store, as SQLite keeps it: a file to be restored
//   GET  /doctor                        {findings: [{subject verdict said advice?}]}
//   POST /diff  /apply                  {files[{path text}] directories?[path] secrets?{name:
//   value}
//                                       prune? adopt? plan?}: what the files declare, held to what
//                                       there is; apply makes it so, all or nothing. Programs and
//                                       references to the host only through the Unix socket.
//                                       {applied changes[{kind name id action fields[{field from?
//                                       to? secret?}] withState?}] unchanged left[{kind name
//                                       declaredIn}] notes[text] basis{kind/id: fingerprint}};
//                                       422 a line per problem; 409 `plan` (an earlier answer) no
//                                       longer holds, or a sync runs
//   GET  /export                        ?state=true; {declaration secrets[name] notes[text]}

#include "api/instance.h"
#include "api/router.h"
#include "api/services.h"

namespace wharf::api {

void add_status_routes(Router& router, const Instance& instance);
void add_wharf_job_routes(Router& router, const Instance& instance);
void add_log_routes(Router& router, const Instance& instance);
void add_state_routes(Router& router, const Instance& instance);
void add_declaration_routes(Router& router, const Instance& instance);  ///< diff, apply, export
void add_upkeep_routes(Router& router, const Instance& instance);       ///< events, backup, doctor

/// Questions to connectors.
void add_question_routes(Router& router, const Services& services);

/// All of them but for those.
void add_wharf_routes(Router& router, const Instance& instance);

}  // namespace wharf::api
