"""A witness, asked over gRPC, and what it says."""

import base64
import pathlib

from harness import merkle
from harness.environment import PATIENCE

# Generated; found once the client is imported.
from daybook.witness.v1 import witness_service_pb2 as witness
from daybook.witness.v1 import witness_service_pb2_grpc


def cosigned_at(line):
    """When a witness says that it made the signature in a line, in seconds since 1970."""
    return int.from_bytes(base64.b64decode(line.split(" ")[2])[4:12], "big")


class Witness:
    """Calls the witness over the channel of a client; its key is that in `folder`."""

    def __init__(self, client, folder):
        self._stub = witness_service_pb2_grpc.WitnessServiceStub(client.channel)
        self.key = merkle.SigningKey(pathlib.Path(folder) / "witness.key")

    def add(self, note, old_size=0, proof=()):
        """Has a checkpoint cosigned; the lines."""
        request = witness.AddCheckpointRequest(
            old_size=old_size, proof=proof, checkpoint=note.encode())
        return self._stub.AddCheckpoint(request, timeout=PATIENCE).cosignatures.decode()
