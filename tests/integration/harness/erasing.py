"""Erases from a running service, and looks for what is left."""

from harness.client import Client
from harness.environment import PATIENCE
from harness.metrics import metrics_of
from harness.waiting import wait_until

from daybook.admin.v1 import admin_service_pb2, admin_service_pb2_grpc
from daybook.ledger.v1 import ledger_service_pb2

EraseEventsRequest = admin_service_pb2.EraseEventsRequest
SUBJECT, CLIENT, OBJECT, DETAILS = (
    ledger_service_pb2.FIELD_GROUP_SUBJECT, ledger_service_pb2.FIELD_GROUP_CLIENT,
    ledger_service_pb2.FIELD_GROUP_OBJECT, ledger_service_pb2.FIELD_GROUP_DETAILS)


def erase(client: Client, filter, groups=(SUBJECT,), validate_only=False, timeout=PATIENCE):
    """What EraseEvents answers."""
    stub = admin_service_pb2_grpc.AdminServiceStub(client.channel)
    return stub.EraseEvents(
        EraseEventsRequest(filter=filter, groups=groups, by="tester", ticket="T-1",
                           reason="a test", validate_only=validate_only),
        timeout=timeout, wait_for_ready=True)


def is_settled(daemon, client):
    """Whether nothing that was declared before the daemon started is left to do."""
    # Answered behind what a start has to complete.
    erase(client, "action = nothing", validate_only=True)
    return metrics_of(daemon)["daybook_journal_erasures_unfinished", frozenset()] == 0


def wait_until_settled(daemon, client):
    """Waits until it is so; an erasure that failed is tried again after a second."""
    wait_until(lambda: is_settled(daemon, client),
               lambda: f"not settled; stderr: {''.join(daemon.stderr_lines())}")


def files_holding(folder, text):
    """The files below `folder` in which the text stands."""
    wanted = text.encode()
    return sorted(path.name for path in folder.rglob("*")
                  if path.is_file() and wanted in path.read_bytes())
