"""What indexing would do, as it is told to the owner before anything is read."""

from collections import Counter
from collections.abc import Sequence

from engine.library.changes import Changes
from engine.library.estimate import Estimate
from engine.library.records import Record
from engine.library.values import FileReport, FileState, IndexPlan, Kind
from engine.library.walk import Found


def plan(found: Sequence[Found], known: Sequence[Record], changes: Changes, cost: Estimate) -> IndexPlan:
    """What was found, held against what is known, in counts and file by file."""
    reports = {record.path: record.report() for record in known}
    read = {file.path for file in changes.read}
    readable = [file for file in found if file.state is FileState.WAITING]
    return IndexPlan(
        files=[report_of(file) if file.path in read else reports.get(file.path, report_of(file)) for file in found],
        by_type=dict(Counter(file.suffix or "no suffix" for file in readable)),
        bytes=sum(file.size for file in changes.read),
        seconds_estimated=cost.seconds,
        seconds_measured=cost.measured,
        bytes_estimated=cost.bytes,
        reading=_kinds(changes.read),
        unchanged=len(readable) - len(read),
        skipped=dict(Counter(file.reason for file in found if file.state is not FileState.WAITING).most_common()),
    )


def report_of(found: Found) -> FileReport:
    """A file as it was found, with nothing read of it."""
    return FileReport(path=found.path, state=found.state, reason=found.reason, chunks=0, size=found.size)


def _kinds(files: Sequence[Found]) -> list[Kind]:
    count = Counter(file.suffix for file in files)
    size: Counter[str] = Counter()
    for file in files:
        size[file.suffix] += file.size
    return [Kind(suffix, count[suffix], total) for suffix, total in size.most_common()]
