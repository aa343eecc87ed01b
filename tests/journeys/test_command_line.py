"""The command line as a person meets it: the whole story with nobody listening, bad input, Ctrl-C, two at once."""

import json
import signal
import subprocess
import sys

import pytest

from engine.paths import models_dir
from engine.words import say
from tests.journeys.cli_story import prepared
from tests.journeys.command_line import ROOT
from tests.journeys.egress import run_without_network

pytestmark = [pytest.mark.journey, pytest.mark.model]


@pytest.fixture(scope="module")
def hearthside(tmp_path_factory, models_folder):
    run = prepared(tmp_path_factory.mktemp("home"))
    run("init")
    return run


def test_the_whole_story_opens_no_socket(models_folder):
    """Told whole with the guard on; the window's story is told whole with it off."""
    report = run_without_network(
        [sys.executable, "-m", "tests.journeys.cli_story"],
        env={"HEARTHSIDE_MODELS": str(models_dir())},
        guard=True,
        timeout=900,
        quick=True,
    )
    assert report.returncode == 0, report.stdout + report.stderr
    assert report.opened == []
    assert report.listening == []


def test_bad_input_gets_a_message_and_its_exit_code(hearthside):
    run = hearthside
    assert run("ask", "  ", code=4)["error"]["code"] == "question_empty"
    assert run("ask", "-", stdin="why " * 50_000, code=4)["error"]["code"] == "question_too_long"
    assert run("index", str(run.home / "nowhere"), code=4)["error"]["code"] == "path_absent"
    assert run("frobnicate", code=2)["error"]["code"] == "usage"
    assert run("ask", code=2)["error"]["code"] == "usage"
    assert run("learn", "try", code=2)["error"]["code"] == "usage"
    assert run("learn", "try", "one", "--end", code=2)["error"]["code"] == "usage"
    assert run("learn", "try", "one", code=4)["error"]["code"] == "learning_off"
    assert run("learn", "try", "--end", code=4)["error"]["code"] == "trial_none"
    assert run("learn", "test", code=4)["error"]["code"] == "nothing_to_test"
    wrong = run.home / "wrong"
    wrong.write_bytes(b"not the key")
    wrong.chmod(0o600)
    key, run.key_file = run.key_file, wrong
    assert run("library", "list", code=3)["error"]["code"]
    wrong.chmod(0o644)
    assert run("library", "list", code=3)["error"]["code"]
    run.key_file = key
    text = run.home / "model.gguf"
    text.write_text("I am not a model")
    assert run("models", "import", str(text), code=4)["error"]["code"]


def test_what_is_asked_incognito_is_kept_nowhere(hearthside):
    run = hearthside
    private = run("ask", "Who is Quimblethorpe?", "--incognito", "--max-tokens", "8")
    assert (private["turn"], private["thread"]) == (None, None)
    assert private["answer"]
    assert run("ask", "And why?", "--incognito", "--thread", "any", code=2)["error"]["code"] == "usage"
    assert run("chat", "--incognito", "--thread", "any", code=2)["error"]["code"] == "usage"
    talk = [part for part in run.command("chat", "--incognito") if part != "--json"]
    asked = "Who is Quimblethorpe? One word.\nAnd why? One word.\n"
    done = subprocess.run(
        talk, cwd=ROOT, env=run.environment, input=asked, capture_output=True, text=True, timeout=300, check=True
    )
    assert say("cli.chat_incognito") in done.stdout
    assert done.stderr.count(say("chat.route_documents_empty")) == 2, "both were answered"
    kept = run("ask", "Who is Zwetschge?", "--max-tokens", "8")
    run("export", str(run.home / "exported"))
    [line] = (run.home / "exported" / "chats.jsonl").read_text().splitlines()
    assert json.loads(line)["thread"]["id"] == kept["thread"]


def test_what_the_next_question_tells_is_listed_counted_and_forgotten(hearthside):
    run = hearthside
    run("learn", "on", "--yes")
    first = run("ask", "Who wrote Faust?", "--max-tokens", "8", "--no-documents")
    run("ask", "No, that's not right.", "--thread", first["thread"], "--max-tokens", "8", "--no-documents")
    talk = [part for part in run.command("chat", "--thread", first["thread"]) if part != "--json"]
    asked = "Write a poem about snow.\nYou misunderstood me.\n"
    subprocess.run(
        talk, cwd=ROOT, env=run.environment, input=asked, capture_output=True, text=True, timeout=300, check=True
    )
    kept = run("learn", "signals")["signals"]
    assert [row["kind"] for row in kept] == ["complaint", "complaint"]
    assert kept[0]["turn"] == first["turn"]
    [counts] = run("learn", "status")["signals"]
    assert (counts["adapter"], counts["answers"], counts["complaints"]) == (None, 4, 2)
    assert run("learn", "report")["report"]["status"]["signals"] == [counts]
    assert run("learn", "review")["examples"] == []
    run("learn", "forget", "--feedback", kept[0]["id"])
    assert run("learn", "signals")["signals"] == kept[1:]
    assert run("learn", "forget", "--thread", first["thread"])["items"] == 1
    assert run("learn", "signals")["signals"] == []
    run("learn", "off")


def test_ctrl_c_while_an_answer_streams_keeps_what_was_said(hearthside):
    run = hearthside
    with run.start("ask", "Count from one to a thousand.", "--no-documents", "--max-tokens", "2000") as child:
        assert child.stderr.readline(), "it says what it draws on before it answers"
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=60)
    assert child.returncode == 130, err
    assert json.loads(out)["error"]["code"] == "interrupted"
    assert "Traceback" not in err
