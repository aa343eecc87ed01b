"""The plain values of the file manager's menu: how each file manager stands."""

from typing import Literal

from msgspec import Struct

MenuState = Literal["absent", "off", "on", "outdated", "changed", "refused"]
"""absent: not on this machine; outdated: the entries start another program or are of another version; changed: the
owner made entries of ours their own, which are left alone; refused: see the reason."""


class ManagerStatus(Struct, frozen=True):
    """One file manager. `path` is the folder or file that holds its entries; `reason`, a key of
    translations/*/file_menu.toml, says why it was refused."""

    name: str
    state: MenuState
    path: str
    reason: str = ""


class MenuStatus(Struct, frozen=True):
    """`installed` while any file manager has entries of ours."""

    installed: bool
    managers: list[ManagerStatus]
