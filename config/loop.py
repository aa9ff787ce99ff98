"""What closes the loop: how severe things are, what Plan predicts, and when trouble goes to leadership."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from config.causes import CauseId
from config.columns import Text
from config.model import Identifier, Model

CycleName = Annotated[str, StringConstraints(pattern=r"^[12][0-9]{3}Q[1-4]$")]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Phrase = Annotated[str, StringConstraints(min_length=2, max_length=80)]


class Severity(Model):
    """A degree of harm: which records show it, and how soon something must be done."""

    id: Identifier = Field(description="Short name.")
    title: str = Field(description="What people read.", min_length=1)
    where: dict[str, tuple[Text, ...]] = Field(
        default={}, description="Which records show it: for each column the values that count, all of them together."
    )
    words: tuple[Phrase, ...] = Field(
        default=(), description="Words or phrases of which a text must hold one, capitals or not; any text without them."
    )
    due_in_working_days: int = Field(ge=1, description="Working days after the as-of in which a follow-up about it is due.")
    is_for_leadership: bool = Field(default=False, description="Whether a single record goes to leadership.")

    @model_validator(mode="after")
    def _check_some_sign(self) -> Self:
        if not self.where and not self.words:
            raise PydanticCustomError("severity", "this fits every record; give `where`, `words` or both")
        return self


class Objective(Model):
    """What people expect before the data exist: of a standard or of a cause, in one quarter, and why."""

    model_config = ConfigDict(populate_by_name=True)

    id: Identifier = Field(description="Short name; a prediction that is changed needs another.")
    standard: Identifier | None = Field(default=None, description="The standard that it is about.")
    touchpoint: Identifier | None = Field(default=None, description="At which touchpoint; where the standard has one figure, without it.")
    cause: CauseId | None = Field(default=None, description="Or the cause that it is about, such as 2026Q1-03.")
    window: CycleName = Field(description="The quarter whose data judge it; to be written before it begins.")
    baseline: CycleName | None = Field(
        default=None, description="The quarter that it is compared with; the last one that is finished when Plan first sees it without it."
    )
    predicted_change: float = Field(
        ge=-1, le=1, description="Expected change of the share, 0.05 for five points: kept cases of a standard, texts of a cause (-0.02)."
    )
    target_share: float | None = Field(default=None, ge=0, le=1, description="The share that it is to reach, where one is promised.")
    follow_up: str | None = Field(default=None, pattern=r"^fu-[0-9a-f]{10}$", description="The follow-up that is to bring it about.")
    if_: Reason = Field(alias="if", description="If we ...")
    then: Reason = Field(description="then ...")
    because: Reason = Field(description="because ...")

    @model_validator(mode="after")
    def _check_subject(self) -> Self:
        if (self.standard is None) == (self.cause is None):
            raise PydanticCustomError("objective", "this needs a standard or a cause, and not both")
        if self.cause is not None and self.touchpoint is not None:
            raise PydanticCustomError("objective", "a cause is not promised at one touchpoint; leave touchpoint out")
        if self.predicted_change == 0:
            raise PydanticCustomError("objective", "this predicts no change, which no data can show; predict one")
        return self


class Escalation(Model):
    """From when on trouble is more than its owner's: repeated, not cured, or not moving."""

    quarters_in_row: int = Field(default=2, ge=2, description="Quarters running in which the same cause asks for a follow-up.")
    failed_fixes: int = Field(default=2, ge=1, description="How often a fix may be shown not to hold.")
    remind_before_working_days: int = Field(default=5, ge=0, description="Working days before the due date in which owners are reminded.")
    stalled_after_days: int = Field(default=28, ge=1, description="Days without any change after which what is overdue goes to leadership.")
    raise_target_after_quarters: int = Field(
        default=4, ge=2, description="Quarters running in which a standard is met before a higher target is proposed."
    )
