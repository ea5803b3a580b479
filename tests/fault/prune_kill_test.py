"""A daybookd that is killed while it drops events has dropped nothing, or completes
it at the next start: never some of it, nothing undeclared, and what is kept verifies.

A shim ends the process before a call that changes a file. DAYBOOK_SEED repeats a
run's choices, DAYBOOK_KILLS says how many kills there are.
"""

import json
import os
import random
import shutil
import unittest

import grpc

from harness.case import StoreCase
from harness.client import Client
from harness.daemon import Daemon
from harness.environment import build_folder
from harness.ledger import DONE, Ledger, daybook, size_in, verifier_file
from harness.migrate import make_store
from harness.pruned import SEGMENT, SPAN, copy_of, fill, prune, wait_for_spans

SHIM = build_folder() / "tests/fault/libkill_shim.so"
KILLS = int(os.environ.get("DAYBOOK_KILLS") or 20)


class PruneAndKill(StoreCase):

    def setUp(self):
        super().setUp()
        seed = int(os.environ.get("DAYBOOK_SEED") or random.SystemRandom().randrange(2**32))
        print(f"{self.id()}: DAYBOOK_SEED={seed} DAYBOOK_KILLS={KILLS}", flush=True)
        self.chance = random.Random(seed)
        make_store(self.folder, "--segment-events", SEGMENT)
        with Daemon(self.folder) as daemon, Client(daemon.address) as client:
            self.log = fill(client, SPAN + 2 * SEGMENT)
            self.newest = wait_for_spans(client, 1)
            self.assertEqual(daemon.stop(), 0)

    def prune_and_kill(self, store, step):
        """Whether the call was answered."""
        daemon = Daemon(store, wrapper=("env", f"LD_PRELOAD={SHIM}", f"KILL_AT={step}"))
        daemon.launch()
        self.addCleanup(daemon.__exit__)
        try:
            daemon.wait_for_line("serving")
            with Client(daemon.address) as client:
                prune(client, self.newest)
        except (grpc.RpcError, AssertionError):  # it was killed, perhaps before it served
            daemon.wait()
            return False
        if daemon.is_running():
            daemon.kill()
        return True

    def begin_of(self, client):
        """Where the log begins; all of it is there from then on."""
        events = client.all(order_by="seq", page_size=1000)
        begin = events[0].seq
        self.assertEqual([event.seq for event in events], [*range(begin, begin + len(events))])
        for event in events:
            if event.seq < len(self.log.leaves) and (leaf := self.log.leaves[event.seq]):
                self.assertEqual(event.leaf_hash, leaf, event.seq)
        return begin

    def declared(self, client):
        return [json.loads(event.public_details)
                for event in client.all(filter="action = ledger.pruned")]

    def assert_dropped_or_whole(self, store, answered):
        """Whether it is dropped."""
        with Daemon(store) as daemon, Client(daemon.address) as client:
            begin = self.begin_of(client)
            self.assertIn(begin, (0, SPAN))
            declared = self.declared(client)
            self.assertLessEqual(len(declared), 1)
            if answered:
                self.assertEqual(begin, SPAN)
            if begin:
                self.assertEqual([(each["first"], each["last"]) for each in declared],
                                 [(0, SPAN - 1)])
                self.assertEqual(min((store / "segments").glob("[0-9]*.db")).name,
                                 f"{SPAN // SEGMENT:06}.db")
            Ledger(client).consistency(size_in(self.log.notes[0]))
            again = prune(client, self.newest)
            self.assertEqual(again.first_kept_seq, SPAN)
            self.assertEqual(self.begin_of(client), SPAN)
            self.assertEqual(len(self.declared(client)), 1)
            self.assertEqual(daemon.stop(), 0)
        self.assert_verifies(store)
        return begin != 0

    def assert_verifies(self, store):
        verified = daybook("verify", store, "--key", verifier_file(store))
        self.assertEqual(verified.code, DONE, verified.out + verified.err)

    def test_at_random_steps(self):
        most, answered, dropped = 400, 0, 0
        for kill in range(KILLS):
            # About half way it is decided; an answered call tells how many steps there are.
            half = most // 2
            step = self.chance.randrange(*((half, most) if kill % 2 else (1, half)))
            with self.subTest(step=step):
                store = self.folder.with_name(f"store{kill}")
                copy_of(self.folder, store)
                ended_well = self.prune_and_kill(store, step)
                if ended_well:
                    most = min(most, step + 1)
                answered += ended_well
                dropped += self.assert_dropped_or_whole(store, ended_well)
                shutil.rmtree(store)
        print(f"{self.id()}: {dropped} of {KILLS} had dropped it, {answered} answered, "
              f"up to {most} steps", flush=True)
        self.assertLess(dropped, KILLS)
        self.assertLess(answered, dropped)


if __name__ == "__main__":
    unittest.main()
