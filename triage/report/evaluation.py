"""An evaluation as text and as JSON: what the classifier gets right, class by class, and what it takes for what."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from triage.classify.scores import Score, macro_f1
from triage.i18n import N_
from triage.model import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from triage.classify.rows import Row
    from triage.classify.scores import Evaluation, Pair
    from triage.model import Verdict

_SNIPPET = 160  # characters of a mail among the mistakes
_WIDTH = 9  # of a column of the confusion table


@dataclass(frozen=True, slots=True)
class Speed:
    """How long judging took: the first mail, for which the weights are loaded, and each further one; in seconds."""

    first: float
    each: float


def evaluation_text(found: Evaluation, speed: Speed, say: Callable[[str], str]) -> str:
    """Write an evaluation for people; `say` translates."""
    mails, each = say("mails"), say("each")
    lines = [f"{found.mails} {mails}, {speed.each * 1000:.0f} ms {each}"]
    for title, scores in _groups(found).items():
        lines += ["", *_table(say(title), scores, say)]
    lines += ["", *_confusion(found, say), "", *_calibration(found, say), ""]
    lines.append(say("people taken for none") + f": {found.taken_for_none} / {found.people}")
    lines.append(say("unsure") + f": {found.unsure} / {found.mails}")
    return "\n".join(lines) + "\n"


def evaluation_json(found: Evaluation, speed: Speed) -> str:
    """Write an evaluation for programs; times are in milliseconds."""
    content: dict[str, Any] = {"mails": found.mails}
    for title, scores in _groups(found).items():
        content[title] = {name: _numbers(score) for name, score in scores.items()}
        content[f"{title}_macro_f1"] = round(macro_f1(scores), 4)
    content["confusion"] = [
        {"label": label, "verdict": verdict, "mails": count} for (label, verdict), count in found.confusion.items()
    ]
    content["calibration"] = [
        {"confidence": round(each.confidence, 4), "right": round(each.right, 4), "mails": each.count}
        for each in found.calibration
    ]
    content["calibration_error"] = round(found.calibration_error, 4)
    content |= {"people": found.people, "taken_for_none": found.taken_for_none, "unsure": found.unsure}
    content |= {"first_ms": round(speed.first * 1000, 1), "each_ms": round(speed.each * 1000, 1)}
    return json.dumps(content, indent=2) + "\n"


def mistakes_text(pairs: Iterable[Pair], *, kinds_only: bool = False) -> str:
    """List the mails that were judged wrongly: what was labelled, what was found, and how the mail begins."""
    lines = []
    for row, verdict in pairs:
        wrong = [f"{label} -> {found}" for label, found in _differences(row, verdict, kinds_only=kinds_only)]
        if wrong:
            text = " ".join(f"{row.subject} | {row.body}".split())[:_SNIPPET]
            lines.append(f"{row.id}  {', '.join(wrong)} ({verdict.confidence:.0%})\n    {text}\n")
    return "".join(lines)


def _differences(row: Row, verdict: Verdict, *, kinds_only: bool) -> Iterator[tuple[str, str]]:
    if row.kind is not verdict.kind:
        yield row.kind, verdict.kind
    if kinds_only:
        return
    if row.reason is not verdict.reason:
        yield row.reason, verdict.reason
    if row.flags != verdict.flags:
        yield (
            " ".join(sorted(row.flags - verdict.flags)) or "-",
            " ".join(sorted(verdict.flags - row.flags)) or "-",
        )


def _groups(found: Evaluation) -> dict[str, Mapping[str, Score]]:
    groups = {
        N_("kind"): found.kinds,
        N_("reason"): found.reasons,
        N_("flag"): found.flags,
        N_("language"): found.languages,
    }
    return {title: scores for title, scores in groups.items() if scores}


def _numbers(score: Score) -> dict[str, float]:
    return {
        "precision": round(score.precision, 4),
        "recall": round(score.recall, 4),
        "f1": round(score.f1, 4),
        "mails": score.hits + score.misses,
    }


def _table(title: str, scores: Mapping[str, Score], say: Callable[[str], str]) -> Iterator[str]:
    head = (say("precision"), say("recall"), "F1", say("mails"))
    yield f"{title:<14}" + "".join(f"{name:>11}" for name in head)
    for name, score in scores.items():
        seen = score.hits + score.misses + score.false_alarms
        ratios = f"{score.precision:>11.2f}{score.recall:>11.2f}{score.f1:>11.2f}" if seen else f"{'–':>11}" * 3
        yield f"{name:<14}{ratios}{score.hits + score.misses:>11}"
    mean = say("mean")
    yield f"{mean:<14}{'':>22}{macro_f1(scores):>11.3f}"


def _confusion(found: Evaluation, say: Callable[[str], str]) -> Iterator[str]:
    """Labels in rows, verdicts in columns."""
    kinds = [kind.value for kind in Kind]
    head = say("is, taken for")
    yield f"{head:<14}" + "".join(f"{kind:>{_WIDTH}}" for kind in kinds)
    for label in kinds:
        counts = [found.confusion.get((label, verdict), 0) for verdict in kinds]
        if any(counts):
            yield f"{label:<14}" + "".join(f"{count or '.':>{_WIDTH}}" for count in counts)


def _calibration(found: Evaluation, say: Callable[[str], str]) -> Iterator[str]:
    confidence, head = say("confidence"), (say("right"), say("mails"))
    yield f"{confidence:<14}" + "".join(f"{name:>11}" for name in head)
    for each in found.calibration:
        yield f"{each.confidence:<14.2f}{each.right:>11.2f}{each.count:>11}"
    gap = say("mean gap")
    yield f"{gap:<14}{found.calibration_error:>11.3f}"
