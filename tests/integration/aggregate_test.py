"""What people ask of a log is one call each: the latest of a person, today's deposits with their
sum, and who failed more than five times in the last hour."""

import datetime
import json
import unittest

from grpc import StatusCode

from harness.case import ServiceCase

# Generated; found once the harness is imported.
from daybook.audit.v1 import audit_service_pb2 as audit

FAILED_OFTEN = 'outcome != SUCCESS AND actor:"user:"'
BY_ACTOR, BY_ACTION, BY_OUTCOME = (audit.GROUP_BY_ACTOR, audit.GROUP_BY_ACTION,
                                   audit.GROUP_BY_OUTCOME)


class Questions(ServiceCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for user, failures in (("user:한글", 9), ("user:b", 6), ("user:c", 5), ("user:d", 0)):
            for number in range(failures):
                cls.client.record(action="login_failed", actor=user, telegram_id="tg " + user,
                                  ip_address=f"203.0.113.{number % 3}")
            for number in range(12):
                cls.client.record(action="login", actor=user, telegram_id="tg " + user)
        for amount in ("12.50", "0.1", "0.2", "1e2", '"7"', "null"):
            cls.client.record(action="deposit_confirmed", actor="service:bank",
                              details=f'{{"amount":{amount},"currency":"EUR"}}')
        cls.client.record(action="deposit_failed", details='{"amount":1000000}')

    def ask(self, hours=1, **fields):
        request = audit.AggregateEventsRequest(**fields)
        if hours is not None:
            request.window.FromTimedelta(datetime.timedelta(hours=hours))
        return self.client.call("AggregateEvents", request)

    def counts(self, **fields):
        return {tuple(group.keys): group.count for group in self.ask(**fields).groups}

    def test_the_latest_ten_of_a_person(self):
        page = self.client.query(filter='telegram_id = "tg user:한글"', page_size=10)

        self.assertEqual([event.action for event in page.events], ["login"] * 10)
        seqs = [event.seq for event in page.events]
        self.assertEqual(seqs, sorted(seqs, reverse=True))

    def test_the_deposits_of_today_and_their_sum(self):
        answer = self.ask(filter="action = deposit_confirmed AND outcome = SUCCESS", hours=24,
                          sum=["details.amount"])

        group, = answer.groups
        self.assertEqual((group.count, list(group.keys)), (6, []))
        self.assertEqual((list(group.exact_sums), list(group.summed)), (["112.8"], [4]))
        self.assertAlmostEqual(group.sums[0], 112.8)
        self.assertFalse(answer.scan_budget_exhausted)
        self.assertEqual((answer.first_seq, answer.end_seq), (0, answer.as_of_size))

    def test_who_failed_more_than_five_times_in_the_last_hour(self):
        answer = self.ask(filter=FAILED_OFTEN, group_by=[BY_ACTOR, BY_ACTION],
                          count_distinct=["ip_address"], min_count=6)

        self.assertEqual([(list(group.keys), group.count, list(group.distinct))
                          for group in answer.groups],
                         [(["user:한글", "login_failed"], 9, [3]),
                          (["user:b", "login_failed"], 6, [3])])
        for group in answer.groups:
            self.assertEqual(len(group.sample_seqs), 5)
            for seq in group.sample_seqs:
                self.assertEqual(self.client.get(seq).actor, group.keys[0])
            self.assertLessEqual(group.first_time.ToNanoseconds(), group.last_time.ToNanoseconds())

    def test_outcomes_are_written_as_filters_write_them(self):
        counts = self.counts(filter='actor = "user:c"', group_by=[BY_OUTCOME])

        self.assertEqual(counts, {("SUCCESS",): 12, ("FAILURE",): 5})

    def test_an_absent_value_is_a_group_of_its_own(self):
        counts = self.counts(filter="action = deposit*", group_by=[BY_ACTOR])

        self.assertEqual(counts, {("service:bank",): 6, ("",): 1})

    def test_pages_hold_each_group_once(self):
        seen = []
        fields = {"filter": "actor:\"user:\"", "group_by": [BY_ACTOR, BY_ACTION], "page_size": 2}
        answer = self.ask(**fields)
        while True:
            seen += [(tuple(group.keys), group.count) for group in answer.groups]
            if not answer.next_page_token:
                break
            self.client.record(action="noise", actor="user:late")
            answer = self.ask(page_token=answer.next_page_token, **fields)

        self.assertEqual(len(seen), len(dict(seen)), "a group came twice")
        self.assertEqual(len(seen), 7)
        self.assertEqual([count for _, count in seen], sorted((count for _, count in seen),
                                                              reverse=True))
        self.assertNotIn("user:late", [keys[0] for keys, _ in seen])

    def test_a_token_belongs_to_its_question(self):
        fields = {"group_by": [BY_ACTOR], "page_size": 1}
        token = self.ask(**fields).next_page_token

        with self.assert_fails(StatusCode.INVALID_ARGUMENT, "PAGE_TOKEN_MISMATCH", "page_token"):
            self.ask(page_token=token, min_count=2, **fields)
        with self.assert_fails(StatusCode.INVALID_ARGUMENT, "PAGE_TOKEN_MISMATCH", "page_token"):
            self.client.query(page_token=token)

    def test_a_window_ends_before_its_end(self):
        last = self.client.get(self.client.size() - 1).created_at.ToMicroseconds()
        end = datetime.timedelta(microseconds=last)
        request = audit.AggregateEventsRequest()
        request.window.FromTimedelta(datetime.timedelta(hours=1))
        request.end_time.FromDatetime(datetime.datetime(1970, 1, 1) + end)
        before = self.client.call("AggregateEvents", request).groups[0].count
        request.end_time.FromMicroseconds(last + 1)

        self.assertGreater(self.client.call("AggregateEvents", request).groups[0].count, before)

    def test_bars_add_up(self):
        request = audit.AggregateEventsRequest(filter="action = deposit_confirmed",
                                               sum=["details.amount"])
        request.window.FromTimedelta(datetime.timedelta(hours=1))
        request.bucket.FromTimedelta(datetime.timedelta(minutes=6))

        group, = self.client.call("AggregateEvents", request).groups

        self.assertEqual(sum(bar.count for bar in group.buckets), group.count)
        self.assertAlmostEqual(sum(bar.sums[0] for bar in group.buckets), group.sums[0])
        self.assertLessEqual(len(group.buckets), 2)

    def test_nothing_is_no_group(self):
        answer = self.ask(filter="action = never")

        self.assertEqual((list(answer.groups), answer.next_page_token), ([], ""))

    def test_mistakes_name_their_field(self):
        for field, fields in (
                ("group_by[1]", {"group_by": [BY_ACTOR, BY_ACTOR]}),
                ("group_by[0]", {"group_by": [0]}), ("group_by[0]", {"group_by": [77]}),
                ("count_distinct[0]", {"count_distinct": ["nobody"]}),
                ("count_distinct[0]", {"count_distinct": ["actor:* OR action"]}),
                ("count_distinct", {"count_distinct": ["actor"] * 9}),
                ("sum[0]", {"sum": ["user_id"]}), ("sum[0]", {"sum": ["details"]}),
                ("sum[1]", {"sum": ["details.a", ""]}),
                ("page_size", {"page_size": -1}), ("filter", {"filter": "actor ="}),
                ("window", {"hours": -1}), ("as_of_size", {"as_of_size": 10**12})):
            with self.subTest(field=field, fields=fields):
                with self.assert_fails(StatusCode.INVALID_ARGUMENT, field=field):
                    self.ask(**fields)

    def test_a_bar_may_not_be_too_narrow(self):
        request = audit.AggregateEventsRequest()
        request.window.FromTimedelta(datetime.timedelta(days=1))
        request.bucket.FromTimedelta(datetime.timedelta(seconds=1))

        with self.assert_fails(StatusCode.INVALID_ARGUMENT, "FIELD_INVALID", "bucket"):
            self.client.call("AggregateEvents", request)


class Details(ServiceCase):

    def test_members_count_by_what_they_mean(self):
        for details in ({"currency": "EUR", "n": 1}, {"currency": "EUR", "n": 1.0},
                        {"currency": "KRW"}, {"other": 1}):
            self.client.record(action="paid", details=json.dumps(details))
        request = audit.AggregateEventsRequest(
            filter="action = paid", count_distinct=["details.currency", "details.n", "actor"])

        group, = self.client.call("AggregateEvents", request).groups

        self.assertEqual(list(group.distinct), [2, 1, 0])


if __name__ == "__main__":
    unittest.main()
