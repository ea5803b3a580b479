"""The command line adds groups up that come in parts, and shows who failed too often."""

import csv
import io
import json
import unittest

import harness.stubs  # noqa: F401  makes the next imports possible
from daybook.audit.v1 import audit_service_pb2 as audit
from google.protobuf.timestamp_pb2 import Timestamp

from harness.environment import program
from harness.fake_service import FakeService
from harness.migrate import run
from harness.terminal import on_terminal

DONE, REFUSED, USAGE = range(3)
BEGIN = 1_800_000_000


def group(*keys, count, first=0, last=0, **fields):
    return audit.EventGroup(keys=keys, count=count, first_time=Timestamp(seconds=BEGIN + first),
                            last_time=Timestamp(seconds=BEGIN + last), **fields)


def bucket(start, count):
    return audit.EventBucket(start_time=Timestamp(seconds=BEGIN + start), count=count)


class Groups(unittest.TestCase):

    def serve(self, *pages):
        """Answers with these pages, one after another, again and again."""
        tokens = {"" if i == 0 else str(i): i for i in range(len(pages))}

        def answer(request, _):
            i = tokens[request.page_token]
            page = audit.AggregateEventsResponse()
            page.CopyFrom(pages[i])
            page.next_page_token = str(i + 1) if i + 1 < len(pages) else ""
            return page
        return self.enterContext(FakeService(AggregateEvents=answer))

    def daybook(self, service, *arguments):
        return run([program("daybook"), *map(str, arguments), "--address", service.address])

    def test_top_asks_what_it_is_asked(self):
        service = self.serve(audit.AggregateEventsResponse())

        ended = self.daybook(service, "top", "--by", "actor,action", "--outcome", "failure",
                             "--window", "2h", "--min-count", 3, "--sum", "details.amount",
                             "--distinct", "ip_address", "--bucket", "5m", "--until",
                             "2026-01-31T00:00:00Z")

        self.assertEqual(ended.code, DONE, ended)
        request, = service.requests["AggregateEvents"]
        self.assertEqual(request.filter, "outcome = FAILURE")
        self.assertEqual(list(request.group_by), [audit.GROUP_BY_ACTOR, audit.GROUP_BY_ACTION])
        self.assertEqual((request.window.seconds, request.bucket.seconds), (7200, 300))
        self.assertEqual(request.min_count, 3)
        self.assertEqual((list(request.sum), list(request.count_distinct)),
                         (["details.amount"], ["ip_address"]))
        self.assertEqual(request.end_time.ToJsonString(), "2026-01-31T00:00:00Z")

    def test_top_adds_up_what_comes_in_parts(self):
        service = self.serve(
            audit.AggregateEventsResponse(
                groups=[group("a", count=2, last=9, first=8, sums=[1.5], distinct=[2],
                              sample_seqs=[9, 8]),
                        group("b", count=1, sums=[1], distinct=[1])],
                scan_budget_exhausted=True, as_of_size=10),
            audit.AggregateEventsResponse(
                groups=[group("b", count=4, last=2, first=1, sums=[2], distinct=[3]),
                        group("a", count=1, first=3, last=4, sums=[1], distinct=[1],
                              sample_seqs=[3])], as_of_size=10))
        arguments = ("top", "--by", "actor", "--sum", "details.x", "--distinct", "ip_address")

        ended = self.daybook(service, *arguments, "--json")

        found = [json.loads(line) for line in ended.out.splitlines()]
        self.assertEqual([(each["keys"], each["count"], each["sums"]) for each in found],
                         [(["b"], "5", [3]), (["a"], "3", [2.5])])
        self.assertEqual(found[1]["sample_seqs"], ["9", "8", "3"])
        self.assertEqual((found[1]["first_time"], found[1]["last_time"]),
                         ("2027-01-15T08:00:03Z", "2027-01-15T08:00:09Z"))
        self.assertIn("at least", ended.err)
        self.assertIn(">= 3", self.daybook(service, *arguments).out)

    def test_top_leaves_small_groups_out_once_they_are_added_up(self):
        service = self.serve(
            audit.AggregateEventsResponse(groups=[group("a", count=2), group("b", count=2)],
                                          scan_budget_exhausted=True),
            audit.AggregateEventsResponse(groups=[group("a", count=1)]))

        out = self.daybook(service, "top", "--by", "actor", "--min-count", 3, "--csv").out

        row, = csv.DictReader(io.StringIO(out, newline=""))
        self.assertEqual((row["actor"], row["count"]), ("a", "3"))

    def test_top_is_limited_and_says_so(self):
        service = self.serve(audit.AggregateEventsResponse(
            groups=[group(f"a{i}", count=100 - i) for i in range(30)], as_of_size=7))

        self.assertIn("20 groups of 30 shown in 1h; complete as of size 7",
                      self.daybook(service, "top", "--by", "actor").out)
        ended = self.daybook(service, "top", "--by", "actor", "--limit", 2, "--json")
        self.assertEqual(len(ended.out.splitlines()), 2)
        self.assertIn("--limit 0", ended.err)

    def test_top_draws_bars(self):
        service = self.serve(audit.AggregateEventsResponse(groups=[
            group("\x1b[2J", count=9, buckets=[bucket(0, 1), bucket(1200, 8)]),
            group("b", count=1, buckets=[bucket(600, 1)])]))

        shown = on_terminal([program("daybook"), "top", "--by", "actor", "--bucket", "10m",
                             "--address", service.address], columns=120)

        self.assertIn("▁·█\n", shown)
        self.assertIn("·█·\n", shown)
        self.assertNotIn("\x1b[2J", shown)

    def test_wrong_options_end_with_2(self):
        service = self.serve(audit.AggregateEventsResponse())
        for arguments in (("--by", "details"), ("--window", "soon"), ("--bucket", "0s"),
                          ("--until", "later")):
            with self.subTest(arguments):
                self.assertEqual(self.daybook(service, "top", *arguments).code, USAGE)

    def patterns(self):
        def answer(request, _):
            if request.group_by[0] == audit.GROUP_BY_IP_ADDRESS:
                return audit.AggregateEventsResponse(groups=[
                    group("203.0.113.9", count=12, distinct=[7, 0, 1], last=5),
                    group("10.0.0.1", count=6, distinct=[1, 0, 0], last=50)])
            return audit.AggregateEventsResponse(groups=[
                group("", "", "", count=99, last=99), group("user:a", "7", "", count=8, last=1),
                group("", "", "tg-1", count=6, last=60, sample_seqs=[5, 4])])
        return self.enterContext(FakeService(AggregateEvents=answer))

    def test_patterns_asks_for_persons_and_addresses(self):
        service = self.patterns()

        self.daybook(service, "patterns", "tenant = a", "--more-than", 7, "--window", "2h")

        persons, addresses = service.requests["AggregateEvents"]
        self.assertEqual(persons.filter, "(tenant = a) AND (outcome = FAILURE OR outcome = DENIED)")
        self.assertEqual(addresses.filter, persons.filter + " AND (ip_address:*)")
        self.assertEqual((persons.min_count, persons.window.seconds), (8, 7200))
        self.assertEqual(list(addresses.count_distinct), ["actor", "user_id", "telegram_id"])

    def test_patterns_shows_the_newest_first_and_nobody_not_at_all(self):
        out = self.daybook(self.patterns(), "patterns", "--utc").out

        self.assertIn("2 persons with more than 5 failures in 1h", out)
        self.assertLess(out.index("telegram tg-1"), out.index("user:a, user 7"))
        self.assertLess(out.index("10.0.0.1"), out.index("203.0.113.9"))
        self.assertNotIn(" 99 ", out)

    def test_patterns_for_programs(self):
        service = self.patterns()

        lines = [json.loads(line)
                 for line in self.daybook(service, "patterns", "--json").out.splitlines()]
        rows = list(csv.DictReader(io.StringIO(
            self.daybook(service, "patterns", "--csv").out, newline="")))

        self.assertEqual([line["pattern"] for line in lines],
                         ["failures_of_person"] * 2 + ["failures_from_address"] * 2)
        self.assertEqual([line.get("persons_at_least") for line in lines], [None, None, 1, 7])
        self.assertEqual([(row["who"], row["failed"], row["persons_at_least"]) for row in rows],
                         [("telegram tg-1", "6", ""), ("user:a, user 7", "8", ""),
                          ("10.0.0.1", "6", "1"), ("203.0.113.9", "12", "7")])

    def test_a_service_that_cannot_do_it_yet_is_told(self):
        with FakeService() as service:
            ended = self.daybook(service, "top")

        self.assertEqual(ended.code, REFUSED, ended)


if __name__ == "__main__":
    unittest.main()
