"""What a log signs and proves, asked for over gRPC."""

import base64
import pathlib

from harness.client import BatchRecordEventsRequest, Event, RecordEventRequest
from harness.environment import PATIENCE, program
from harness.migrate import run

# Generated; found once the client is imported.
from daybook.audit.v1 import audit_service_pb2 as audit
from daybook.ledger.v1 import ledger_service_pb2 as ledger
from daybook.ledger.v1 import ledger_service_pb2_grpc

DONE, REFUSED, USAGE, NOT_FOUND, UNAVAILABLE, NOT_VERIFIED = range(6)


def daybook(*arguments, **options):
    return run([program("daybook"), *map(str, arguments)], **options)


def verifier_file(data_dir):
    """Where the service leaves its verifier key, unless told otherwise."""
    return pathlib.Path(f"{data_dir}.signer") / "verifier.key"


def size_in(note):
    """The size in the text of a checkpoint."""
    return int(note.splitlines()[1])


def parse_proof(proof):
    """The index, the hashes and the checkpoint of a C2SP tlog-proof."""
    head, _, rest = proof.decode().partition("index ")
    assert head == "c2sp.org/tlog-proof@v1\n", head
    lines, _, checkpoint = rest.partition("\n\n")
    index, *hashes = lines.split("\n")
    return int(index), [base64.b64decode(line) for line in hashes], checkpoint


class Ledger:
    """Calls the ledger service over the channel of a client."""

    def __init__(self, client):
        self._client = client
        self._stub = ledger_service_pb2_grpc.LedgerServiceStub(client.channel)

    def checkpoint(self, **fields):
        request = ledger.GetCheckpointRequest(**fields)
        return self._stub.GetCheckpoint(request, timeout=PATIENCE).checkpoint.decode()

    def inclusion(self, seq, **fields):
        request = ledger.GetInclusionProofRequest(seq=seq, **fields)
        return self._stub.GetInclusionProof(request, timeout=PATIENCE)

    def consistency(self, old_size, new_size=0):
        request = ledger.GetConsistencyProofRequest(old_size=old_size, new_size=new_size)
        return self._stub.GetConsistencyProof(request, timeout=PATIENCE)

    def add_cosignatures(self, note):
        request = ledger.AddCosignaturesRequest(checkpoint=note.encode())
        return self._stub.AddCosignatures(request, timeout=PATIENCE)

    def record(self, event=None, **fields):
        """Records one event and waits until it is signed for; its receipt."""
        request = RecordEventRequest(event=event or Event(**fields),
                                     wait_for=audit.WAIT_FOR_CHECKPOINT)
        return self._client.call("RecordEvent", request).receipt

    def record_all(self, events):
        """The same for a batch; its receipts."""
        batch = BatchRecordEventsRequest(
            requests=[RecordEventRequest(event=event) for event in events],
            wait_for=audit.WAIT_FOR_CHECKPOINT)
        return self._client.call("BatchRecordEvents", batch).receipts
