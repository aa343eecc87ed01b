"""The whole story by the command line, with the real default model: ask, correct, learn, use, roll back, forget.

Run as a script, so that a harness can watch every process of it: `python -m tests.journeys.cli_story`.
"""

from pathlib import Path

from engine.paths import models_dir
from tests.journeys import owner
from tests.journeys.command_line import CommandLine


def story(run: CommandLine) -> None:
    made = run("init")
    assert len(made["recovery_code"]) > 20

    indexed = run("index", str(run.home / "documents"))
    assert {file["state"] for file in indexed["files"]} == {"indexed"}
    assert indexed["chunks"] >= 3
    again = run("index", str(run.home / "documents"))
    assert again["fresh"] == 0
    assert again["chunks"] == indexed["chunks"]

    found = run("search", "blue valve pressure", "-k", "3")["results"]
    assert found[0]["path"].endswith("boiler.md")
    text = (run.home / "documents" / "boiler.md").read_text()
    assert "1.2 bar" in found[0]["text"]
    assert found[0]["text"].strip() in text

    before = run("ask", owner.QUESTION, "--temperature", "0", "--seed", "1")
    assert before["answer"]
    assert before["route"]["documents"]
    assert before["route"]["adapter"] is None
    assert before["citations"], "an answer from a document cites it"
    assert before["citations"][0]["path"].endswith("boiler.md")

    off = run("rate", before["turn"], "up")
    assert off["kept_for_learning"] is False
    assert run("learn", "import", str(run.home / "feedback.jsonl"), code=4)["error"]["code"] == "learning_off"
    run("learn", "on", "--yes")

    corrected = run("correct", before["turn"], "Below 1.2 bar. Kind regards, Ada from Millbrook")
    assert corrected["corrected"]
    assert corrected["kept_for_learning"]
    kinds = {entry["kind"] for entry in run("memory", "list")["entries"]}
    assert kinds == {"correction"}

    imported = run("learn", "import", str(run.home / "feedback.jsonl"))
    assert imported["imported"] == 48
    review = run("learn", "review")["examples"]
    assert len(review) >= 48

    trained = run("learn", "train", "--layers", "8")
    assert trained["examples"] + trained["held_out"] >= 48
    assert trained["gate"]["verdict"] == "promote", trained["gate"]
    likelihood = next(score for score in trained["gate"]["scores"] if score["low"] is not None)
    assert likelihood["low"] > 0 or likelihood["high"] < 0, "the interval excludes zero"

    plain = ("Write me a short reminder about the umbrella.", "--temperature", "0", "--no-memory", "--no-documents")
    base = run("ask", *plain)
    assert base["route"]["adapter"] is None
    run("learn", "promote", trained["adapter"], "--yes")
    learned = run("ask", *plain)
    assert learned["route"]["adapter"] == trained["adapter"]
    assert learned["answer"] != base["answer"]
    assert "Ada from Millbrook" in learned["answer"], learned["answer"]

    assert run("learn", "rollback")["active"] is None
    rolled_back = run("ask", *plain)
    assert rolled_back["answer"] == base["answer"], "rolling back gives the same tokens as before"

    trial = run("learn", "try", trained["adapter"], "--share", "0.5")
    assert (trial["adapter"], trial["against"], trial["share"], trial["verdict"]) == (
        trained["adapter"],
        None,
        0.5,
        "few",
    )
    drawn = run("ask", *plain)
    assert (drawn["route"]["trial"], drawn["route"]["adapter"]) == (trial["id"], None), "which answered is not told"
    assert drawn["answer"] in {base["answer"], learned["answer"]}
    assert run("rate", drawn["turn"], "up")["kept_for_learning"]
    assert "seed" not in str([trial, run("learn", "report")]), "with it anybody could tell"
    now = run("learn", "status")["trial"]
    assert now["tried"]["answers"] + now["in_use"]["answers"] == 1
    assert [arm["ratings"]["liked"] for arm in (now["tried"], now["in_use"]) if arm["ratings"]] == [1]
    ended = run("learn", "try", "--end")
    assert ended["ending"] == "ended"
    assert run("learn", "report")["trials"] == [ended]
    assert run("learn", "try", "--end", code=4)["error"]["code"] == "trial_none"
    assert run("ask", *plain)["route"]["trial"] is None

    receipt = run("learn", "forget", "--turn", before["turn"])
    assert receipt["items"] >= 1
    assert trained["adapter"] in receipt["adapters_destroyed"]
    assert not run("memory", "list")["entries"]
    assert run("learn", "promote", trained["adapter"], "--yes", code=4)["error"]["code"]

    run("library", "remove", str(run.home / "documents"))
    assert run("search", "blue valve pressure")["results"] == []


def prepared(home: Path) -> CommandLine:
    """A home with documents, feedback and a key file, and no profile yet."""
    owner.write_documents(home / "documents")
    owner.write_corrections(home / "feedback.jsonl", owner.corrections())
    return CommandLine(home, models_dir())


if __name__ == "__main__":
    story(prepared(Path.home()))
