"""`daybook top` beside a real service: groups, counts, sums, bars, and what it says of mistakes."""

import csv
import datetime
import io
import os
import re
import subprocess
import unittest
from unicodedata import east_asian_width

from harness.case import ServiceCase
from harness.client import Event
from harness.environment import PATIENCE, program
from harness.ledger import DONE, REFUSED, UNAVAILABLE, USAGE, daybook
from harness.waiting import wait_until

# Generated; found once the harness is imported.
from google.protobuf.timestamp_pb2 import Timestamp

SECOND, HOUR = 1_000_000, 3_600_000_000
# Each test asks about a tenant of its own.
FAILED, SHOP, CENTS, BARS, NAMES = "failed", "shop", "cents", "bars", "names"


def width_of(text):
    return sum(2 if east_asian_width(c) in "WF" else 1 for c in text)


def micros_of(text):
    time = Timestamp()
    time.FromJsonString(text)
    return time.ToMicroseconds()


def rfc3339(micros):
    time = datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=micros)
    return time.isoformat(timespec="microseconds") + "Z"


class TopCommand(ServiceCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for actor, action, count in (("bob", "login_failed", 3), ("ann", "login_failed", 6),
                                     ("ann", "login", 9), ("cid", "login_failed", 3),
                                     ("", "login_failed", 1)):
            cls.batch(FAILED, *(Event(action=action, actor=actor, ip_address=f"203.0.113.{i % 2}")
                                for i in range(count)))

    @classmethod
    def batch(cls, tenant, *events):
        """Their record times, in microseconds."""
        for event in events:
            event.tenant = tenant
        return [receipt.created_at.ToMicroseconds()
                for receipt in cls.client.batch([("", event) for event in events])]

    def top(self, tenant, *arguments, **options):
        ended = daybook("top", f"tenant = {tenant}", *arguments, "--address", self.daemon.address,
                        **options)
        self.assertEqual(ended.code, DONE, ended)
        return ended

    def table(self, tenant, *arguments, **options):
        """The lines of a table in words, and its last line."""
        *lines, last = self.top(tenant, *arguments, **options).out.splitlines()
        return [line.split() for line in lines], last

    def counts(self, tenant, *arguments):
        return [(group.get("keys", []), int(group["count"]))
                for group in self.top(tenant, *arguments, "--json").json_lines()]

    def rows(self, tenant, *arguments):
        return list(csv.DictReader(io.StringIO(self.top(tenant, *arguments, "--csv").out)))

    def test_the_largest_groups_come_first_and_those_of_one_size_by_their_keys(self):
        lines, last = self.table(FAILED, "--by", "actor,action", "--utc")

        self.assertEqual(lines[0], ["ACTOR", "ACTION", "COUNT", "FIRST", "LAST"])
        self.assertEqual([line[:3] for line in lines[1:]],
                         [["ann", "login", "9"], ["ann", "login_failed", "6"],
                          ["bob", "login_failed", "3"], ["cid", "login_failed", "3"],
                          ["-", "login_failed", "1"]])
        self.assertEqual(last, f"5 groups in 1h; complete as of size {self.client.size()}")

    def test_without_by_all_is_one_group(self):
        self.assertEqual(self.counts(FAILED), [([], 22)])
        lines, last = self.table(FAILED)
        self.assertEqual((lines[0][0], lines[1][0]), ("COUNT", "22"))
        self.assertTrue(last.startswith("1 group in 1h; "), last)

    def test_options_narrow_it_down(self):
        self.assertEqual(self.counts(FAILED, "--by", "actor", "--outcome", "failure", "--actor",
                                     "ann", "--actor", "cid"), [(["ann"], 6), (["cid"], 3)])
        self.assertEqual(self.counts(FAILED, "--by", "outcome", "--action", "login*"),
                         [(["FAILURE"], 13), (["SUCCESS"], 9)])

    def test_groups_below_min_count_are_left_out(self):
        for least, expected in ((4, ["ann"]), (3, ["ann", "bob", "cid"]), (7, [])):
            with self.subTest(least):
                found = self.counts(FAILED, "--by", "actor", "--outcome", "failure",
                                    "--min-count", least)
                self.assertEqual([keys for keys, _ in found], [[each] for each in expected])

    def test_a_limit_cuts_and_says_so(self):
        lines, last = self.table(FAILED, "--by", "actor", "--limit", 2)
        self.assertEqual([line[0] for line in lines], ["ACTOR", "ann", "bob"])
        self.assertTrue(last.startswith("2 groups of 4 shown in 1h; "), last)

        cut = self.top(FAILED, "--by", "actor", "--limit", 2, "--csv")
        self.assertEqual(len(cut.out.splitlines()), 3)
        self.assertIn("--limit 0 shows all", cut.err)
        whole = self.top(FAILED, "--by", "actor", "--limit", 0, "--json")
        self.assertEqual((len(whole.json_lines()), whole.err), (4, ""))

    def test_different_values_are_counted(self):
        lines, _ = self.table(FAILED, "--by", "actor", "--distinct", "ip_address,action")

        self.assertEqual(lines[0][:6],
                         ["ACTOR", "COUNT", "DIFFERENT", "ip_address", "DIFFERENT", "action"])
        self.assertEqual([line[:4] for line in lines[1:]],
                         [["ann", "15", "2", "2"], ["bob", "3", "2", "1"], ["cid", "3", "2", "1"],
                          ["-", "1", "1", "1"]])

    def test_json_and_csv_say_the_same(self):
        arguments = ("--by", "actor,action", "--distinct", "ip_address", "--sum", "details.amount")
        groups = self.top(FAILED, *arguments, "--json").json_lines()
        rows = self.rows(FAILED, *arguments)

        self.assertEqual([*rows[0]], ["actor", "action", "count", "different ip_address",
                                      "sum details.amount", "first_time", "last_time",
                                      "sample_seqs"])
        self.assertEqual(
            [[*row.values()] for row in rows],
            [[*group["keys"], group["count"], group["distinct"][0], group["exact_sums"][0],
              rfc3339(micros_of(group["first_time"])), rfc3339(micros_of(group["last_time"])),
              " ".join(group["sample_seqs"])] for group in groups])
        self.assertEqual(len(rows), 5)
        for group in groups:
            seqs = [int(seq) for seq in group["sample_seqs"]]
            self.assertEqual(len(seqs), min(5, int(group["count"])))
            events = [self.client.get(seq) for seq in seqs]
            self.assertEqual({(event.actor, event.action) for event in events},
                             {tuple(group["keys"])})
            self.assertEqual(events[0].created_at.ToJsonString(), group["last_time"])

    def test_lines_of_csv_end_as_rfc_4180_has_it(self):
        out = subprocess.run(
            [program("daybook"), "top", f"tenant = {FAILED}", "--by", "actor", "--csv", "--address",
             self.daemon.address], stdout=subprocess.PIPE, timeout=PATIENCE, check=True).stdout

        self.assertEqual((out.count(b"\r\n"), out.count(b"\n")), (5, 5))

    def test_a_spreadsheet_runs_no_key(self):
        self.batch("formula", Event(action="login", actor='=1+1,"x"'))

        row, = self.rows("formula", "--by", "actor")

        self.assertEqual((row["actor"], row["count"]), ("'=1+1,\"x\"", "1"))

    def test_sums_are_exact_to_the_cent(self):
        cents = ["0.10", "0.20", "0.07"] * 100 + ["1e6", "149.70", "999999999999999.99", "-0.01"]
        self.batch(CENTS, *(Event(action="deposit_confirmed", details=f'{{"amount":{amount}}}')
                            for amount in cents), Event(action="deposit_confirmed"))
        # 37 and 1000000 and 149.70 and 999999999999999.98
        expected = "1000000001000186.68"

        lines, _ = self.table(CENTS, "--sum", "details.amount")
        row, = self.rows(CENTS, "--sum", "details.amount,details.none")
        group, = self.top(CENTS, "--sum", "details.amount", "--json").json_lines()

        self.assertEqual(lines[0][:3], ["COUNT", "SUM", "details.amount"])
        self.assertEqual(lines[1][:2], ["305", expected])
        self.assertEqual((row["sum details.amount"], row["sum details.none"]), (expected, "0"))
        self.assertEqual((group["exact_sums"], group["summed"]), ([expected], ["304"]))

    def test_round_sums_have_no_exponent(self):
        for amount, count, expected in (("100000", 10, "1000000"), ("0.000001", 1, "0.000001"),
                                        ("12345678.9", 10, "123456789"), ("0.1", 3, "0.3")):
            with self.subTest(amount):
                tenant = f"round-{count}-{amount}"
                self.batch(tenant, *(Event(action="deposit_confirmed",
                                           details=f'{{"amount":{amount}}}')
                                     for _ in range(count)))
                # As the service keeps totals of it, and as it reads events for it.
                for arguments in ((), ("--by", "actor")):
                    lines, _ = self.table(tenant, *arguments, "--sum", "details.amount")
                    self.assertEqual(lines[1][-8:-6], [str(count), expected])

    def test_sums_are_of_each_group(self):
        self.batch(SHOP, *(Event(action=action, details=f'{{"amount":{amount}}}')
                           for action, amount in (("deposit_confirmed", "5.5"), ("withdrawal", "7"),
                                                  ("withdrawal", "0.25"), ("withdrawal", '"9"'))))

        found = [(row["action"], row["count"], row["sum details.amount"])
                 for row in self.rows(SHOP, "--by", "action", "--sum", "details.amount")]

        self.assertEqual(found, [("withdrawal", "3", "7.25"), ("deposit_confirmed", "1", "5.5")])

    def test_bars_are_those_of_the_events(self):
        begin = self.batch(BARS, *(Event(action="login", actor="ann") for _ in range(8)))
        # Until the first and the last are in different bars, with one between them.
        wait_until(lambda: self.batch(BARS, Event(action="login", actor="noise"))[0] - begin[0]
                   > 2 * SECOND)
        times = begin + self.batch(BARS, Event(action="login", actor="ann"))
        # The first bar of 30 begins two and a half seconds before the first event.
        first_bar = begin[0] - 5 * SECOND // 2
        arguments = ("--by", "actor", "--window", "30s", "--bucket", "1s", "--until",
                     rfc3339(first_bar + 30 * SECOND), "--actor", "ann")
        expected = {}
        for time in times:
            bar = first_bar + (time - first_bar) // SECOND * SECOND
            expected[bar] = expected.get(bar, 0) + 1

        group, = self.top(BARS, *arguments, "--json").json_lines()
        lines, _ = self.table(BARS, *arguments)

        self.assertEqual({micros_of(bucket["start_time"]): int(bucket["count"])
                          for bucket in group["buckets"]}, expected)
        self.assertEqual(lines[0][-2:], ["PER", "1s"])
        drawn = ["·"] * 30
        drawn[2], drawn[(times[-1] - first_bar) // SECOND] = "█", "▁"
        self.assertEqual(lines[1][-1], "".join(drawn))

    def test_bars_are_of_the_whole_window_until_now(self):
        self.batch("lately", Event(action="login"))

        lines, _ = self.table("lately", "--window", "20m", "--bucket", "1m")

        self.assertRegex(lines[1][-1], "^·{18,19}█·?$")
        self.assertEqual(len(lines[1][-1]), 20)

    def test_a_window_ends_before_its_end(self):
        first, = self.batch("window", Event(action="login"))
        last = first
        while last == first:
            last, = self.batch("window", Event(action="login"))

        found = [self.counts("window", "--until", rfc3339(end)) for end in (first, last)]

        self.assertEqual(found[0], [])
        (_, count), = found[1]
        self.assertEqual(count, self.counts("window")[0][1] - 1)
        self.assertEqual(self.counts("window", "--until", "1h"), [])

    def test_where_nothing_is_found_it_says_so_and_is_done(self):
        table, as_json, as_csv = (self.top("nobody", "--by", "actor", "--bucket", "1m", *arguments)
                                  for arguments in ((), ("--json",), ("--csv",)))

        self.assertEqual(table.out, f"0 groups in 1h; complete as of size {self.client.size()}\n")
        self.assertEqual((as_json.out, as_json.err, as_csv.err), ("", "", ""))
        self.assertEqual(as_csv.out, "actor,count,first_time,last_time,sample_seqs\n")

    def test_wide_names_keep_the_columns(self):
        names = ("홍길동", "ann", "山田太郎さん", "🦊")
        for i, name in enumerate(names):
            self.batch(NAMES, *(Event(action="login", actor=name) for _ in range(4 - i)))

        header, *lines = self.top(NAMES, "--by", "actor").out.splitlines()[:-1]

        self.assertEqual([line.split()[0] for line in lines], [*names])
        end = header.index("COUNT") + len("COUNT")
        for line, count in zip(lines, "4321", strict=True):
            found = re.match(rf"\S+ +{count}(?=  \d)", line)
            self.assertIsNotNone(found, line)
            self.assertEqual(width_of(found[0]), end, line)

    def test_times_are_local_or_utc(self):
        moment, = self.batch("zone", Event(action="login"))
        around = {"env": os.environ | {"TZ": "Asia/Seoul"}}

        for arguments, zone, ahead in (((), "+09:00", 9), (("--utc",), "+00:00", 0)):
            with self.subTest(arguments):
                lines, _ = self.table("zone", *arguments, **around)
                local = rfc3339(moment + ahead * HOUR)
                shown = [local[:10], local[11:23], zone]
                self.assertEqual(lines[1][1:], shown + shown)
        row, = self.rows("zone")
        self.assertEqual(row["first_time"], rfc3339(moment))

    def test_until_is_of_the_zone_that_is_shown(self):
        moment, = self.batch("local", Event(action="login"))
        around = {"env": os.environ | {"TZ": "Asia/Seoul"}}

        def found(micros, *arguments):
            until = rfc3339(micros).replace("T", " ").rstrip("Z")
            return len(self.top("local", "--until", until, "--json", *arguments,
                                **around).json_lines())

        in_seoul = moment + 9 * HOUR
        self.assertEqual((found(in_seoul), found(in_seoul + 1)), (0, 1))
        self.assertEqual((found(moment, "--utc"), found(moment + 1, "--utc")), (0, 1))

    def test_a_filter_with_a_mistake_ends_with_1_and_says_where(self):
        for arguments, column, whole in (
                (("tenant = a AND colour = red",), 16, None), (("action =",), 9, None),
                (("colour = red", "--user-id", 7), 2, "(colour = red) AND (user_id = 7)")):
            with self.subTest(arguments):
                ended = daybook("top", *arguments, "--address", self.daemon.address)
                self.assertEqual((ended.code, ended.out), (REFUSED, ""), ended)
                self.assertIn(f"column {column}:", ended.err)
                self.assertEqual("the whole filter" in ended.err, whole is not None, ended)
                self.assertIn(whole or "", ended.err)

    def test_a_question_that_cannot_be_answered_ends_with_1_and_names_its_part(self):
        for arguments, part in ((("--sum", "details.a,actor"), "sum[1]"),
                                (("--distinct", "colour"), "count_distinct[0]"),
                                (("--by", "actor,actor"), "group_by[1]"),
                                (("--window", "10d", "--bucket", "1s"), "bucket")):
            with self.subTest(arguments):
                ended = daybook("top", *arguments, "--address", self.daemon.address)
                self.assertEqual((ended.code, ended.out), (REFUSED, ""), ended)
                self.assertIn(f"FIELD_INVALID: {part}:", ended.err)

    def test_wrong_arguments_end_with_2(self):
        for arguments in (("--by", "colour"), ("--by",), ("--window", "0s"), ("--window", "soon"),
                          ("--min-count", "few"), ("--json", "--csv"), ("--until", "2026-02-30"),
                          ("--since", "1h")):
            with self.subTest(arguments):
                ended = daybook("top", *arguments, "--address", self.daemon.address)
                self.assertEqual((ended.code, ended.out), (USAGE, ""), ended)

    def test_without_a_service_it_ends_with_4(self):
        ended = daybook("top", "--timeout", 5, "--address", "127.0.0.1:1")

        self.assertEqual((ended.code, ended.out), (UNAVAILABLE, ""), ended)
        self.assertIn("is daybookd running at 127.0.0.1:1?", ended.err)


if __name__ == "__main__":
    unittest.main()
