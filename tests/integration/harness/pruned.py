"""Makes long logs, and drops their oldest spans."""

import dataclasses
import functools
import os
import pathlib
import shutil
import tempfile
import unittest

from harness.case import StoreCase
from harness.client import Client, Event
from harness.daemon import Daemon
from harness.environment import PATIENCE
from harness.ledger import Ledger, size_in
from harness.migrate import make_store
from harness.waiting import wait_until

# Generated; found once the client is imported.
from daybook.admin.v1 import admin_service_pb2, admin_service_pb2_grpc
from google.protobuf import timestamp_pb2

# A span is at least 2^16 events, also where segments are smaller.
SEGMENT, SPAN = 4_096, 65_536
BATCH = 1_000
PRODUCER = "shop"


def usual_event(number):
    return Event(action="login" if number % 3 else "deposit", user_id=number % 50,
                 telegram_id=f"tg-{number % 7}", resource_id=f"r-{number}")


@dataclasses.dataclass
class LongLog:
    """What was told while a log was made."""

    leaves: list = dataclasses.field(default_factory=list)  # the hash of each; None: not yet
    notes: list = dataclasses.field(default_factory=list)  # a checkpoint of each tenth batch
    proofs: dict = dataclasses.field(default_factory=dict)  # of some of the receipts, by seq

    def take(self, receipts):
        for receipt in receipts:
            self.leaves.extend([None] * (receipt.seq + 1 - len(self.leaves)))
            self.leaves[receipt.seq] = receipt.leaf_hash
            if receipt.proof:
                self.proofs[receipt.seq] = receipt.proof

    def learn_the_others(self, client):
        """Asks for the leaves of what others recorded."""
        self.leaves.extend([None] * (client.size() - len(self.leaves)))
        for seq, known in enumerate(self.leaves):
            if known is None:
                self.leaves[seq] = client.get(seq).leaf_hash


def fill(client, size, event_of=usual_event, log=None):
    """Records until the log has so many events, with request_ids by number; the LongLog."""
    log = log or LongLog()
    ledger = Ledger(client)
    batches = 0
    while (first := len(log.leaves)) < size:
        numbers = range(first, min(first + BATCH, size))
        log.take(client.batch([(f"fill-{number}", event_of(number)) for number in numbers]))
        batches += 1
        if batches % 10 == 0 and len(log.leaves) < size:
            log.take([ledger.record(event_of(len(log.leaves)))])
            log.notes.append(ledger.checkpoint())
    return log


def wait_for_spans(client, count):
    """Waits until so many spans are summed up, and that is signed; the newest checkpoint."""
    wait_until(lambda: len(client.all(filter="action = segment.sealed")) >= count,
               f"{count} spans were not summed up")
    ledger = Ledger(client)
    ledger.record(action="login")  # is signed for with all before it
    return ledger.checkpoint()


def copy_of(store, copy):
    """Copies a store that nobody serves, and the signer's folder; sealed segments, which are
    never written to, are the same files."""
    newest = max((store / "segments").glob("[0-9]*.db"))

    def take(source, target):
        path = pathlib.Path(source)
        is_sealed = path.suffix == ".db" and path.name[0].isdigit() and path != newest
        return os.link(source, target) if is_sealed else shutil.copy2(source, target)

    shutil.copytree(store, copy, copy_function=take)
    shutil.copytree(f"{store}.signer", f"{copy}.signer")


def prune(client, checkpoint, before=None, validate_only=False, timeout=PATIENCE):
    """What PruneEvents answers; `before` is a Timestamp, and now by default."""
    if before is None:
        before = timestamp_pb2.Timestamp()
        before.GetCurrentTime()
    stub = admin_service_pb2_grpc.AdminServiceStub(client.channel)
    return stub.PruneEvents(
        admin_service_pb2.PruneEventsRequest(
            before=before, checkpoint=checkpoint.encode(), by="tester", ticket="T-1",
            reason="a test", validate_only=validate_only),
        timeout=timeout, wait_for_ready=True)


@dataclasses.dataclass
class LongStore:
    """A store that nobody serves, and what was told while it was filled."""

    folder: pathlib.Path
    log: LongLog
    newest: str  # the checkpoint of all of it

    def copy_to(self, folder):
        shutil.copytree(self.folder, folder)
        shutil.copytree(f"{self.folder}.signer", f"{folder}.signer")


@functools.cache
def long_store(spans, rest):
    """A store of so many spans and events behind them; made once for all tests."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="daybook-test-"))
    unittest.addModuleCleanup(shutil.rmtree, folder)
    store = folder / "store"
    make_store(store, "--segment-events", SEGMENT)
    with Daemon(store) as daemon, Client(daemon.address, PRODUCER) as client:
        log = LongLog()
        for span in range(1, spans + 1):
            fill(client, span * SPAN + rest, log=log)
            newest = wait_for_spans(client, span)  # so that it lies in the next one
        log.learn_the_others(client)
        assert daemon.stop() == 0
    return LongStore(store, log, newest)


class PrunableCase(StoreCase):
    """Each test has a long log of its own, of which nothing is dropped yet.

    `log` is what was told of it, `newest` its checkpoint.
    """

    SPANS, REST = 2, 9_000

    def setUp(self):
        super().setUp()
        made = long_store(self.SPANS, self.REST)
        made.copy_to(self.folder)
        self.log, self.newest = made.log, made.newest
        self.serve()

    def serve(self, *arguments):
        """Starts the service over it, anew."""
        self.daemon = self.start(*arguments)
        self.client = self.client_of(self.daemon, PRODUCER)
        self.ledger = Ledger(self.client)


def first_covering(log, newest, spans):
    """The first checkpoint that covers so many spans: with it no more of them go."""
    return next(note for note in [*log.notes, newest] if size_in(note) >= spans * SPAN)


class PrunedCase(StoreCase):
    """The tests of a class share one log, of which the oldest spans are dropped.

    `log` is what was told of it, `newest` the checkpoint before anything was dropped,
    `begin` its first event now, `declared` where it says so.
    """

    SPANS, REST = 2, 9_000
    DROPPED = 2  # spans

    @classmethod
    def setUpClass(cls):
        made = long_store(cls.SPANS, cls.REST)
        cls.shared_folder = pathlib.Path(
            cls.enterClassContext(tempfile.TemporaryDirectory(prefix="daybook-test-"))) / "store"
        made.copy_to(cls.shared_folder)
        cls.log, cls.newest = made.log, made.newest
        cls.daemon = cls.enterClassContext(Daemon(cls.shared_folder))
        cls.client = cls.enterClassContext(Client(cls.daemon.address, PRODUCER))
        cls.ledger = Ledger(cls.client)
        cls.before_pruning()
        dropped = prune(cls.client, first_covering(cls.log, cls.newest, cls.DROPPED))
        cls.begin, cls.declared = dropped.first_kept_seq, dropped.declaration_seq
        assert cls.begin == cls.DROPPED * SPAN, dropped

    @classmethod
    def before_pruning(cls):
        """For what a test wants to have of the whole log."""
