"""Consent only grows and its newest row holds; the audit trail stands with what it records and holds no content."""

import pytest

from engine.privacy.audit import AuditTrail
from engine.privacy.consent import LEARNING, PAGE_VERSION, Consent
from engine.privacy.schema import MIGRATIONS
from engine.store.database import Database


@pytest.fixture
def database(tmp_path, key):
    with Database.open(tmp_path / "owner.db", key, MIGRATIONS, durable=False) as database:
        yield database


def test_consent_is_not_given_until_it_is_and_every_answer_stays(database, clock):
    consent = Consent(database, clock)
    assert consent.current(LEARNING) is None
    versions = []
    for answer in (consent.give, consent.withdraw, consent.give):
        with database.write() as connection:
            answer(connection, LEARNING)
        versions.append(consent.current(LEARNING))
    assert versions == [1, None, 3]
    assert consent.grants(LEARNING) == {1, 3}
    rows = consent.history()
    assert [row.given for row in rows] == [True, False, True]
    assert {row.page_version for row in rows} == {PAGE_VERSION}
    assert [row.at_ms for row in rows] == sorted({row.at_ms for row in rows})


def test_scopes_are_apart(database, clock):
    consent = Consent(database, clock)
    with database.write() as connection:
        consent.give(connection, LEARNING)
    assert consent.current("another") is None
    assert consent.grants("another") == frozenset()


def test_the_trail_is_told_newest_first(database, clock):
    audit = AuditTrail(database, clock)
    with database.write() as connection:
        audit.record(connection, "learning_on")
        audit.record(connection, "forgotten", items=3, adapters=["0190-ab"])
    newest, oldest = audit.entries()
    assert (newest.action, newest.fields) == ("forgotten", {"items": 3, "adapters": ["0190-ab"]})
    assert (oldest.action, oldest.fields) == ("learning_on", {})
    assert newest.at_ms > oldest.at_ms
    assert audit.entries(limit=1) == [newest]


@pytest.mark.parametrize("content", ["Dear Anna", "anna@example.org", ["fine", "Not fine"], "x" * 65])
def test_content_is_refused_with_all_of_its_transaction(database, clock, content):
    audit = AuditTrail(database, clock)

    def two_records():
        with database.write() as connection:
            audit.record(connection, "learning_on")
            audit.record(connection, "forgotten", what=content)

    with pytest.raises(ValueError):
        two_records()
    assert audit.entries() == []
