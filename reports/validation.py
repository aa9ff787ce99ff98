"""The validation page: what was checked, what passed, what was set aside and why."""

from __future__ import annotations

from datetime import datetime

from reports.rendering import render_page
from tasks.results import DataQuality


def render_validation(title: str, cycle: str, as_of: datetime, timezone: str, data: DataQuality) -> bytes:
    """Return the validation page as one HTML file in UTF-8; it says first whether the cycle is publishable.

    A cycle is publishable when every required check of `data.gate` passed. The page lies in the cycle's
    folder validation/, and links to the report only where there is one.
    """
    return render_page(
        "validation.html.jinja",
        title=title,
        cycle=cycle,
        as_of=as_of,
        timezone=timezone,
        data=data,
        failed_checks=[check for check in data.gate if check.is_required and not check.is_passed],
        broken_rules=sorted((rule for rule in data.rules if rule.failed), key=lambda rule: -rule.failed),
        kept_rules=[rule for rule in data.rules if not rule.failed],
        quarantined=sum(account.quarantined for account in data.accounts),
    )
