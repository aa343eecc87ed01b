"""The tables of learning, in owner.db: feedback as it was said, and everything made from it by id."""

import apsw

from engine.store.migrations import Migration


def _feedback_and_adapters(connection: apsw.Connection) -> None:
    connection.execute(
        """
        CREATE TABLE feedback (
            id TEXT PRIMARY KEY,
            kind TEXT NOT NULL CHECK (kind IN ('thumb', 'correction', 'preferred')),
            prompt TEXT,
            draft TEXT,
            final TEXT,
            rejected TEXT,
            rating TEXT CHECK (rating IN ('up', 'down')),
            reason TEXT NOT NULL,
            turn_id TEXT,
            thread_id TEXT,
            model_sha256 TEXT,
            adapter_id TEXT,
            route TEXT,
            source TEXT NOT NULL CHECK (source IN ('chat', 'import')),
            consent_version INTEGER NOT NULL,
            created_ms INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX feedback_by_turn ON feedback (turn_id);
        CREATE INDEX feedback_by_thread ON feedback (thread_id);
        CREATE INDEX feedback_by_time ON feedback (created_ms, id);

        CREATE TABLE left_out (
            feedback_id TEXT PRIMARY KEY REFERENCES feedback (id) ON DELETE CASCADE,
            at_ms INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE datasets (
            id TEXT PRIMARY KEY,
            sha256 TEXT NOT NULL UNIQUE,
            manifest TEXT,
            created_ms INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE runs (
            id TEXT PRIMARY KEY,
            dataset_id TEXT NOT NULL REFERENCES datasets (id),
            base_sha256 TEXT NOT NULL,
            config TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('training', 'gating', 'done', 'discarded')),
            tokens INTEGER NOT NULL DEFAULT 0,
            seconds REAL NOT NULL DEFAULT 0,
            created_ms INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE adapters (
            id TEXT PRIMARY KEY,
            dataset_id TEXT NOT NULL REFERENCES datasets (id),
            base_sha256 TEXT NOT NULL,
            serving_sha256 TEXT NOT NULL,
            parent_id TEXT,
            layers INTEGER NOT NULL,
            rank INTEGER NOT NULL,
            examples INTEGER NOT NULL,
            held_out INTEGER NOT NULL,
            losses TEXT NOT NULL,
            gate TEXT,
            created_ms INTEGER NOT NULL,
            promoted_ms INTEGER,
            destroyed_ms INTEGER
        ) STRICT;

        CREATE TABLE promotions (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            adapter_id TEXT NOT NULL REFERENCES adapters (id),
            at_ms INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE scores (
            subject TEXT NOT NULL,
            serving_sha256 TEXT NOT NULL,
            item TEXT NOT NULL,
            value REAL NOT NULL,
            PRIMARY KEY (subject, serving_sha256, item)
        ) STRICT, WITHOUT ROWID;
        """
    )


def _kept_anyway(connection: apsw.Connection) -> None:
    connection.execute(
        """
        CREATE TABLE kept_anyway (
            feedback_id TEXT PRIMARY KEY REFERENCES feedback (id) ON DELETE CASCADE,
            at_ms INTEGER NOT NULL
        ) STRICT;
        """
    )


def _replay(connection: apsw.Connection) -> None:
    connection.execute(
        """
        CREATE TABLE base_answers (
            serving_sha256 TEXT NOT NULL,
            prompt_sha256 TEXT NOT NULL,
            answer TEXT NOT NULL,
            PRIMARY KEY (serving_sha256, prompt_sha256)
        ) STRICT, WITHOUT ROWID;

        ALTER TABLE adapters ADD COLUMN divergences TEXT NOT NULL DEFAULT '[]';
        ALTER TABLE adapters ADD COLUMN scale REAL NOT NULL DEFAULT 1.0;
        """
    )


def _full_gate(connection: apsw.Connection) -> None:
    connection.execute("ALTER TABLE adapters ADD COLUMN full_gate TEXT")


def _trials(connection: apsw.Connection) -> None:
    connection.execute(
        """
        CREATE TABLE trials (
            id TEXT PRIMARY KEY,
            adapter_id TEXT NOT NULL REFERENCES adapters (id),
            against_id TEXT REFERENCES adapters (id),
            serving_sha256 TEXT NOT NULL,
            share REAL NOT NULL CHECK (share > 0 AND share < 1),
            seed INTEGER NOT NULL,
            begun_ms INTEGER NOT NULL,
            ended_ms INTEGER,
            ending TEXT CHECK ((ending IS NULL) = (ended_ms IS NULL))
        ) STRICT;
        CREATE UNIQUE INDEX one_trial_at_a_time ON trials (ended_ms IS NULL) WHERE ended_ms IS NULL;
        """
    )


