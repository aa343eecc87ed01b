"""Where things live: the profile in the data folder, models once a machine beside it, sockets in the runtime folder."""

import os
from pathlib import Path

import platformdirs

RESOURCES = Path(__file__).resolve().parent.parent / "resources"

_APP = "hearthside"


def as_named(path: Path) -> Path:
    """Absolute, `~` and `..` spelled out; links stay as their owner wrote them."""
    return Path(os.path.abspath(path.expanduser()))  # noqa: PTH100 - resolve() follows links


def profiles_dir() -> Path:
    """Where the profiles of this machine's people are, a folder each."""
    return Path(platformdirs.user_data_dir(_APP, appauthor=False)) / "profiles"


def default_profile() -> Path:
    return profiles_dir() / "default"


def models_dir() -> Path:
    """Where imported models are kept, shared by all profiles. HEARTHSIDE_MODELS names another place."""
    named = os.environ.get("HEARTHSIDE_MODELS")
    return Path(named) if named else Path(platformdirs.user_data_dir(_APP, appauthor=False)) / "models"


def runtime_dir() -> Path:
    """Sockets and other things that end with the session; owner-only. Not created here.

    Without a session's own folder it lies in the data folder: a name in /tmp could be somebody else's.
    """
    if os.name != "posix":
        return Path(platformdirs.user_runtime_dir(_APP, appauthor=False))
    of_session = os.environ.get("XDG_RUNTIME_DIR")
    return Path(of_session) / _APP if of_session else Path(platformdirs.user_data_dir(_APP, appauthor=False)) / "run"


class ProfilePaths:
    """The files of one profile, by what they are."""

    def __init__(self, root: Path) -> None:
        self.root = root.expanduser().absolute()
        self.owner_db = self.root / "owner.db"
        self.library_db = self.root / "library.db"
        self.keys = self.root / "keys.json"
        self.settings = self.root / "settings.json"
        self.called = self.root / "profile.json"
        self.adapters = self.root / "adapters"
        self.checkpoints = self.root / "checkpoints"
        self.backups = self.root / "backups"
        self.reserve = self.root / "reserve"
        self.lock = self.root / "lock"

    def own(self) -> list[Path]:
        """What of the folder is the profile's: the files above, and what stands beside one under its name."""
        names = {path.name for what, path in vars(self).items() if what != "root"}
        return [path for path in self.root.iterdir() if any(_is_of(name, path.name) for name in names)]


def _is_of(name: str, other: str) -> bool:
    """As SQLite and writes that are whole or not there make names."""
    return other == name or other.startswith((f"{name}-", f".{name}."))
