"""Showing a file in its folder: asked of a file manager on a real session bus; without one the folder is opened."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PATH = "/home/ada/Documents/lease & keys é.pdf"
STORY = f"""
import sys
from PySide6.QtCore import QCoreApplication, QTimer
from PySide6.QtDBus import QDBusConnection, QDBusVirtualObject
from PySide6.QtGui import QDesktopServices
from app.viewer import outside

class Manager(QDBusVirtualObject):
    def introspect(self, path):
        return ""
    def handleMessage(self, message, connection):
        print(message.member(), message.signature(), *message.arguments()[0], flush=True)
        if "refuse" in sys.argv:
            connection.send(message.createErrorReply("org.freedesktop.DBus.Error.Failed", "no"))
        else:
            connection.send(message.createReply())
        QTimer.singleShot(300, application.quit)
        return True

application = QCoreApplication(sys.argv)
QDesktopServices.openUrl = lambda url: (print("folder", url.toLocalFile(), flush=True), application.quit())
if "absent" not in sys.argv:
    other = QDBusConnection.connectToBus(QDBusConnection.BusType.SessionBus, "manager")
    manager = Manager()
    assert other.registerVirtualObject("/org/freedesktop/FileManager1", manager)
    assert other.registerService("org.freedesktop.FileManager1")
QTimer.singleShot(0, lambda: outside.show_in_folder({PATH!r}, application))
QTimer.singleShot(20000, application.quit)
application.exec()
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the freedesktop interface is for Linux")
@pytest.mark.parametrize(
    ("manager", "told"),
    [
        ("present", ["ShowItems ass file:///home/ada/Documents/lease%20&%20keys%20%C3%A9.pdf"]),
        (
            "refuse",
            [
                "ShowItems ass file:///home/ada/Documents/lease%20&%20keys%20%C3%A9.pdf",
                "folder /home/ada/Documents",
            ],
        ),
        ("absent", ["folder /home/ada/Documents"]),
    ],
)
def test_a_file_manager_is_asked_and_the_folder_opened_where_it_does_not_answer(
    manager: str, told: list[str], tmp_path: Path
) -> None:
    if not shutil.which("dbus-run-session"):
        pytest.fail("this test needs a session bus: apt-get install dbus-daemon")
    nothing = tmp_path / "bus.conf"  # no service of this machine's is started
    nothing.write_text(
        '<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><policy context="default">'
        '<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>'
    )
    done = subprocess.run(
        ["dbus-run-session", f"--config-file={nothing}", "--", sys.executable, "-c", STORY, manager],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stdout.splitlines() == told, done.stderr
