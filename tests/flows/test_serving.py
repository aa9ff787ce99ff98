"""One served programme: killed, gone on with, approved in Prefect's page, stopped in order."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.flows.served import COMMAND, Service, files_under, published_bytes, serving
from tests.flows.shop import AS_OF, write_shop

BOARD = "  - {id: board, gets: approvals, mail: [chair@shop.example]}\n"
CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The shop, which wants its publications approved, served with a Prefect server of its own."""
    folder = tmp_path_factory.mktemp("served")
    programme = write_shop(folder / "shop")
    programme.write_text(programme.read_text() + BOARD + "approvals: [publication]\n")
    with serving(programme, "shop", folder, DATA=str(folder / "shop")) as running:
        yield running


def mails_of(service: Service) -> list[str]:
    """The recipients of all mails that were sent."""
    outbox = Path(service.environment["TOUCHSTONE_HOME"]) / "outbox"
    return sorted(re.search(r"^To: (\S+)", path.read_text(), re.MULTILINE)[1] for path in outbox.glob("*.eml"))  # type: ignore[index]


def test_a_cycle_goes_on_by_itself_after_serve_was_killed_and_once_it_is_approved(service: Service) -> None:
    service.begin("2026Q1", AS_OF["2026Q1"])
    service.wait_for_step("2026Q1", "snapshot")
    service.kill()  # which also sees that nothing of the group is left
    assert service.status("2026Q1") == "running"
    service.start()
    service.wait_for_status("2026Q1", "awaiting_approval")
    assert service.steps("2026Q1").count("snapshot") == 1  # gone on with, and not begun again
    assert mails_of(service) == ["chair@shop.example"]
    preview = files_under(Path(service.environment["TOUCHSTONE_HOME"]) / "drafts" / "shop" / "2026Q1.preview")

    service.ask_for("touchstone-approve/shop approve", {"name": "Chair of the board"})
    service.wait_for_status("2026Q1", "finished")
    published = published_bytes(files_under(Path(service.environment["TOUCHSTONE_HOME"]) / "published" / "shop"))
    assert published == {f"2026Q1/{name}": content for name, content in preview.items()}
    told = ["chair@shop.example", "director@shop.example", "quality@shop.example", "transport@shop.example", "web@shop.example"]
    assert mails_of(service) == told  # once each, in spite of the kill
    assert service.stop() == 0
    assert not service.living()


@pytest.mark.soak
def test_an_approval_is_given_in_prefects_page_which_then_shows_the_run_with_its_artifacts(tmp_path: Path, chromium_path: str) -> None:
    programme = write_shop(tmp_path / "shop")
    programme.write_text(programme.read_text() + BOARD + "approvals: [publication]\n")
    with serving(programme, "shop", tmp_path, DATA=str(tmp_path / "shop")) as service:
        service.begin("2026Q1", AS_OF["2026Q1"])
        service.wait_for_status("2026Q1", "awaiting_approval")
        approve_in_the_page(service, chromium_path)
        service.wait_for_status("2026Q1", "finished")
        the_page_shows_the_run_with_its_artifacts(service, chromium_path)


def approve_in_the_page(service: Service, chromium_path: str) -> None:
    """Fill in the deployment's form and send it."""
    from playwright.sync_api import sync_playwright

    deployment = service.api.deployment_id("touchstone-approve/shop approve")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=CHROMIUM)
        page = browser.new_page()
        page.goto(f"{service.api.page}/deployments/deployment/{deployment}/run")
        page.get_by_text("Your name; it stands in the ledger").wait_for(timeout=120_000)
        assert page.get_by_text("Whether the cycle may go on.").is_visible()
        page.locator("textarea").nth(1).fill("Chair of the board")  # the form labels no field for programs
        page.get_by_role("button", name="Submit").click()
        page.wait_for_url("**tab=Runs**", timeout=120_000)
        browser.close()


def the_page_shows_the_run_with_its_artifacts(service: Service, chromium_path: str) -> None:
    from playwright.sync_api import sync_playwright

    service.wait(lambda: [run["state_name"] for run in service.runs() if run["name"] == "shop approve"] == ["Completed"], "the approval")
    runs = service.runs()
    assert {run["state_name"] for run in runs} == {"AwaitingApproval", "Completed"}
    finished = next(run for run in runs if run["name"] == "shop 2026Q1" and run["state_name"] == "Completed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=CHROMIUM)
        page = browser.new_page()
        page.goto(f"{service.api.page}/runs/flow-run/{finished['id']}")
        page.get_by_text("Artifacts").first.click(timeout=120_000)
        for name in ("shop-2026q1-summary", "shop-2026q1-standards", "shop-2026q1-report", "shop-2026q1-progress"):
            page.get_by_text(name).first.wait_for(timeout=60_000)
        browser.close()


@pytest.mark.soak
def test_a_cycle_that_fails_is_mailed_by_an_automation_and_a_second_serve_is_refused(tmp_path: Path) -> None:
    with serving(write_shop(tmp_path / "shop"), "shop", tmp_path, DATA=str(tmp_path / "shop")) as service:
        service.begin("2026Q3", datetime(2026, 10, 8, 9, tzinfo=UTC))  # a quarter of which the shop has no data
        service.wait_for_status("2026Q3", "failed")
        service.wait(lambda: mails_of(service) == ["operations@shop.example"], "the alert")
        command = [COMMAND, "serve", str(service.programme), "--port", str(service.port)]
        second = subprocess.run(command, env=service.environment, capture_output=True, text=True, timeout=120, check=False)
        assert (second.returncode, second.stdout) == (4, "")
        assert "Another `touchstone serve` runs" in second.stderr