def _signals(connection: apsw.Connection) -> None:
    connection.execute(
        """
        CREATE TABLE signals (
            id TEXT PRIMARY KEY,
            kind TEXT NOT NULL CHECK (kind IN ('copied', 'asked_again', 'complaint', 'citation_opened')),
            turn_id TEXT NOT NULL,
            thread_id TEXT,
            model_sha256 TEXT,
            adapter_id TEXT,
            route TEXT,
            source TEXT NOT NULL CHECK (source IN ('chat', 'import')),
            consent_version INTEGER NOT NULL,
            created_ms INTEGER NOT NULL,
            UNIQUE (turn_id, kind, source)
        ) STRICT;
        CREATE INDEX signals_by_thread ON signals (thread_id);
        CREATE INDEX signals_by_time ON signals (created_ms, id);
        """
    )


def _base_answers_leave(connection: apsw.Connection) -> None:
    """They lie beside the model now, for all profiles."""
    connection.execute("DROP TABLE base_answers")


def _search(connection: apsw.Connection) -> None:
    connection.execute(
        """
        CREATE TABLE tried (name TEXT PRIMARY KEY, outcome TEXT NOT NULL) STRICT, WITHOUT ROWID;

        ALTER TABLE runs ADD COLUMN tried INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE adapters ADD COLUMN passes INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE adapters ADD COLUMN tried INTEGER NOT NULL DEFAULT 0;
        """
    )


def _domains(connection: apsw.Connection) -> None:
    """A bin goes with its last example, and a name made from its questions with any of them: whoever deletes them."""
    connection.execute(
        """
        CREATE TABLE domains (
            id TEXT PRIMARY KEY,
            name TEXT NOT NULL,
            is_named INTEGER NOT NULL,
            created_ms INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE domain_examples (
            feedback_id TEXT PRIMARY KEY REFERENCES feedback (id) ON DELETE CASCADE,
            domain_id TEXT NOT NULL REFERENCES domains (id) ON DELETE CASCADE,
            placed TEXT NOT NULL CHECK (placed IN ('grouped', 'joined', 'owner')),
            embedder TEXT,
            vector BLOB
        ) STRICT;
        CREATE INDEX domain_examples_by_domain ON domain_examples (domain_id);
        CREATE TRIGGER domain_example_gone AFTER DELETE ON domain_examples BEGIN
            DELETE FROM domains WHERE id = OLD.domain_id
                AND NOT EXISTS (SELECT 1 FROM domain_examples WHERE domain_id = OLD.domain_id);
            UPDATE domains SET name = '' WHERE id = OLD.domain_id AND NOT is_named;
        END;

        ALTER TABLE adapters ADD COLUMN domain_id TEXT;
        """
    )


def _comparisons(connection: apsw.Connection) -> None:
    connection.execute(
        """
        CREATE TABLE comparisons (
            id TEXT PRIMARY KEY,
            thread_id TEXT NOT NULL,
            left_turn TEXT NOT NULL,
            right_turn TEXT NOT NULL,
            left_adapter TEXT,
            right_adapter TEXT,
            rival TEXT CHECK (rival IN ('left', 'right')),
            serving_sha256 TEXT NOT NULL,
            propensity REAL NOT NULL CHECK (propensity > 0 AND propensity <= 1),
            consent_version INTEGER NOT NULL,
            created_ms INTEGER NOT NULL,
            choice TEXT CHECK (choice IN ('left', 'right', 'both', 'neither')),
            chosen_ms INTEGER,
            CHECK ((choice IS NULL) = (chosen_ms IS NULL))
        ) STRICT;
        CREATE INDEX comparisons_by_turn ON comparisons (left_turn);
        CREATE INDEX comparisons_by_other_turn ON comparisons (right_turn);
        CREATE INDEX comparisons_by_thread ON comparisons (thread_id);
        CREATE INDEX comparisons_by_time ON comparisons (created_ms, id);

        CREATE TABLE comparing (
            one INTEGER PRIMARY KEY CHECK (one = 1),
            seed INTEGER NOT NULL,
            rival_id TEXT REFERENCES adapters (id)
        ) STRICT;
        INSERT INTO comparing (one, seed) VALUES (1, random() & 2147483647);
        """
    )


def _drafts_as_served(connection: apsw.Connection) -> None:
    """Drafts are made with the chat's penalty on repeating now: what was measured of others cannot be compared."""
    connection.execute(
        "DELETE FROM scores WHERE item LIKE 'draft:%' OR item LIKE 'rouge_l:%' OR item LIKE 'edit_distance:%'"
        " OR item LIKE 'words:%'"
    )


def _shadow(connection: apsw.Connection) -> None:
    connection.execute("ALTER TABLE adapters ADD COLUMN shadow TEXT")


MIGRATIONS = (
    Migration("learning-1-feedback-and-adapters", _feedback_and_adapters),
    Migration("learning-2-kept-anyway", _kept_anyway),
    Migration("learning-3-replay", _replay),
    Migration("learning-4-full-gate", _full_gate),
    Migration("learning-5-trials", _trials),
    Migration("learning-6-signals", _signals),
    Migration("learning-7-base-answers-leave", _base_answers_leave),
    Migration("learning-8-search", _search),
    Migration("learning-9-domains", _domains),
    Migration("learning-10-comparisons", _comparisons),
    Migration("learning-11-drafts-as-served", _drafts_as_served),
    Migration("learning-12-shadow", _shadow),
)
