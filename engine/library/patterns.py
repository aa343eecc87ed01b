"""What the owner leaves out of a folder: patterns as .gitignore has them, kept with the folder they were given for.

Of folders within one another the innermost that has a wish decides: every path has one answer wherever a walk begins.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from engine.errors import InputRefused


def checked(text: str) -> str:
    """`text`, a pattern a line, without what says nothing. Raises InputRefused("pattern_invalid")."""
    from pathspec import GitIgnoreSpec
    from pathspec.patterns.gitignore import GitIgnorePatternError

    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]
    for line in lines:
        try:
            GitIgnoreSpec.from_lines([line])
        except (GitIgnorePatternError, re.error) as error:
            raise InputRefused("pattern_invalid", pattern=line) from error
    return "\n".join(lines)


class LeftOut:
    """Says of a path whether it is left out."""

    def __init__(self, roots: Mapping[str, str]) -> None:
        """`roots`: the paths of those that have a wish, and their patterns, a line each."""
        from pathspec import GitIgnoreSpec

        inner_first = sorted(roots, key=len, reverse=True)
        self._specs = [(root, GitIgnoreSpec.from_lines(roots[root].splitlines())) for root in inner_first]
        self._speaks = any(roots.values())

    def __call__(self, path: str, *, folder: bool = False) -> bool:
        """Whether `path` is left out; a folder is not while a root stands in it."""
        if not self._speaks:
            return False
        if folder and any(root.startswith(path.rstrip("/") + "/") for root, _ in self._specs):
            return False
        return self._matches(path, folder=folder)

    def names(self, path: str) -> bool:
        """Whether a pattern says `path`, be it a file or a folder, whatever stands in it."""
        return self._matches(path, folder=True) or self._matches(path, folder=False)

    def _matches(self, path: str, *, folder: bool) -> bool:
        for root, spec in self._specs:
            if path == root:
                return False
            if path.startswith(root.rstrip("/") + "/"):
                within = Path(path).relative_to(root).as_posix()
                return spec.match_file(within + "/" if folder else within)
        return False
