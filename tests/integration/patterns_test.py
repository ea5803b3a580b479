"""`daybook patterns` beside a real service: who failed too often, and from where."""

import csv
import io
import os
import unittest
from unicodedata import east_asian_width

from harness.case import ServiceCase
from harness.client import Event
from harness.environment import program
from harness.ledger import DONE, REFUSED, UNAVAILABLE, USAGE, daybook
from harness.terminal import on_terminal

FAILURE, DENIED = 2, 3
HOME, CAFE = "203.0.113.1", "2001:db8::7"


def failed(count, outcome=FAILURE, tenant="main", **fields):
    return [("", Event(action="login", outcome=outcome, tenant=tenant, **fields))] * count


class PatternsCommand(ServiceCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # In this order: the newest are shown first.
        cls.seqs = {}
        for name, requests in (
                ("ann", failed(4, actor="ann", user_id=7, ip_address=HOME)
                 + failed(3, DENIED, actor="ann", user_id=7, ip_address=HOME)),
                ("tg", failed(6, telegram_id="홍길동", ip_address=CAFE)),
                ("five", failed(5, actor="five", ip_address=CAFE)),
                ("nobody", failed(9, ip_address=HOME)),
                ("nowhere", failed(8, actor="nowhere")),
                ("elsewhere", failed(7, actor="elsewhere", tenant="other", ip_address="::1"))):
            cls.seqs[name] = [receipt.seq for receipt in cls.client.batch(requests)]
        # Successes count for nobody.
        cls.client.batch(failed(50, outcome=1, actor="fine", tenant="main", ip_address=HOME))

    def patterns(self, *arguments, **options):
        ended = daybook("patterns", *arguments, "--address", self.daemon.address, **options)
        self.assertEqual((ended.code, ended.err), (DONE, ""), ended)
        return ended

    def found(self, *arguments):
        """(pattern, who, how often), in their order."""
        rows = csv.DictReader(io.StringIO(self.patterns(*arguments, "--csv").out))
        return [(row["pattern"].rsplit("_", 1)[1], row["who"], int(row["failed"])) for row in rows]

    def test_persons_and_addresses_with_too_many_failures_the_newest_first(self):
        self.assertEqual(self.found("tenant = main"), [
            ("person", "nowhere", 8), ("person", "telegram 홍길동", 6),
            ("person", "ann, user 7", 7), ("address", HOME, 16), ("address", CAFE, 11)])

    def test_more_than_is_more_than(self):
        self.assertEqual(self.found("tenant = main", "--more-than", 7),
                         [("person", "nowhere", 8), ("address", HOME, 16), ("address", CAFE, 11)])
        self.assertEqual([who for kind, who, _ in self.found("tenant = main", "--more-than", 4)
                          if kind == "person"],
                         ["nowhere", "five", "telegram 홍길동", "ann, user 7"])

    def test_filter_and_options_narrow_it_down(self):
        self.assertEqual(self.found("tenant = other"),
                         [("person", "elsewhere", 7), ("address", "::1", 7)])
        # An OR in the filter stays within it.
        self.assertEqual(self.found("tenant = other OR actor = nobody-at-all"),
                         [("person", "elsewhere", 7), ("address", "::1", 7)])
        self.assertEqual(self.found("tenant = main", "--outcome", "denied", "--more-than", 2),
                         [("person", "ann, user 7", 3), ("address", HOME, 3)])
        self.assertEqual(self.found("--user-id", 7),
                         [("person", "ann, user 7", 7), ("address", HOME, 7)])

    def test_the_table_says_how_many_persons_stand_behind_an_address(self):
        lines = self.patterns("tenant = main", "--utc").out.splitlines()

        middle = lines.index("")
        persons, addresses = lines[:middle], lines[middle + 1:]
        self.assertEqual(persons[0], "3 persons with more than 5 failures in 1h")
        self.assertEqual(persons[1].split(), ["WHO", "FAILED", "FIRST", "LAST", "EVENTS"])
        self.assertEqual(addresses[0], "2 addresses with more than 5 failures in 1h")
        self.assertEqual(addresses[1].split(),
                         ["FROM", "FAILED", "PERSONS", "FIRST", "LAST", "EVENTS"])
        self.assertEqual([line.split()[:2] for line in addresses[2:]], [[HOME, "16"], [CAFE, "11"]])
        self.assertEqual(addresses[2].split()[2], "1")

    def test_many_names_from_one_address(self):
        self.client.batch([request for name in ("a", "b", "c", "d")
                           for request in failed(2, actor=name, tenant="many", ip_address=HOME)])

        rows = list(csv.DictReader(io.StringIO(self.patterns("tenant = many", "--csv").out)))
        shown = self.patterns("tenant = many", "--utc").out.splitlines()

        self.assertEqual([(row["who"], row["failed"], row["persons_at_least"]) for row in rows],
                         [(HOME, "8", "4")])
        self.assertEqual(shown[0], "0 persons with more than 5 failures in 1h")
        self.assertEqual(shown[-1].split()[:3], [HOME, "8", "4"])

    def test_json_has_the_groups(self):
        lines = self.patterns("tenant = main", "--json").json_lines()

        self.assertEqual([(line["pattern"], line["group"]["keys"], line["group"]["count"])
                          for line in lines], [
            ("failures_of_person", ["nowhere", "", ""], "8"),
            ("failures_of_person", ["", "", "홍길동"], "6"),
            ("failures_of_person", ["ann", "7", ""], "7"),
            ("failures_from_address", [HOME], "16"), ("failures_from_address", [CAFE], "11")])
        self.assertEqual([int(seq) for seq in lines[2]["group"]["sample_seqs"]],
                         self.seqs["ann"][::-1][:5])
        self.assertEqual([line.get("persons_at_least") for line in lines], [None] * 3 + [1, 1])
        self.assertEqual(lines[2]["group"]["first_time"],
                         self.client.get(self.seqs["ann"][0]).created_at.ToJsonString())

    def test_where_nobody_failed_it_says_so_and_is_done(self):
        self.assertEqual(self.patterns("tenant = none").out,
                         "0 persons with more than 5 failures in 1h\n\n"
                         "0 addresses with more than 5 failures in 1h\n")
        self.assertEqual(self.patterns("tenant = none", "--json").out, "")
        self.assertEqual(self.patterns("tenant = none", "--csv").out,
                         "pattern,who,failed,persons_at_least,first_time,last_time,sample_seqs\n")

    def test_a_window_of_the_past_leaves_out_what_is_new(self):
        self.assertEqual(self.found("tenant = main", "--until", "1h"), [])
        self.assertIn(" in 2h\n", self.patterns("--window", "2h", "--until", "1h").out)

    def test_times_are_local_or_utc(self):
        around = {"env": os.environ | {"TZ": "Asia/Seoul"}}

        self.assertIn("+09:00", self.patterns(**around).out)
        shown = self.patterns("--utc", **around).out
        self.assertIn("+00:00", shown)
        self.assertNotIn("+09:00", shown)

    def test_it_fits_the_terminal(self):
        command = [program("daybook"), "patterns", "tenant = main", "--utc", "--address",
                   self.daemon.address]

        wide, usual, narrow = (on_terminal(command, columns=columns, NO_COLOR="1").splitlines()
                               for columns in (200, 80, 60))

        self.assertIn("FIRST", wide[1].split())
        for lines, columns in ((wide, 200), (usual, 80), (narrow, 60)):
            for line in lines:
                self.assertLessEqual(sum(2 if east_asian_width(c) in "WF" else 1 for c in line),
                                     columns, line)
            self.assertEqual(lines[1].split()[:2], ["WHO", "FAILED"])
            self.assertIn(HOME[:7], "".join(lines))

    def test_a_filter_with_a_mistake_ends_as_of_query(self):
        for arguments, column in ((("colour = red",), 1), (("action =",), 9),
                                  (("tenant = a AND colour = red",), 16),
                                  (("colour = red", "--user-id", 7), 2)):
            with self.subTest(arguments):
                ended, queried = (daybook(command, *arguments, "--address", self.daemon.address)
                                  for command in ("patterns", "query"))
                self.assertEqual((ended.code, ended.out), (REFUSED, ""), ended)
                self.assertIn(f"column {column}:", ended.err)
                self.assertEqual(ended.err, queried.err)

    def test_wrong_arguments_end_with_2(self):
        for arguments in (("--more-than", "few"), ("--window", "0s"), ("--until", "later"),
                          ("--json", "--csv"), ("--by", "actor")):
            with self.subTest(arguments):
                ended = daybook("patterns", *arguments, "--address", self.daemon.address)
                self.assertEqual((ended.code, ended.out), (USAGE, ""), ended)

    def test_without_a_service_it_ends_with_4(self):
        ended = daybook("patterns", "--timeout", 5, "--address", "127.0.0.1:1")

        self.assertEqual((ended.code, ended.out), (UNAVAILABLE, ""), ended)
        self.assertIn("is daybookd running at 127.0.0.1:1?", ended.err)


if __name__ == "__main__":
    unittest.main()
