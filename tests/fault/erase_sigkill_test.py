"""A daybookd that is killed while it erases completes what it declared, or has
begun nothing: never half, and nothing undeclared.

DAYBOOK_SEED repeats a run's choices, DAYBOOK_KILLS says how many kills there are.
"""

import json
import os
import random
import threading
import unittest

import grpc

from harness.case import StoreCase
from harness.client import Event
from harness.environment import PATIENCE
from harness.erasing import erase, files_holding, wait_until_settled
from harness.migrate import make_store

KILLS = int(os.environ.get("DAYBOOK_KILLS") or 100)
PERSONS = 4
EVENTS_EACH = 40


class EraseAndKill(StoreCase):

    def setUp(self):
        super().setUp()
        self.seed = int(os.environ.get("DAYBOOK_SEED") or random.SystemRandom().randrange(2**32))
        print(f"{self.id()}: DAYBOOK_SEED={self.seed} DAYBOOK_KILLS={KILLS}", flush=True)
        self.chance = random.Random(self.seed)
        self.leaves = {}   # seq to leaf hash, of all events ever recorded
        self.persons = []  # name to seqs, of those that still stand in the log
        self.made = 0

    def record_persons(self, client):
        """Some more events, of new people in turns."""
        names = [f"the-person-{self.made + i}" for i in range(PERSONS)]
        self.made += PERSONS
        seqs = {name: [] for name in names}
        requests = [("", Event(action="login", telegram_id=name, details='{"n":1}'))
                    for _ in range(EVENTS_EACH) for name in names]
        for (_, event), receipt in zip(requests, client.batch(requests)):
            seqs[event.telegram_id].append(receipt.seq)
            self.leaves[receipt.seq] = receipt.leaf_hash
        self.persons = list(seqs.items())
        self.chance.shuffle(self.persons)

    def erase_and_kill(self, daemon, client, person, patience):
        """Kills the daemon once the call has ended, or `patience` is over; whether the
        call had ended well."""
        outcome = []

        def call():
            try:
                outcome.append(erase(client, f'telegram_id = "{person}"'))
            except grpc.RpcError:
                pass

        erasing = threading.Thread(target=call)
        erasing.start()
        erasing.join(timeout=patience)
        daemon.kill()
        erasing.join(timeout=PATIENCE)
        self.assertFalse(erasing.is_alive())
        return bool(outcome)

    def declared_ranges(self, client):
        ranges = []
        for event in client.all(filter="action = audit.erased", order_by="seq", page_size=1000):
            self.assertEqual((event.source, event.producer), (1, "daybook"))
            ranges.append(json.loads(event.details)["ranges"])
        return ranges

    def assert_all_or_nothing(self, client, person, seqs, declared_before, ended_well):
        """Whether the person is erased."""
        found = [event.seq for event in client.all(filter=f'telegram_id = "{person}"',
                                                   order_by="seq", page_size=1000)]
        ranges = self.declared_ranges(client)
        is_declared = len(ranges) > declared_before
        self.assertEqual(found, [] if is_declared else seqs)
        if is_declared:
            self.assertEqual([seq for first, last in ranges[-1]
                              for seq in range(first, last + 1)], seqs)
            self.assertEqual(files_holding(self.folder, person), [])
        elif ended_well:
            self.fail("an erasure that was answered is not declared")
        return is_declared

    def assert_leaves(self, client):
        for event in client.all(page_size=1000):
            if event.seq in self.leaves:
                self.assertEqual(event.leaf_hash, self.leaves[event.seq], event.seq)

    def test_at_random_moments(self):
        make_store(self.folder, "--segment-events", 64)
        daemon = self.start()
        client = self.client_of(daemon)
        declared, answered = 0, 0
        for kill in range(KILLS):
            if not self.persons:
                self.record_persons(client)
            person, seqs = self.persons[-1]
            # Each fifth once it is answered; the declaration takes some milliseconds.
            patience = PATIENCE if kill % 5 == 4 else self.chance.uniform(
                0, self.chance.choice([0.006, 0.05, 0.3]))
            ended_well = self.erase_and_kill(daemon, client, person, patience)
            client.close()
            daemon = self.start()
            client = self.client_of(daemon)
            wait_until_settled(daemon, client)
            with self.subTest(kill=kill, person=person):
                if self.assert_all_or_nothing(client, person, seqs, declared, ended_well):
                    self.persons.pop()
                    declared += 1
                    answered += ended_well
        self.assert_leaves(client)
        print(f"{self.id()}: {declared} of {KILLS} were declared, {answered} answered", flush=True)
        # Kills came between the declaration and the end, and after that. That they
        # come before too is for kill_erasing_at_each_step_test.py, without chance.
        self.assertGreaterEqual(answered, KILLS // 5)
        self.assertLess(answered, declared)


if __name__ == "__main__":
    unittest.main()
