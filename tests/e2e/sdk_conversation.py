"""Airbyte's Python SDK, unmodified, through the life of a connection, as an application of somebody's does it. Run
by a Python that has one of its versions; says as JSON what came of it.
   sdk_conversation.py SERVER_URL TOKEN_URL PLACE <credentials.json
PLACE: the directory that a new destination is to write to, or the id of one that is there already."""

import datetime
import importlib.metadata
import json
import sys
import time

import airbyte_api
from airbyte_api import api, errors, models

server_url, token_url, place = sys.argv[1:]
keys = json.load(sys.stdin)
sdk = airbyte_api.AirbyteAPI(server_url=server_url, security=models.Security(
    client_credentials=models.SchemeClientCredentials(
        client_id=keys["client_id"], client_secret=keys["client_secret"], token_url=token_url)))
Streams = getattr(models, "StreamConfigurationsInput", None) or models.StreamConfigurations


def status_of(refused):
    try:
        refused()
    except errors.SDKError as error:
        return error.status_code
    return None


def destination():
    if not place.startswith("/"):
        return place
    made = sdk.destinations.create_destination(request=models.DestinationCreateRequest(
        name="files", workspace_id=workspace, configuration={
            "destinationType": "local-json", "destination_path": place})).destination_response
    listed = sdk.destinations.list_destinations(request=api.ListDestinationsRequest()).destinations_response.data
    assert [each.destination_id for each in listed] == [made.destination_id]
    assert made.destination_type == "local-json"
    return made.destination_id


def ended(job):
    while True:
        read = sdk.jobs.get_job(request=api.GetJobRequest(job_id=job)).job_response
        if read.status.value in ("succeeded", "failed", "cancelled"):
            return read
        time.sleep(0.1)


said = {"version": importlib.metadata.version("airbyte-api")}
assert sdk.health.get_health_check().status_code == 200
workspace, = [each.workspace_id for each in sdk.workspaces.list_workspaces(
    request=api.ListWorkspacesRequest()).workspaces_response.data]
assert sdk.workspaces.get_workspace(request=api.GetWorkspaceRequest(
    workspace_id=workspace)).workspace_response.name == "Default Workspace"

source = sdk.sources.create_source(request=models.SourceCreateRequest(
    name="people", workspace_id=workspace, definition_id="dfd88b22-b603-4c3d-aad7-3701784586b1",
    configuration=models.SourceFaker(count=20))).source_response.source_id
read = sdk.sources.get_source(request=api.GetSourceRequest(source_id=source)).source_response
assert (read.name, read.source_type, read.workspace_id) == ("people", "faker", workspace)
to = destination()
streams = sdk.streams.get_stream_properties(request=api.GetStreamPropertiesRequest(
    source_id=source, destination_id=to)).stream_properties_response
assert "users" in [each.stream_name for each in streams]

connection = sdk.connections.create_connection(request=models.ConnectionCreateRequest(
    source_id=source, destination_id=to, name="people to files",
    schedule=models.AirbyteAPIConnectionSchedule(schedule_type=models.ScheduleTypeEnum.CRON,
                                                 cron_expression="0 0 3 * * ?"),
    configurations=Streams(streams=[models.StreamConfiguration(
        name="users", sync_mode=models.ConnectionSyncModeEnum.INCREMENTAL_APPEND)]))).connection_response
assert connection.configurations.streams[0].cursor_field == ["updated_at"]
id = connection.connection_id
assert [each.connection_id for each in sdk.connections.list_connections(request=api.ListConnectionsRequest(
    workspace_ids=[workspace, workspace])).connections_response.data] == [id]
patched = sdk.connections.patch_connection(request=api.PatchConnectionRequest(
    connection_id=id, connection_patch_request=models.ConnectionPatchRequest(name="renamed"))).connection_response
assert (patched.name, patched.schedule.cron_expression) == ("renamed", "0 0 3 * * ? UTC")

asked = models.JobCreateRequest(connection_id=id, job_type=models.JobTypeEnum.SYNC)
job = sdk.jobs.create_job(request=asked).job_response
assert job.connection_id == id
done = ended(job.job_id)
said.update(status=done.status.value, rows=done.rows_synced, duration=done.duration)
long_ago = datetime.datetime.now() - datetime.timedelta(days=1, microseconds=3)
listed = sdk.jobs.list_jobs(request=api.ListJobsRequest(
    connection_id=id, created_at_start=long_ago, order_by="createdAt|DESC",
    workspace_ids=[workspace])).jobs_response.data
assert [each.job_id for each in listed] == [job.job_id]
said["cancel_of_the_ended"] = status_of(lambda: sdk.jobs.cancel_job(request=api.CancelJobRequest(job_id=job.job_id)))

big = sdk.sources.put_source(request=api.PutSourceRequest(source_id=source, source_put_request=models.SourcePutRequest(
    name="many people", configuration=models.SourceFaker(count=5_000_000)))).source_response
assert big.name == "many people"
job = sdk.jobs.create_job(request=asked).job_response
said["asked_again"] = status_of(lambda: sdk.jobs.create_job(request=asked))
cancelled = sdk.jobs.cancel_job(request=api.CancelJobRequest(job_id=job.job_id)).job_response
said["cancelled"] = cancelled.status.value

assert sdk.connections.delete_connection(request=api.DeleteConnectionRequest(connection_id=id)).status_code == 204
assert sdk.sources.delete_source(request=api.DeleteSourceRequest(source_id=source)).status_code == 204
assert sdk.destinations.delete_destination(request=api.DeleteDestinationRequest(destination_id=to)).status_code == 204
said["gone"] = status_of(lambda: sdk.sources.get_source(request=api.GetSourceRequest(source_id=source)))
print(json.dumps(said))
