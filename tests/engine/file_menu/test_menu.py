"""The file manager's menu in a home of its own: what is written, what is left alone, and that nothing stays."""

import os
import stat
import subprocess
from pathlib import Path

import pytest

from engine.errors import HearthsideError
from engine.file_menu import entries, menu, thunar
from engine.file_menu.entries import PROGRAMS

OTHERS = b"""<?xml version="1.0" encoding="UTF-8"?>
<!-- mine -->
<actions>
  <action><icon/><name>Mine &amp; yours</name><unique-id>1</unique-id><command>mine %f</command></action>
</actions>
"""


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home in which every file manager is there, and the system offers Thunar an action of its own."""
    home, programs, system = tmp_path / "home with 'quotes'", tmp_path / "bin", tmp_path / "xdg"
    for folder in (home, programs, system / "Thunar"):
        folder.mkdir(parents=True)
    for names in PROGRAMS.values():
        (programs / names[0]).write_text("")
        (programs / names[0]).chmod(0o700)
    (system / "Thunar" / "uca.xml").write_bytes(OTHERS.replace(b"Mine", b"The system's"))
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(system))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    return home


def everything(home):
    """Each file and folder of the home, and what is in it."""
    return {
        path.relative_to(home).as_posix(): path.read_bytes() if path.is_file() else None for path in home.rglob("*")
    }


def states(status):
    return {one.name: one.state for one in status.managers}


@pytest.fixture
def uca(home):
    path = home / ".config" / "Thunar" / "uca.xml"
    path.parent.mkdir(parents=True)
    path.write_bytes(OTHERS)
    path.chmod(0o644)
    return path


def test_what_was_put_in_is_taken_out_and_the_home_is_as_it_was(home):
    (home / ".local" / "share" / "nemo" / "actions").mkdir(parents=True)  # empty, and its owner's
    before = everything(home)
    assert set(states(menu.status()).values()) == {"off"}
    installed = menu.install()
    assert installed.installed
    assert set(states(installed).values()) == {"on"}
    assert states(menu.status()) == states(installed)
    assert not menu.remove().installed
    assert everything(home) == before


def test_putting_it_in_twice_changes_nothing(home):
    menu.install()
    once = everything(home)
    menu.install()
    assert everything(home) == once


def test_only_file_managers_that_are_there_get_entries(home, monkeypatch):
    monkeypatch.setenv("PATH", str(home))
    assert set(states(menu.install()).values()) == {"absent"}
    assert not list((home / ".config").rglob("*")) if (home / ".config").exists() else True
    menu.remove()
    assert everything(home) == {}


def test_it_is_taken_out_of_a_file_manager_that_has_gone_since(home, monkeypatch):
    menu.install()
    monkeypatch.setenv("PATH", str(home))
    menu.remove()
    assert everything(home) == {}


def test_thunars_other_actions_stay_to_the_byte(home, uca):
    menu.install()
    merged = uca.read_bytes()
    assert b"Mine &amp; yours" in merged
    assert b"<!-- mine -->" in merged
    assert merged.count(b"<unique-id>hearthside-") == 3
    assert stat.S_IMODE(uca.stat().st_mode) == 0o644
    menu.remove()
    assert uca.read_bytes() == OTHERS


def test_where_thunar_has_no_file_the_systems_own_actions_stay_in_its_menu(home):
    menu.install()
    assert b"The system's &amp; yours" in (home / ".config" / "Thunar" / "uca.xml").read_bytes()


def test_actions_added_to_thunar_since_survive(home):
    menu.install()
    path = home / ".config" / "Thunar" / "uca.xml"
    later = b"<action><name>Later</name><unique-id>2</unique-id><command>x</command></action>\n"
    path.write_bytes(path.read_bytes().replace(b"</actions>", later + b"</actions>"))
    menu.remove()
    assert b"Later" in path.read_bytes()
    assert b"hearthside" not in path.read_bytes()


def test_an_action_its_owner_made_their_own_is_left_alone(home, uca):
    own = b"<action><name>Other</name><unique-id>hearthside-ask</unique-id><command>other %F</command></action>\n"
    uca.write_bytes(OTHERS.replace(b"</actions>", own + b"</actions>"))
    assert states(menu.install())["Thunar"] == "changed"
    assert own in uca.read_bytes()
    assert uca.read_bytes().count(b"hearthside-menu") == 2
    menu.remove()
    assert uca.read_bytes() == OTHERS.replace(b"</actions>", own + b"</actions>")


@pytest.mark.parametrize("broken", [b"<actions><action></actions>", b"", b"<html></html>", b"<actions/>", b"\0<"])
def test_a_file_of_thunars_that_cannot_be_read_is_not_touched_and_keeps_nobody_else_from_theirs(home, uca, broken):
    uca.write_bytes(broken)
    installed = menu.install()
    assert {one.reason for one in installed.managers if one.name == "Thunar"} == {"not_actions"}
    assert states(installed)["Nemo"] == "on"
    assert uca.read_bytes() == broken
    menu.remove()
    assert everything(home) == {".config": None, ".config/Thunar": None, ".config/Thunar/uca.xml": broken}


def test_a_linked_file_stays_a_link(home, uca):
    kept = home / "dotfiles.xml"
    uca.rename(kept)
    uca.symlink_to(kept)
    menu.install()
    assert uca.is_symlink()
    assert b"hearthside-ask" in kept.read_bytes()
    menu.remove()
    assert kept.read_bytes() == OTHERS


def test_nothing_is_written_where_a_link_leads_out_of_the_home(home, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (home / ".local" / "share").mkdir(parents=True)
    (home / ".local" / "share" / "nemo").symlink_to(outside)
    installed = menu.install()
    assert {one.reason for one in installed.managers if one.name == "Nemo"} == {"elsewhere"}
    assert list(outside.iterdir()) == []


def test_an_entry_its_owner_changed_is_left_to_them(home):
    menu.install()
    changed = home / ".local" / "share" / "nemo" / "actions" / "hearthside-2-ask.nemo_action"
    changed.write_text("mine now")
    assert states(menu.install())["Nemo"] == "changed"
    assert changed.read_text() == "mine now"
    assert states(menu.remove())["Nemo"] == "changed"
    assert [path.name for path in changed.parent.iterdir()] == [changed.name]
    assert not (home / ".local" / "share" / "hearthside").exists()


def test_an_entry_of_an_older_version_is_brought_up_to_date(home, monkeypatch):
    menu.install()
    monkeypatch.setattr(entries.sys, "executable", "/another/python")
    assert set(states(menu.status()).values()) == {"outdated"}
    assert set(states(menu.install()).values()) == {"on"}
    menu.remove()
    assert everything(home) == {}


def test_a_lost_list_of_what_was_written_does_not_keep_it_there(home):
    menu.install()
    (entries.menu_folder() / "written.json").unlink()
    menu.remove()
    assert [name for name, data in everything(home).items() if data is not None] == [".config/Thunar/uca.xml"], (
        "whether Thunar's file was there before is what the list knew"
    )


def test_a_home_that_cannot_be_written_to_is_told(home):
    (home / ".local").write_text("a file")
    with pytest.raises(HearthsideError, match="menu_unwritable"):
        menu.install()


def test_what_is_selected_reaches_the_program_absolute_and_whole(home, tmp_path, monkeypatch):
    """The launcher as a file manager's script starts it: by names relative to its folder, with everything in them."""
    told, fake = tmp_path / "told", tmp_path / "python"
    fake.write_text(f'#!/bin/sh\nprintf "%s\\n" "$PWD" "$@" > {told}\n')
    fake.chmod(0o700)
    monkeypatch.setattr(entries.sys, "executable", str(fake))
    menu.install()
    folder = tmp_path / "trap" / "app"
    folder.mkdir(parents=True)
    script = home / ".local" / "share" / "nautilus" / "scripts" / "Ask Hearthside about this…"
    subprocess.run([script, "a b'c$(d).txt", "/elsewhere/é"], cwd=folder.parent, check=True)
    assert told.read_text().splitlines() == [
        str(entries.RESOURCES.parent), "-m", "app", "--ask", f"{folder.parent}/a b'c$(d).txt", "/elsewhere/é",
    ]  # fmt: skip


def test_commands_are_quoted_as_each_file_manager_reads_them(home):
    program = entries.launcher().path
    [action] = [entry for entry in entries.entries_of("PCManFM-Qt", program) if "index" in entry.path.name]
    assert f'Exec="{program}" index %F' in action.data.decode()
    nasty = Path('/home/a"b$c%d')
    [action] = [entry for entry in entries.entries_of("Nemo", nasty) if "index" in entry.path.name]
    assert 'Exec="/home/a\\\\"b\\\\$c%%d" index %F' in action.data.decode()
    found = thunar.actions_in(thunar.merged(thunar.EMPTY, entries.thunar_actions(nasty)))[0]
    assert found[0].elements["command"] == "'/home/a\"b$c%%d' index %F"


@pytest.mark.parametrize("manager", ["Nautilus", "Caja", "Dolphin"])
def test_what_must_be_run_may_be_run(home, manager):
    menu.install()
    folder = entries.folder_of(manager)
    assert all(os.access(path, os.X_OK) for path in folder.iterdir())
