"""What SQLite and the system say of the disk and the file, as HearthsideErrors."""

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path

import apsw

from engine.errors import Busy, HearthsideError

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NOT_OURS = {errno.EACCES, errno.EPERM, errno.EROFS}


@contextlib.contextmanager
def explained(path: Path, connection: apsw.Connection | None = None) -> Iterator[None]:
    """Raise failures of the world, met while working on `path`, in our words; a wrong statement stays an apsw.Error.

    SQLite calls a spent quota an I/O error: `connection` lets it be told from a failing disk.
    """
    try:
        yield
    except apsw.FullError as error:
        raise HearthsideError("disk_full", path=str(path)) from error
    except (apsw.NotADBError, apsw.CorruptError) as error:
        raise HearthsideError("database_damaged", path=str(path)) from error
    except apsw.IOError as error:
        no_room = connection is not None and connection.system_errno in _NO_ROOM
        raise HearthsideError("disk_full" if no_room else "disk_failed", path=str(path)) from error
    except (apsw.CantOpenError, apsw.ReadOnlyError, apsw.PermissionsError) as error:
        raise HearthsideError("database_not_writable", path=str(path)) from error
    except (apsw.BusyError, apsw.LockedError) as error:
        raise Busy("database_busy", path=str(path)) from error
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise HearthsideError("disk_full", path=str(path)) from error
        if error.errno in _NOT_OURS:
            raise HearthsideError("database_not_writable", path=str(path)) from error
        raise
