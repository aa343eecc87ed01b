"""A library whose passages a test lays out itself."""

from engine.library.scope import parts
from engine.library.values import Passage, Ranking


class Shelf:
    """Finds its passages in the order they were laid, whatever is asked; backwards, where words weigh more."""

    def __init__(self):
        self.passages = {}
        self.cited = []
        self.off_limits = set()
        self.asked = []

    def lay(self, *texts, score=1.0):
        for text in texts:
            number = len(self.passages) + 1
            self.passages[f"chunk-{number}"] = Passage(
                chunk_id=f"chunk-{number}",
                document_id=f"document-{number}",
                path=f"/documents/{number}.txt",
                page=None,
                start=0,
                end=len(text),
                text=text,
                score=score,
            )

    def remove(self, chunk_id):
        del self.passages[chunk_id]

    def counts(self, scope=None):
        """Of any scope but all: those at its places."""
        return (len(self._held(scope)),) * 2

    def search(self, query, k=10, scope=None):
        self.asked.append(query)
        return self._held(scope)[:k]

    def ranked(self, query, rankings, floor, scope=None):
        found = [passage for passage in self.search(query, len(self.passages), scope) if passage.score >= floor]
        turned = found[::-1]
        return [(turned if one.meaning < 0.5 else found)[: one.passages] for one in rankings]

    def near(self, query, words, floor, scope=None):
        return [[one] for one in self.ranked(query, [Ranking(0.5, len(self.passages))], floor, scope)[0]]

    def scope_parts(self, scope):
        return list(parts(scope, {}))

    def _held(self, scope):
        return [one for one in self.passages.values() if not scope or one.path in scope.places]

    def passage(self, chunk_id):
        return self.passages.get(chunk_id)

    def cite(self, chunk_ids):
        self.cited += chunk_ids

    def may_teach(self, chunk_ids):
        return self.off_limits.isdisjoint(chunk_ids)
