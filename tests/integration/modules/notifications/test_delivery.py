"""From the queue to the driver: once each, again after a passing failure, never lost."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import update

from serai.contracts.mail import Refused, TryLater, Unreachable
from serai.kit import clock
from serai.kit.actor import SYSTEM
from serai.modules import notifications
from serai.modules.notifications.delivery import retries
from serai.modules.notifications.models import Mail
from tests.integration.modules.notifications.conftest import Post
from tests.support import eventually


async def test_a_queued_mail_is_sent_as_soon_as_it_is_committed(post: Post) -> None:
    async with post.sender():
        made = await post.put()
        assert await post.until_done() == {"sent": 1}
    sent = await post.get(made.id)
    assert (sent.attempts, sent.provider_id, sent.last_error, sent.claimed_by) == (1, "p1", None, None)
    assert [each["outcome"] for each in sent.history] == ["sent"]
    assert post.driver.mails[0].message_id == f"<{made.id}@serai.test>"
    assert post.driver.mails[0].sender == "Serai <no-reply@serai.test>"


async def test_hundreds_at_two_senders_arrive_once_each(post: Post) -> None:
    for number in range(150):
        await post.put(f"p{number}@example.com")
    async with post.sender("one"), post.sender("two"):
        assert await post.until_done() == {"sent": 150}
    assert post.driver.accepted == {f"p{number}@example.com": 1 for number in range(150)}
    assert 1 < post.driver.most_at_once <= 6


async def test_a_passing_failure_is_tried_again_under_the_same_message_id(post: Post) -> None:
    post.driver.answers["mona@example.com"] = [TryLater("451 later"), TryLater("452 full")]
    async with post.sender():
        made = await post.put()
        assert await post.until_done() == {"sent": 1}
    mail = await post.get(made.id)
    assert mail.attempts == 3
    assert [(each["outcome"], each["said"]) for each in mail.history] == [
        ("queued", "451 later"), ("queued", "452 full"), ("sent", "250 OK"),
    ]  # fmt: skip


async def test_a_mail_whose_next_attempt_would_be_too_late_fails_and_says_why(
    post: Post, moving: clock.MovableClock
) -> None:
    post.driver.answers["mona@example.com"] = [TryLater("451 later")]
    made = await post.put(kind="sign_in_code", code="429134", minutes=10)
    moving.move(timedelta(minutes=9, seconds=55))
    async with post.sender(mail_retry_seconds=60):
        assert await post.until_done() == {"failed": 1}
    failed = await post.get(made.id)
    assert (failed.last_error, failed.attempts, failed.text) == ("451 later", 1, "")


async def test_nothing_is_sent_too_late_after_a_long_outage(post: Post, moving: clock.MovableClock) -> None:
    code = await post.put("a@example.com", "sign_in_code", code="429134", minutes=10)
    plain, orphan = await post.put("b@example.com"), await post.put("c@example.com")
    async with post.world.database.transaction() as session:
        taken = {"state": "sending", "claimed_by": "dead", "last_error": "451 later"}
        await session.execute(update(Mail).where(Mail.id == orphan.id).values(**taken))
    moving.move(timedelta(days=3))
    fresh = await post.put("d@example.com")
    async with post.sender():
        assert await post.until_done() == {"failed": 3, "sent": 1}
    assert [each.id for each in post.driver.mails] == [fresh.id]
    emptied = await post.get(code.id)
    assert (emptied.subject, emptied.text, emptied.html, emptied.attempts) == ("", "", None, 0)
    assert emptied.last_error == "Too late: it was worth sending until 2026-03-01 12:10 UTC."
    assert "429134" not in str(vars(emptied))
    kept, taken_over = await post.get(plain.id), await post.get(orphan.id)
    assert kept.text
    assert taken_over.last_error == "Too late: it was worth sending until 2026-03-03 12:00 UTC. Before: 451 later"
    assert taken_over.claimed_by is None


async def test_a_late_mail_that_is_sent_again_by_hand_gets_new_time(
    post: Post, moving: clock.MovableClock
) -> None:
    made = await post.put()
    moving.move(timedelta(days=3))
    async with post.sender():
        assert await post.until_done() == {"failed": 1}
        async with post.world.database.transaction() as session:
            again = await notifications.log.retry(session, SYSTEM, made.id)
        assert again.give_up_at == clock.now() + timedelta(days=2)
        assert await post.until_done() == {"sent": 1}


async def test_what_became_too_late_in_a_sender_s_hands_is_not_sent(
    post: Post, moving: clock.MovableClock
) -> None:
    hold = asyncio.Event()
    post.driver.answers["a@example.com"] = [hold]
    await post.put("a@example.com", "sign_in_code", code="1", minutes=10)
    late = await post.put("b@example.com", "sign_in_code", code="2", minutes=10)
    async with post.sender(mail_at_once=1, mail_lease_seconds=3600):
        await eventually(lambda: _is_sending(post), 5)
        assert await post.states() == {"sending": 2}
        moving.move(timedelta(minutes=11))
        hold.set()
        assert await post.until_done() == {"sent": 1, "failed": 1}
    assert (await post.get(late.id)).text == ""


@pytest.mark.parametrize("state", ["bounced", "complained"])
async def test_an_acceptance_that_is_written_late_takes_no_report_back(post: Post, state: str) -> None:
    made = await post.put(kind="sign_in_code", code="429134", minutes=10)
    async with post.world.database.transaction() as session:
        await session.execute(update(Mail).values(state=state, last_error="550 nobody"))
        outcome = notifications.delivery.records.Outcome(made, "sent", "250 OK", clock.now(), provider_id="p1")
        await notifications.delivery.records.record(session, "one", [outcome])
    mail = await post.get(made.id)
    assert (mail.state, mail.last_error, mail.provider_id, mail.text) == (state, "550 nobody", "p1", "")
    assert mail.sent_at is not None
    assert [each["outcome"] for each in mail.history] == ["sent"]


async def test_a_refusal_ends_it_and_a_bad_address_gets_nothing_more(post: Post) -> None:
    post.driver.answers["spam@example.com"] = [Refused("550 5.7.1 no")]
    post.driver.answers["gone@example.com"] = [Refused("550 5.1.1 nobody", bad_address=True)]
    async with post.sender():
        await post.put("spam@example.com")
        await post.put("gone@example.com")
        assert await post.until_done() == {"failed": 1, "bounced": 1}
        await post.put("spam@example.com")
        await post.put("gone@example.com")
        await post.put("gone@example.com", "sign_in_code", code="1", minutes=15)
        assert await post.until_done() == {"failed": 1, "bounced": 1, "sent": 1, "suppressed": 2}
    assert post.driver.accepted == {"spam@example.com": 1}


async def test_mails_queued_before_an_address_bounced_are_not_sent_to_it(post: Post) -> None:
    for _ in range(5):
        await post.put("gone@example.com")
    async with post.world.database.transaction() as session:
        await notifications.suppressions.add_bounce(session, "gone@example.com", "550", None)
    async with post.sender():
        assert await post.until_done() == {"suppressed": 5}
    assert not post.driver.accepted


async def test_a_server_that_is_away_costs_no_mail_an_attempt(post: Post) -> None:
    away = [Unreachable("connection refused")] * 3
    post.driver.answers = {f"p{n}@example.com": list(away) for n in range(5)}
    made = [await post.put(f"p{n}@example.com") for n in range(5)]
    async with post.sender():
        assert await post.until_done() == {"sent": 5}
    assert [(await post.get(each.id)).attempts for each in made] == [1] * 5


async def test_an_urgent_mail_overtakes_the_others(post: Post) -> None:
    for number in range(30):
        await post.put(f"p{number}@example.com")
    await post.put("code@example.com", "sign_in_code", code="429134", minutes=15)
    async with post.sender(mail_at_once=1):
        await post.until_done()
    assert post.driver.mails[0].recipient == "code@example.com"


async def test_a_dead_sender_s_mails_are_taken_over_when_its_lease_ends(
    post: Post, moving: clock.MovableClock
) -> None:
    made = await post.put()
    async with post.world.database.transaction() as session:
        await session.execute(
            update(Mail).values(
                state="sending", claimed_by="dead", attempts=1, due_at=clock.now() + timedelta(minutes=2)
            )
        )  # fmt: skip
    async with post.sender():
        await post.put("next@example.com")
        await post.until(lambda found: found.get("sent") == 1)
        assert (await post.get(made.id)).claimed_by == "dead"
        moving.move(timedelta(minutes=2))
        await post.put("last@example.com")  # whose NOTIFY wakes the sender
        assert await post.until_done() == {"sent": 3}
    assert (await post.get(made.id)).attempts == 2


async def test_an_acceptance_counts_even_when_another_sender_had_taken_over(post: Post) -> None:
    hold = asyncio.Event()
    post.driver.answers["mona@example.com"] = [hold]
    made = await post.put()
    async with post.sender("slow"):
        await eventually(lambda: _is_sending(post), 5)
        async with post.world.database.transaction() as session:
            await session.execute(update(Mail).values(claimed_by="other"))
        hold.set()
        assert await post.until_done() == {"sent": 1}
    assert (await post.get(made.id)).attempts == 1
    assert post.driver.accepted == {"mona@example.com": 1}


async def test_a_failure_of_a_sender_that_lost_its_claim_changes_nothing(post: Post) -> None:
    made = await post.put()
    async with post.world.database.transaction() as session:
        values = {"state": "sending", "claimed_by": "other", "due_at": clock.now() + timedelta(minutes=1)}
        await session.execute(update(Mail).values(**values))
        outcome = notifications.delivery.records.Outcome(made, "failed", "550 no", clock.now())
        await notifications.delivery.records.record(session, "late", [outcome])
    mail = await post.get(made.id)
    assert (mail.state, mail.claimed_by, mail.history) == ("sending", "other", [])


async def test_a_sender_that_is_told_to_end_finishes_what_it_is_sending(post: Post) -> None:
    hold = asyncio.Event()
    post.driver.answers["mona@example.com"] = [hold]
    made = await post.put()
    waiting = [await post.put(f"p{n}@example.com") for n in range(20)]
    for each in waiting:
        post.driver.answers[each.recipient] = [hold]
    async with post.sender() as task:
        await eventually(lambda: _is_sending(post), 5)
        task.cancel()
        await eventually(lambda: _is_ending(post), 5)
        hold.set()
        await asyncio.gather(task, return_exceptions=True)
    states = await post.states()
    assert (await post.get(made.id)).state == "sent"
    assert states["sent"] == sum(post.driver.accepted.values())
    assert "sending" not in states, "what was claimed but not sent is given back"
    assert max([(await post.get(each.id)).attempts for each in waiting]) <= 1


async def test_outcomes_wait_for_a_database_that_is_away(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    records = notifications.delivery.bookkeeper
    real, failures = records.record, iter(range(3))

    async def flaky(*arguments: object) -> None:
        if next(failures, None) is not None:
            raise ConnectionError("the database was away")
        await real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(records, "record", flaky)
    monkeypatch.setattr(records, "_AGAIN_SECONDS", 0.01)
    async with post.sender():
        await post.put()
        assert await post.until_done() == {"sent": 1}
    assert post.driver.accepted == {"mona@example.com": 1}


async def test_a_pace_is_kept_in_all_and_per_domain(post: Post) -> None:
    pace = retries.Pace(per_second=0, per_domain=2)
    waits = [pace.wait_for(address) for address in ("a@x.com", "b@x.com", "a@y.com", "c@x.com")]
    assert [round(each, 1) for each in waits] == [0, 0.5, 0, 1.0]
    both = retries.Pace(per_second=10, per_domain=1)
    assert [round(both.wait_for(f"a@{name}"), 1) for name in ("x", "y", "z")] == [0, 0.1, 0.2]
    far = retries.Pace(per_second=0.1, per_domain=0)
    assert [round(far.wait_for("a@x")) for _ in range(3)] == [0, 10, 10], "a place not taken is not lost"


async def test_the_text_of_a_secret_is_gone_once_it_was_accepted(post: Post) -> None:
    post.driver.answers["mona@example.com"] = [TryLater("later")]
    made = await post.put(kind="sign_in_code", code="429134", minutes=15)
    async with post.sender():
        await post.until_done()
    assert "429134" in post.driver.mails[0].text
    kept = await post.get(made.id)
    assert (kept.subject, kept.text, kept.html) == ("", "", None)


def test_pauses_grow_and_end() -> None:
    longest = [retries.before_attempt(n, 30) for n in (1, 2, 4, 400)]
    assert longest == sorted(longest)
    assert 24 <= longest[0] <= 36
    assert longest[-1] <= 4 * 3600 * 1.2
    assert retries.before_attempt(1, 30, asked=500) == 500
    now = clock.now()
    assert retries.next_try(now, now, 1, 30) is None
    assert retries.next_try(now, now + timedelta(seconds=5), 9, 30) is None
    last = retries.next_try(now, now + timedelta(minutes=2), 9, 30)
    assert last == now + timedelta(minutes=2) - timedelta(seconds=10), "a chance while it is worth sending"


async def _is_ending(post: Post) -> bool:
    return post.senders["one"]._ending


async def _is_sending(post: Post) -> bool:
    return post.driver.sending > 0
