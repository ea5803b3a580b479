"""The standard health service, asked and watched."""

import harness.stubs  # noqa: F401  makes the next import possible

from grpc_standard import health_pb2, health_pb2_grpc

from harness.environment import PATIENCE

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


def health_of(client, service=""):
    stub = health_pb2_grpc.HealthStub(client.channel)
    request = health_pb2.HealthCheckRequest(service=service)
    return stub.Check(request, timeout=PATIENCE, wait_for_ready=True).status


def wait_for_health(client, status, service=""):
    """Watches until the status is so; fails with DEADLINE_EXCEEDED else."""
    stub = health_pb2_grpc.HealthStub(client.channel)
    request = health_pb2.HealthCheckRequest(service=service)
    watch = stub.Watch(request, timeout=PATIENCE, wait_for_ready=True)
    for answer in watch:
        if answer.status == status:
            watch.cancel()
            return
