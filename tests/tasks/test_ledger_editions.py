"""Editions and steps: what a request is about, what goes on, what begins again, and how it ended."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from config.errors import InputError, ServiceError
from tasks.ledger.connection import Ledger
from tasks.ledger.editions import close_edition, edition_for, end_step, latest_edition, output_of, start_step, step_output
from tasks.ledger.models import Step
from tasks.ledger.verify import verify_ledger
from tasks.ledger.views import editions, events, steps
from tests.ledgers import CYCLE, FERRY, begin, do_step, request, row


def test_the_first_request_for_a_cycle_is_new_and_records_what_it_runs_on(ledger: Ledger) -> None:
    assert edition_for(ledger, request()) == ("2026Q1", "new")
    begin(ledger, frozen='{"a":1}', as_of=datetime(2026, 4, 13, 9, tzinfo=UTC))
    (found,) = editions(ledger, FERRY)
    assert (found.edition, found.cycle, found.revision, found.attempt, found.status) == ("2026Q1", "2026Q1", 1, 1, "running")
    assert (found.as_of, found.frozen) == ("2026-04-13T09:00:00+00:00", '{"a":1}')
    assert found.programme_sha256 == hashlib.sha256(b'{"a":1}').hexdigest()
    assert verify_ledger(ledger, FERRY).problems == ()


def test_without_an_as_of_the_first_runs_instant_is_recorded(file_ledger: Ledger) -> None:
    before = datetime.now(UTC)
    begin(file_ledger)
    (found,) = editions(file_ledger, FERRY)
    assert before <= datetime.fromisoformat(found.as_of) <= datetime.now(UTC)


def test_an_interrupted_edition_goes_on_with_the_as_of_and_the_programme_it_began_with(file_ledger: Ledger) -> None:
    journal = begin(file_ledger, frozen="first")
    do_step(journal, "plan", '"planned"')
    close_edition(journal, "interrupted", ServiceError("the store is away"))
    assert edition_for(file_ledger, request()) == ("2026Q1", "go on")
    (interrupted,) = editions(file_ledger, FERRY)
    again = begin(file_ledger, frozen="second")
    (found,) = editions(file_ledger, FERRY)
    assert (found.attempt, found.frozen, found.as_of) == (1, "first", interrupted.as_of)
    assert step_output(again, "plan") == '"planned"'


def test_a_killed_run_leaves_its_edition_running_and_the_next_goes_on(file_ledger: Ledger) -> None:
    begin(file_ledger)
    assert edition_for(file_ledger, request()) == ("2026Q1", "go on")


def test_going_on_with_another_as_of_is_refused_and_with_the_same_it_is_not(file_ledger: Ledger) -> None:
    as_of = datetime(2026, 4, 13, 9, tzinfo=UTC)
    begin(file_ledger, as_of=as_of)
    begin(file_ledger, as_of=as_of)
    with pytest.raises(InputError) as refusal:
        begin(file_ledger, as_of=as_of + timedelta(days=1))
    assert str(refusal.value).startswith("2026Q1 of ferry was begun with --as-of 2026-04-13T09:00:00+00:00 and goes on with it; ")


def test_one_that_failed_before_its_data_were_safe_begins_again_with_todays_programme(file_ledger: Ledger) -> None:
    journal = begin(file_ledger, frozen="first")
    do_step(journal, "pull cases")
    close_edition(journal, "failed", InputError("the file is not there"))
    assert edition_for(file_ledger, request()) == ("2026Q1", "again")
    (failed,) = editions(file_ledger, FERRY)
    again = begin(file_ledger, frozen="second")
    (found,) = editions(file_ledger, FERRY)
    assert (found.attempt, found.frozen, found.status, found.error) == (2, "second", "running", "")
    assert found.as_of == failed.as_of
    assert step_output(again, "pull cases") is None


def test_one_that_failed_after_its_data_were_safe_goes_on(file_ledger: Ledger) -> None:
    journal = begin(file_ledger)
    do_step(journal, "snapshot")
    close_edition(journal, "failed", RuntimeError("a defect"))
    assert edition_for(file_ledger, request()) == ("2026Q1", "go on")


def test_one_that_was_not_publishable_begins_again_though_it_had_a_snapshot(file_ledger: Ledger) -> None:
    journal = begin(file_ledger)
    do_step(journal, "snapshot")
    close_edition(journal, "not_publishable")
    assert edition_for(file_ledger, request()) == ("2026Q1", "again")


def test_a_finished_one_is_done_whatever_the_programme_says_today(file_ledger: Ledger) -> None:
    close_edition(begin(file_ledger), "finished")
    assert edition_for(file_ledger, request(frozen="another")) == ("2026Q1", "done")


def test_a_revision_is_published_beside_what_it_revises_and_so_is_the_next(file_ledger: Ledger) -> None:
    close_edition(begin(file_ledger), "finished")
    revised = begin(file_ledger, revision_reason="a source was corrected")
    assert revised.edition == "2026Q1.r2"
    assert edition_for(file_ledger, request()) == ("2026Q1.r2", "go on")
    close_edition(revised, "finished")
    assert edition_for(file_ledger, request()) == ("2026Q1.r2", "done")
    assert edition_for(file_ledger, request(revision_reason="again")) == ("2026Q1.r3", "new")
    latest = latest_edition(file_ledger, FERRY, CYCLE)
    assert latest is not None
    assert (latest.revision, latest.reason) == (2, "a source was corrected")


def test_an_unfinished_revision_hides_nothing_that_was_published(file_ledger: Ledger) -> None:
    close_edition(begin(file_ledger), "finished")
    close_edition(begin(file_ledger, revision_reason="why"), "failed", InputError("no"))
    published = latest_edition(file_ledger, FERRY, CYCLE, status="finished")
    assert published is not None
    assert published.edition == "2026Q1"


def test_there_is_nothing_to_revise_where_nothing_was_published(file_ledger: Ledger) -> None:
    with pytest.raises(
        InputError, match=r"^2026Q1 of ferry has not been published, so there is nothing to revise; run it without --revise\.$"
    ):
        edition_for(file_ledger, request(revision_reason="why"))


def test_drafts_are_numbered_and_change_nothing_for_the_cycle(file_ledger: Ledger) -> None:
    close_edition(begin(file_ledger, is_draft=True), "finished")
    assert begin(file_ledger, is_draft=True).edition == "2026Q1.draft2"
    assert edition_for(file_ledger, request()) == ("2026Q1", "new")
    assert latest_edition(file_ledger, FERRY, CYCLE) is None


# steps


def test_a_step_is_recorded_when_it_begins_and_when_it_ends_with_the_rows_it_brings(ledger: Ledger) -> None:
    journal = begin(ledger)
    start_step(journal, "pull cases")
    assert step_output(journal, "pull cases") is None
    end_step(journal, "pull cases", output='{"rows":3}', rows=[row(1)])
    assert step_output(journal, "pull cases") == '{"rows":3}'
    assert [event.kind for event in events(ledger, FERRY, CYCLE)] == ["cycle.opened", "step.started", "step.done"]
    assert verify_ledger(ledger, FERRY).problems == ()


def test_a_failed_step_has_no_output_and_is_in_the_ledger_in_words(file_ledger: Ledger) -> None:
    journal = begin(file_ledger)
    start_step(journal, "pull cases")
    end_step(journal, "pull cases", error=InputError("source 'cases': there is no file."))
    (edition,) = editions(file_ledger, FERRY)
    (found,) = steps(file_ledger, edition)
    assert (found.status, found.error) == ("failed", "source 'cases': there is no file.")
    assert output_of(file_ledger, edition, "pull cases") is None


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ValueError("Jane Doe wrote this"), "unforeseen ValueError"),
        (KeyboardInterrupt(), "interrupted by hand"),
        (ServiceError("The store is away; run again."), "The store is away; run again."),
    ],
)
def test_of_an_unforeseen_error_only_its_kind_is_kept_for_its_text_may_be_a_customers(
    error: BaseException, said: str, file_ledger: Ledger
) -> None:
    journal = begin(file_ledger)
    close_edition(journal, "failed", error)
    (found,) = editions(file_ledger, FERRY)
    assert found.error == said
    assert all("Jane" not in event.payload for event in events(file_ledger, FERRY))


def test_steps_of_another_attempt_are_not_this_ones(file_ledger: Ledger) -> None:
    journal = begin(file_ledger)
    do_step(journal, "plan")
    close_edition(journal, "failed", InputError("no"))
    begin(file_ledger)
    (edition,) = editions(file_ledger, FERRY)
    assert list(steps(file_ledger, edition)) == []
    with file_ledger.transaction() as session:
        assert len(session.scalars(select(Step)).all()) == 1  # and yet it is kept
