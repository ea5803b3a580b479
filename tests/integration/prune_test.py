"""`daybook prune` drops the oldest spans, and says so."""

import json
import pathlib
import tempfile
import unittest

from harness import merkle
from harness.case import StoreCase
from harness.client import Client
from harness.daemon import Daemon
from harness.ledger import DONE, NOT_FOUND, REFUSED, USAGE, daybook, verifier_file
from harness.migrate import make_store
from harness.pruned import SEGMENT, SPAN, copy_of, fill, wait_for_spans


class PruneCase(StoreCase):
    """Each test has a daemon over a copy of one log of two spans and some events."""

    @classmethod
    def setUpClass(cls):
        shared = pathlib.Path(
            cls.enterClassContext(tempfile.TemporaryDirectory(prefix="daybook-test-")))
        cls.made = shared / "store"
        make_store(cls.made, "--segment-events", SEGMENT)
        with Daemon(cls.made) as daemon, Client(daemon.address) as client:
            fill(client, SPAN + SEGMENT)
            cls.of_one_span = shared / "one-span.checkpoint"
            cls.of_one_span.write_text(wait_for_spans(client, 1))
            fill(client, 2 * SPAN + SEGMENT)
            cls.newest = shared / "newest.checkpoint"
            cls.newest.write_text(wait_for_spans(client, 2))
            assert daemon.stop() == 0

    def setUp(self):
        super().setUp()
        copy_of(self.made, self.folder)

    def serve(self, *flags):
        self.daemon = self.start(*flags)
        self.client = self.client_of(self.daemon)

    def prune(self, *arguments, which=("--older-than-days", 0), checkpoint=None, **options):
        return daybook("prune", *which, "--checkpoint", checkpoint or self.newest, "--reason",
                       "policy", "--ticket", "OPS-9", "--by", "ops", *arguments, "--address",
                       self.daemon.address, **options)

    def first_seq(self):
        return self.client.query(order_by="seq", page_size=1).events[0].seq

    def declarations(self):
        return self.client.all(filter="action = ledger.pruned")

    def assert_nothing_dropped(self):
        self.assertEqual(self.first_seq(), 0)
        self.assertEqual(self.declarations(), [])


