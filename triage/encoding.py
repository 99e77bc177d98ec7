"""Entries and cases as JSON text, for the store: compact, without what is at its default.

Moments are whole microseconds since 1970 in UTC, so that they sort and compare without a time zone.
"""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from triage.cases import Case
from triage.model import (
    Address,
    Automatic,
    Closing,
    DeliveryReport,
    Entry,
    Flag,
    Kind,
    Lane,
    Notice,
    Reason,
    Sender,
    Status,
    Verdict,
)

if TYPE_CHECKING:
    from triage.classify.learnt import Learnt
    from triage.model import Copy

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_to_text = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


def to_number(moment: datetime) -> int:
    """Give the microseconds since 1970."""
    return (moment - _EPOCH) // _MICROSECOND


def to_moment(number: int) -> datetime:
    """Give the moment back, in UTC."""
    return _EPOCH + timedelta(microseconds=number)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return to_number(value)
    if isinstance(value, frozenset):
        return sorted(value)
    return value


def _changed(value: Any, leave_out: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Give the fields that are not at their default, by name."""
    changed = {}
    for name, default in _defaults(value.__class__, leave_out):
        content = getattr(value, name)
        if content is not default and content != default:
            changed[name] = _plain(content)
    return changed


@cache
def _defaults(kind: type, leave_out: frozenset[str]) -> tuple[tuple[str, Any], ...]:
    """Give the names and defaults of fields: to ask `dataclasses` for each value would cost more than all the rest."""
    return tuple((field.name, field.default) for field in fields(kind) if field.name not in leave_out)


_NESTED_IN_ENTRY = frozenset({"key", "message_id", "sender", "person", "automatic", "report", "verdict", "copies"})
_NESTED_IN_CASE = frozenset({"customer", "verdict", "id"})


def entry_to_text(entry: Entry) -> str:
    """Write an entry; its key, Message-ID and copies are kept elsewhere."""
    content = _changed(entry, _NESTED_IN_ENTRY)
    content["sender"] = [entry.sender.email, entry.sender.name]
    if entry.person != entry.sender:
        content["person"] = [entry.person.email, entry.person.name]
    if entry.automatic != Automatic():
        content["automatic"] = _changed(entry.automatic)
    if entry.report is not None:
        content["report"] = _changed(entry.report)
    content["verdict"] = _changed(entry.verdict)
    return _to_text(content)


def entry_from_text(
    text: str, key: str, message_id: str, received_at: int | None = None, copies: tuple[Copy, ...] = ()
) -> Entry:
    """Read an entry back; its copies, and where another copy was received earlier that moment, were kept elsewhere."""
    content = json.loads(text)
    received = content.pop("received_at")
    sender = Address(*content.pop("sender"))
    automatic = content.pop("automatic", None)
    report = content.pop("report", None)
    for name in ("reply_to", "recipients", "links", "mentions"):
        if name in content:
            content[name] = tuple(content[name])
    if "lane" in content:
        content["lane"] = Lane(content["lane"])
    return Entry(
        key=key,
        message_id=message_id,
        sender=sender,
        person=Address(*content.pop("person")) if "person" in content else sender,
        received_at=to_moment(received if received_at is None else received_at),
        automatic=_automatic(automatic) if automatic else Automatic(),
        report=_report(report) if report is not None else None,
        verdict=_verdict(content.pop("verdict")),
        copies=copies,
        **content,
    )


def case_to_text(case: Case) -> str:
    """Write a case; its ID is kept elsewhere."""
    content = _changed(case, _NESTED_IN_CASE)
    content["customer"] = [case.customer.email, case.customer.name]
    content["verdict"] = _changed(case.verdict)
    return _to_text(content)


def case_from_text(text: str, conversation_id: str) -> Case:
    """Read a case back."""
    content = json.loads(text)
    for name in ("received_at", "since", "answered_at", "snoozed_until"):
        if name in content:
            content[name] = to_moment(content[name])
    if "notes" in content:
        content["notes"] = tuple(content["notes"])
    content["status"] = Status(content["status"])
    content["notices"] = frozenset(map(Notice, content.pop("notices", ())))
    if "lane" in content:
        content["lane"] = Lane(content["lane"])
    content["customer"] = Address(*content["customer"])
    content["verdict"] = _verdict(content["verdict"])
    return Case(**content, id=conversation_id)


def learnt_to_text(learnt: Learnt | None) -> str:
    """Write what the network read; empty where rules decide."""
    if learnt is None:
        return ""
    content = {field.name: getattr(learnt, field.name) for field in fields(learnt)}
    return _to_text(content)


def learnt_from_text(text: str) -> Learnt | None:
    """Read back what the network read."""
    if not text:
        return None
    from triage.classify.learnt import Learnt

    content = json.loads(text)
    return Learnt(
        kinds={Kind(kind): likely for kind, likely in content["kinds"].items()},
        reasons={Reason(reason): likely for reason, likely in content["reasons"].items()},
        flags={Flag(flag): likely for flag, likely in content["flags"].items()},
        because={Kind(kind): tuple(words) for kind, words in content["because"].items()},
    )


def _automatic(content: dict[str, Any]) -> Automatic:
    sender = Sender(content.get("sender", Sender.PERSON))
    return Automatic(sender, content.get("proven", False), tuple(content.get("signs", ())))


def _report(content: dict[str, Any]) -> DeliveryReport:
    return DeliveryReport(content["action"], content.get("returned_id", ""), tuple(content.get("recipients", ())))


def _verdict(content: dict[str, Any]) -> Verdict:
    content["kind"] = Kind(content["kind"])
    if "reason" in content:
        content["reason"] = Reason(content["reason"])
    if "closing" in content:
        content["closing"] = Closing(content["closing"])
    if "flags" in content:
        content["flags"] = frozenset(map(Flag, content["flags"]))
    for name in ("order_numbers", "because"):
        if name in content:
            content[name] = tuple(content[name])
    return Verdict(**content)
