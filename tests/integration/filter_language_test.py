"""All of the filter language, asked over the wire."""

import datetime
import unittest

from google.protobuf import timestamp_pb2
from grpc import StatusCode

from harness.case import ServiceCase
from harness.client import Event
from harness.waiting import wait_until

FAMILY = "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL}"


def time_before(seconds):
    """The time so long ago, as an event carries it."""
    moment = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=seconds)
    stamp = timestamp_pb2.Timestamp()
    stamp.FromDatetime(moment.replace(tzinfo=None))
    return stamp


class FilterLanguage(ServiceCase):

    def record(self, name, **fields):
        """Records an event that only filters of this test find; its seq."""
        fields = {"action": self.action(), "correlation_id": name} | fields
        receipt, = self.client.batch([("", Event(**fields))])
        return receipt.seq

    def action(self):
        return f"of.{self._testMethodName}"

    def found(self, text, **query):
        """The names of this test's events that pass, in order of seq."""
        whole = f"action = {self.action()} AND ({text})"
        events = self.client.all(filter=whole, order_by="seq", page_size=2, **query)
        return [event.correlation_id for event in events]

    def assert_finds(self, cases):
        for text, names in cases.items():
            with self.subTest(text):
                self.assertEqual(self.found(text), names.split())

    def test_numbers_of_details_compare_as_numbers(self):
        for name, amount in (("nine", "9"), ("ten", "10"), ("tenth", "1e-1"), ("real", "10.0"),
                             ("minus", "-10"), ("largest", "9223372036854775807"),
                             ("beyond", "9223372036854775808"), ("text", '"10"'),
                             ("null", "null"), ("list", "[10]")):
            self.record(name, details=f'{{"amount": {amount}, "to": {{"amount": {amount}}}}}')
        self.record("none", details='{"other": 10}')
        self.record("empty")

        self.assert_finds({
            "details.amount = 10": "ten real",
            "details.amount = 1e1": "ten real",
            "details.to.amount = 10.0": "ten real",
            'details.amount = "10"': "text",
            "details.amount > 9": "ten real largest beyond",
            "details.amount >= 9 AND details.amount < 10": "nine",
            "details.amount < 1": "tenth minus",
            "details.amount = -10": "minus",
            "details.amount = 9223372036854775807": "largest",
            "details.amount > 9223372036854775806": "largest beyond",
            "details.amount > 9223372036854775807": "beyond",
            "details.amount = null": "null",
            "details.amount:10": "ten real list",
            "NOT details.amount:*": "none empty",
            "details.amount != 10": "nine tenth minus largest beyond text null list",
        })

    def test_names_of_details_may_be_any_text(self):
        self.record("odd", details='{"a b": {"금액": 5}, "x.y": 1, "quote\\"d": 2, "*": 3}')
        self.record("plain", details='{"a": 5}')

        self.assert_finds({
            'details."a b".금액 = 5': "odd",
            "details.'a b'.\"금액\" >= 5": "odd",
            'details."x.y" = 1': "odd",
            "details.x.y = 1": "",
            'details."quote\\"d" = 2': "odd",
            'details."\\*" = 3': "odd",
            "details:a": "plain",
            'details:"a b"': "odd",
        })

    def test_hangul_and_emoji_are_text_like_any_other(self):
        composed, decomposed = "한글", "\u1112\u1161\u11ab\u1100\u1173\u11af"
        self.record("composed", actor=composed, details='{"who": "홍길동"}')
        self.record("decomposed", actor=decomposed, details='{"who": "\\ud64d길동"}')
        self.record("family", actor=f"user:{FAMILY}", details=f'{{"who": "{FAMILY}"}}')

        self.assert_finds({
            "actor = 한글": "composed",
            f'actor = "{decomposed}"': "decomposed",
            "actor = 한*": "composed",
            "actor = *글": "composed",
            'actor : "글"': "composed",
            "details.who = 홍길동": "composed decomposed",
            "details.who = 홍*": "composed decomposed",
            'details.who = "*길*"': "composed decomposed",
            f"actor = user:{FAMILY}": "family",
            "actor : \N{GIRL}": "family",
            "actor = *\N{GIRL}": "family",
            "actor = *\N{MAN}*": "",
            f"details.who = {FAMILY}": "family",
            "details.who = \N{WOMAN}*": "family",
            "details.who = \N{WOMAN}": "",
        })

    def test_a_star_stands_for_any_text_at_either_end(self):
        for name, agent in (("curl", "curl/8"), ("libcurl", "libcurl/8"), ("star", "a*b"),
                            ("percent", "a%b"), ("underscore", "a_b"), ("upper", "CURL/8"),
                            ("backslash", "a\\b")):
            self.record(name, user_agent=agent)
        self.record("none")

        self.assert_finds({
            "user_agent = curl*": "curl",
            "user_agent = *curl*": "curl libcurl",
            'user_agent = "*/8"': "curl libcurl upper",
            "user_agent = *": "curl libcurl star percent underscore upper backslash",
            'user_agent = "a\\*b"': "star",
            'user_agent = "a\\**"': "star",
            "user_agent = a%*": "percent",
            "user_agent = a_*": "underscore",
            'user_agent = "a\\\\*"': "backslash",
            "user_agent != *curl* AND user_agent:*": "star percent underscore upper backslash",
            "NOT user_agent = *b": "curl libcurl upper none",
        })

    def test_or_binds_tighter_than_and(self):
        for name, user_id, tenant in (("a", 1, "x"), ("b", 2, "x"), ("c", 1, "y"), ("d", 2, "y")):
            self.record(name, user_id=user_id, tenant=tenant)

        self.assert_finds({
            "user_id = 1 AND tenant = x OR tenant = y": "a c",
            "(user_id = 1 AND tenant = x) OR tenant = y": "a c d",
            "tenant = y OR tenant = x AND user_id = 1": "a c",
            "tenant = y OR (tenant = x AND user_id = 1)": "a c d",
            "user_id = 1 tenant = x": "a",
            "NOT user_id = 1 OR tenant = y": "b c d",
            "NOT (user_id = 1 OR tenant = y)": "b",
            "-user_id = 1 -tenant = y": "b",
            "NOT user_id = 1 AND NOT tenant = y": "b",
        })

    def test_not_finds_what_the_comparison_does_not(self):
        self.record("limit", reason="LIMIT", user_id=0)
        self.record("other", reason="OTHER", user_id=5)
        self.record("absent")

        self.assert_finds({
            "reason = LIMIT": "limit",
            "reason != LIMIT": "other",
            "NOT reason = LIMIT": "other absent",
            "NOT reason != LIMIT": "limit absent",
            "reason:*": "limit other",
            "NOT reason:*": "absent",
            "user_id = 0": "limit",
            "user_id < 1": "limit",
            "NOT user_id < 1": "other absent",
            "NOT user_id:*": "absent",
            "NOT (reason:* OR user_id:*)": "absent",
            "NOT details.amount = 1": "limit other absent",
            "details.amount != 1": "",
        })

    def test_times_compare_to_the_microsecond_in_any_zone(self):
        for name, text in (("before", "2026-01-31T09:29:59.999999Z"),
                           ("at", "2026-01-31T09:30:00Z"),
                           ("after", "2026-01-31T09:30:00.000001Z")):
            stamp = timestamp_pb2.Timestamp()
            stamp.FromJsonString(text)
            self.record(name, event_time=stamp)

        self.assert_finds({
            'event_time = "2026-01-31T18:30:00+09:00"': "at",
            "event_time < 2026-01-31T09:30:00Z": "before",
            "event_time <= 2026-01-31T09:30:00.0000009Z": "before at",
            'event_time > "2026-01-31T09:30:00Z"': "after",
            'event_time >= "2026-01-31T09:30:00Z"': "at after",
            'event_time != "2026-01-31T09:30:00Z"': "before after",
            'event_time : "2026-01-31T09:30:00Z"': "at",
            'created_at > "2026-02-01T00:00:00Z"': "before at after",
        })

    def test_ago_counts_back_from_the_call(self):
        for name, seconds in (("day", 86_400), ("hours", 7_000), ("minutes", 1_000)):
            self.record(name, event_time=time_before(seconds))
        self.record("now")

        self.assert_finds({
            'event_time > ago("1h")': "minutes now",
            'event_time <= ago("1h")': "day hours",
            'event_time > ago("1h58m")': "hours minutes now",
            'event_time > ago("1h50m")': "minutes now",
            'event_time < ago("600s") AND event_time > ago("1d1h")': "day hours minutes",
            'created_at > ago("15m")': "day hours minutes now",
            'created_at < ago("15m")': "",
            'event_time > ago("2w")': "day hours minutes now",
        })

    def test_pages_of_a_query_count_from_the_same_moment(self):
        recorded = [self.record(str(i), event_time=time_before(3_600 + i)) for i in range(3)]
        late = self.record("late", event_time=time_before(3_600 - 2))
        query = {"filter": f'action = {self.action()} AND event_time < ago("1h")',
                 "order_by": "seq", "page_size": 2}
        first = self.client.query(**query)
        # Until who asks anew finds one more.
        wait_until(lambda: late in {event.seq for event in self.client.all(**query)})

        second = self.client.query(**query, page_token=first.next_page_token)

        self.assertEqual([event.seq for event in [*first.events, *second.events]], recorded)
        self.assertEqual(second.next_page_token, "")

    def test_a_token_does_not_go_with_another_ago(self):
        for i in range(3):
            self.record(str(i))
        text = f"action = {self.action()} AND created_at > ago"
        token = self.client.query(filter=f'{text}("1h")', page_size=1).next_page_token

        same = self.client.query(filter=f'{text}("60m")', page_size=1, page_token=token)
        self.assertEqual(len(same.events), 1)
        with self.assert_fails(StatusCode.INVALID_ARGUMENT, "PAGE_TOKEN_MISMATCH", "page_token"):
            self.client.query(filter=f'{text}("2h")', page_size=1, page_token=token)

    def test_text_that_looks_like_a_language_is_only_text(self):
        hostile = {
            "sql": "x' OR '1'='1'; DROP TABLE audit_logs; --",
            "union": "x\") UNION SELECT token_key FROM store_settings --",
            "filter": 'x" OR seq >= 0 OR actor = "',
            "like": "%_%",
            "glob": "[a-z]?*",
            "parameter": "?1 :name @name $name",
            "json": "$.amount[0]",
            "newline": "x\ny\t--",
        }
        for name, text in hostile.items():
            quoted = text.replace("\\", "\\\\").replace('"', '\\"')
            self.record(name, actor=text, details=f'{{"{name}": "{name}"}}')
            with self.subTest(name):
                starless = quoted.replace("*", "\\*")
                self.assertEqual(self.found(f'actor = "{starless}"'), [name])
                self.assertEqual(self.found(f'actor : "{starless}"'), [name])
                self.assertEqual(self.found(f'actor = "{starless[:3]}*" AND '
                                            f'correlation_id = {name}'), [name])
                self.assertEqual(self.found(f'details."{starless}" = 1'), [])
        self.assertEqual(self.client.get(0).seq, 0)

    def test_the_message_names_the_column_and_what_helps(self):
        for text, message in (
                ("action == login", "filter: column 8: a comparison is expected: = != < <= > >= "
                                    "or :; write = once"),
                ("userid = 7", "filter: column 1: no such field; did you mean `user_id`?"),
                (f'actor = "{FAMILY}" && user_id = 7',
                 "filter: column 17: AND, OR or the end is expected; write AND")):
            with self.subTest(text), self.assert_refused(
                    StatusCode.INVALID_ARGUMENT, None, "filter") as failure:
                self.client.query(filter=text)
            self.assertEqual(failure.message, message)


if __name__ == "__main__":
    unittest.main()