class Prune(PruneCase):

    def test_drops_what_is_old_enough_and_says_so(self):
        self.serve()

        ended = self.prune("--yes")

        self.assertEqual(ended.code, DONE, ended)
        (declared,) = self.declarations()
        self.assertEqual(ended.out.splitlines(), [
            f"{2 * SPAN} events are old enough; the log would begin with event {2 * SPAN}",
            f"dropped {2 * SPAN} events; declared as event {declared.seq}"])
        said = json.loads(declared.public_details)
        self.assertEqual([*said], ["first", "last", "by", "ticket", "reason", "roots"])
        self.assertEqual((said["first"], said["last"], said["by"], said["ticket"], said["reason"],
                          len(said["roots"])), (0, 2 * SPAN - 1, "ops", "OPS-9", "policy", 2))
        self.assertEqual(self.first_seq(), 2 * SPAN)
        left = min((self.folder / "segments").glob("[0-9]*.db"))
        self.assertEqual(left.name, f"{2 * SPAN // SEGMENT:06}.db")
        self.daemon.wait_for_line("events_dropped", first_kept_seq=2 * SPAN)

    def test_again_finds_nothing_to_do_also_after_a_restart(self):
        self.serve()
        self.assertEqual(self.prune("--yes").code, DONE)
        self.assertEqual(self.daemon.stop(), 0)
        self.serve()
        size = self.client.query(page_size=1).as_of_size

        ended = self.prune("--yes", "--json")

        self.assertEqual((ended.code, ended.result()), (
            DONE, {"events": 0, "first_kept_seq": 2 * SPAN, "dropped": False}))
        self.assertEqual(self.first_seq(), 2 * SPAN)
        self.assertEqual(self.client.query(page_size=1).as_of_size, size)

    def test_what_is_left_verifies(self):
        self.serve()
        self.assertEqual(self.prune("--yes").code, DONE)
        self.assertEqual(self.daemon.stop(), 0)

        ended = daybook("verify", self.folder, "--key", verifier_file(self.folder),
                        "--since", self.newest)

        self.assertEqual(ended.code, DONE, ended)

    def test_exports_first(self):
        self.serve()
        events = self.client.all(order_by="seq", page_size=1000)[:2 * SPAN]
        file = self.folder.with_name("dropped.jsonl")

        self.assertEqual(self.prune("--yes", "--export", file).code, DONE)

        with open(file, encoding="utf-8") as lines:
            exported = [json.loads(line) for line in lines]
        self.assertEqual([int(event.get("seq", 0)) for event in exported], [*range(2 * SPAN)])
        self.assertEqual([event["action"] for event in exported],
                         [event.action for event in events])

    def test_drops_nothing_where_it_cannot_export(self):
        self.serve()
        file = self.folder.with_name("dropped.jsonl")
        file.write_text("another's")

        ended = self.prune("--yes", "--export", file)

        self.assertEqual(ended.code, REFUSED, ended)
        self.assertIn("is there already", ended.err)
        self.assertEqual(file.read_text(), "another's")
        self.assert_nothing_dropped()

    def test_what_the_checkpoint_does_not_cover_stays(self):
        self.serve()

        ended = self.prune("--yes", "--json", checkpoint=self.of_one_span)

        self.assertEqual(ended.code, DONE, ended)
        self.assertEqual(ended.result()["first_kept_seq"], SPAN)
        self.assertEqual(self.first_seq(), SPAN)

    def test_what_is_young_stays(self):
        self.serve()
        for which in (("--older-than-days", 1), ("--before", "2020-01-31T00:00:00Z")):
            ended = self.prune("--yes", "--json", which=which)
            self.assertEqual((ended.code, ended.result()["events"]), (DONE, 0), ended)
        self.assert_nothing_dropped()

    def test_dry_runs_only_count(self):
        self.serve()
        ended = self.prune("--dry-run", "--json")
        self.assertEqual((ended.code, ended.result()), (
            DONE, {"events": 2 * SPAN, "first_kept_seq": 2 * SPAN, "dropped": False}))
        self.assert_nothing_dropped()

    def test_asks_where_nobody_said_yes(self):
        self.serve()
        ended = self.prune()
        self.assertEqual(ended.code, REFUSED, ended)
        self.assertIn("nothing is dropped", ended.err)
        self.assert_nothing_dropped()

    def test_what_the_service_is_locked_to_keep_stays(self):
        self.serve("--min-retention", "1")
        ended = self.prune("--yes")
        self.assertEqual(ended.code, REFUSED, ended)
        self.assertIn("RETENTION_LOCKED", ended.err)
        self.assert_nothing_dropped()

    def test_mistakes_change_nothing(self):
        self.serve()
        another = merkle.other_key(self.folder.parent, "daybook.local/another")
        foreign = self.folder.with_name("foreign.checkpoint")
        foreign.write_text(another.checkpoint([b"leaf"] * 3))
        cut = self.folder.with_name("cut.checkpoint")
        cut.write_text(self.newest.read_text()[:-20])
        for code, options in (
                (NOT_FOUND, {"checkpoint": self.folder / "none"}),
                (REFUSED, {"checkpoint": foreign}),
                (REFUSED, {"checkpoint": cut}),
                (USAGE, {"which": ("--before", "yesterday")}),
                (USAGE, {"which": ()}),
                (USAGE, {"which": ("--before", "2026-01-31T00:00:00Z", "--older-than-days", 1)})):
            with self.subTest(options=options):
                ended = self.prune("--yes", **options)
                self.assertEqual(ended.code, code, ended)
        self.assert_nothing_dropped()


if __name__ == "__main__":
    unittest.main()
