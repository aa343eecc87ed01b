"""One course from curated examples to a registered candidate, in steps that a kill between any two cannot lose."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol

from engine.errors import InputRefused, Interrupted
from engine.learning.demonstration import demonstrated
from engine.learning.gate.gating import standing
from engine.learning.records.dataset import Manifest, manifest_of, split
from engine.learning.records.records import Records
from engine.learning.records.runs import Run
from engine.learning.replay import Replay
from engine.learning.search import Search, Searched
from engine.learning.training.train import Checkpoints, General, Trained, TrainingConfig, TrainingExample
from engine.learning.values import Adapter, AdapterState, Example, TrainingProgress
from engine.models.runtime import Runtime
from engine.models.values import ModelDescription
from engine.progress import Control

Heard = Callable[[TrainingProgress], None]


class Trainer(Protocol):
    """`engine.learning.training.train.train`, or what stands in for it."""

    def __call__(
        self,
        model: ModelDescription,
        examples: Sequence[TrainingExample],
        config: TrainingConfig,
        *,
        general: General,
        tuning: Sequence[TrainingExample] = (),
        checkpoints: Checkpoints,
        report: Heard,
        control: Control,
    ) -> Trained: ...


class Unkept:
    """The checkpoints of a training that is soon made again."""

    def save(self, data: bytes) -> None:
        pass

    def load(self) -> bytes | None:
        return None

    def clear(self) -> None:
        pass


FEW_LAYERS = 8
STEPS_WANTED = 50
MOST_EPOCHS = 5
FEW = 30
EPOCHS_OF_FEW = 6


def configured(layers: int | None, examples: int) -> TrainingConfig:
    """The config for so many adapted layers and examples, fixed before anything is scored.

    On few layers, few examples need more passes: on the top 8, 40 of them are half learned after three, and drafts then
    run on. On the top 16, measured on two people with answers replayed: 25 examples gain .19 and .14 nat a token in
    three passes, .23 and .22 in six, at the cost of one instruction of a hundred. 50 gain .29 and .23 in three, .29 and
    .26 in five, at the cost of four. Without replay, 10 gained twice as much in six as in three, and lost five of
    thirty instructions in twelve.
    """
    base = TrainingConfig()
    layers = layers or base.layers
    if layers > FEW_LAYERS:
        return TrainingConfig(layers=layers, epochs=EPOCHS_OF_FEW if examples <= FEW else base.epochs)
    steps_an_epoch = -(-examples // base.batch)
    return TrainingConfig(layers=layers, epochs=max(base.epochs, min(MOST_EPOCHS, -(-STEPS_WANTED // steps_an_epoch))))


class Course:
    """Makes candidates."""

    def __init__(self, records: Records, runtime: Runtime, replay: Replay, trainer: Trainer) -> None:
        self._records = records
        self._runtime = runtime
        self._replay = replay
        self._trainer = trainer
        self._search = Search(records.database, self._rendered, self._attempt, lambda: runtime.description.base_sha256)

    def adapter(
        self,
        examples: Sequence[Example],
        layers: int | None,
        *,
        search: bool = False,
        domain: str | None,
        members: Collection[str] | None,
        report: Heard,
        control: Control,
    ) -> Run:
        """A run whose adapter is registered and waits for the gate: the one cut short if it can go on, else a new one.
        With `search` it is tried first how best to train a new one.

        Of `examples` a new one takes the `members` of `domain`; None is all. Raises InputRefused("nothing_to_train"),
        Interrupted, or what the trainer raises; the checkpoint stays then.
        """
        report(TrainingProgress(phase="preparing", step=0, steps=1, loss=None, tokens_per_s=0.0, eta_s=None))
        usable = {example.id: example for example in examples if example.left_out is None}
        wanted = [example for example in usable.values() if members is None or example.id in members]
        run = self._resumed(usable, layers, domain) or self._begun(
            wanted, layers, domain, search=search, report=report, control=control
        )
        if run.state == "training":
            trained = self._trained(run, usable, report, control)
            self._register(run, trained)
        return self._records.runs.get(run.id)

    def domain(self, run: Run) -> str | None:
        """The domain a run is for; None is all."""
        manifest = self._records.datasets.manifest(run.dataset_id)
        return None if manifest is None else manifest.domain or None

    def _resumed(self, usable: Mapping[str, Example], layers: int | None, domain: str | None) -> Run | None:
        """The unfinished run, if it would train today on exactly what it was begun with."""
        run = self._records.runs.unfinished()
        if run is None or run.base_sha256 != self._runtime.description.base_sha256:
            return None
        manifest = self._records.datasets.manifest(run.dataset_id)
        whole = manifest is not None and len(standing(manifest.train, usable)) == len(manifest.train)
        return run if whole and self.domain(run) == domain and layers in (None, run.config.layers) else None

    def _begun(
        self,
        usable: list[Example],
        layers: int | None,
        domain: str | None,
        *,
        search: bool,
        report: Heard,
        control: Control,
    ) -> Run:
        if not usable:
            raise InputRefused("nothing_to_train")
        parts = split(usable)
        manifest = manifest_of(parts, domain)
        by_size = configured(layers, len(manifest.train))
        general = self._replay.general(control)
        found = self._search.best(parts.train, by_size, general, report=report, control=control) if search else None
        searched = found or Searched(by_size, [])
        with self._records.database.write() as connection:
            dataset_id = self._records.datasets.keep(connection, manifest)
            run_id = self._records.runs.begin(
                connection,
                dataset_id,
                self._runtime.description.base_sha256,
                searched.config,
                tried=len(searched.tried),
            )
            self._records.audit.record(
                connection,
                "training_begun",
                run=run_id,
                dataset=dataset_id,
                examples=len(manifest.train),
                held_out=len(manifest.held_out),
                passes=searched.config.epochs,
                tried=len(searched.tried),
            )
        self._records.runs.remove_stale_checkpoints()
        return self._records.runs.get(run_id)

    def _trained(self, run: Run, usable: Mapping[str, Example], report: Heard, control: Control) -> Trained:
        examples = standing(self._manifest(run).train, usable)
        checkpoints = self._records.runs.checkpoints(run.id)
        return self._trainer(
            self._runtime.description,
            [self._rendered(example, run.config) for example in examples],
            run.config,
            general=self._replay.general(control),
            checkpoints=checkpoints,
            report=report,
            control=control,
        )

    def _attempt(
        self,
        examples: Sequence[TrainingExample],
        config: TrainingConfig,
        *,
        general: General,
        tuning: Sequence[TrainingExample],
        report: Heard,
        control: Control,
    ) -> Trained:
        return self._trainer(
            self._runtime.description,
            examples,
            config,
            general=general,
            tuning=tuning,
            checkpoints=Unkept(),
            report=report,
            control=control,
        )

    def _register(self, run: Run, trained: Trained) -> None:
        manifest = self._manifest(run)
        domain = self.domain(run)
        active = self._records.registry.answering(domain)
        adapter = Adapter(
            id=run.id,
            state=AdapterState.CANDIDATE,
            base_sha256=run.base_sha256,
            serving_sha256=self._runtime.description.serving_sha256,
            dataset_id=run.dataset_id,
            examples=len(manifest.train),
            held_out=len(manifest.held_out),
            parent_id=None if active is None else active.id,
            layers=run.config.layers,
            rank=run.config.rank,
            passes=run.config.epochs,
            tried=run.tried,
            gate=None,
            losses=trained.losses,
            divergences=trained.divergences,
            scale=trained.scale,
            domain_id=domain,
            created_ms=run.created_ms,
        )
        with self._records.database.write() as connection:
            wanted = self._records.runs.trained(connection, run.id, trained.tokens, trained.seconds)
            if wanted:
                self._records.registry.add(connection, adapter, trained.gguf)
                self._records.audit.record(connection, "adapter_trained", adapter=run.id, dataset=run.dataset_id)
        self._records.runs.remove_stale_checkpoints()
        if not wanted:
            raise Interrupted

    def _manifest(self, run: Run) -> Manifest:
        """Raises Interrupted once something in it was forgotten: the run has no ground to stand on any more."""
        manifest = self._records.datasets.manifest(run.dataset_id)
        if manifest is None:
            raise Interrupted
        return manifest

    def _rendered(self, example: Example, config: TrainingConfig) -> TrainingExample:
        """The tokens the model would have read, should have written, and should not have. Long answers end early, so
        that some of the prompt keeps its place; the trainer shortens the prompt to fit. Only what the owner said is
        shown to a teacher, not what was praised: that the model says anyway."""
        most = config.max_tokens * 3 // 4
        is_shown = config.distil_weight > 0 and example.kind != "thumb"
        return TrainingExample(
            prompt=self._runtime.render(example.prompt),
            target=self._runtime.answer_tokens(example.target)[:most],
            weight=example.weight,
            rejected=self._runtime.answer_tokens(example.rejected)[:most] if example.rejected else [],
            shown=self._runtime.render(demonstrated(example.prompt, example.target)) if is_shown else [],
        )
