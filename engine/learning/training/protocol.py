"""What the trainer asks of its worker and what comes back: examples in; progress, checkpoints and an adapter out."""

from typing import Annotated

from msgspec import Meta, Struct

from engine.learning.values import TrainingProgress


class TrainingConfig(Struct, frozen=True, kw_only=True):
    """How an adapter is trained. The defaults are for tens to hundreds of examples on a model of about 135M weights.

    The learning rate: one author's 50 articles, top 16 layers, three epochs, took the held-out loss from 3.61 to 3.44
    nat at 2e-4, to 3.31 at 5e-4 and to 3.28 at 1e-3, where drafts begin to break.

    What is replayed holds an adapter to the base at little cost: of two people's 50 corrections the gain falls from
    .295 and .241 nat a token to .288 and .232, the divergence from .115 and .114 to .024 and .026, and of a hundred
    instructions, of which the base follows 61, 59 and 60 are followed instead of 56 and 57. At weight 4 it gains less.

    The divergence is capped far out: an adapter of 38 letters in one hand came to .14 and followed 20 of 30
    instructions, the base 21; scaled back to .06 it followed no more, and two of eight drafts broke.

    Preferences weigh nothing: with a pair weight of .3 and the model's own drafts as the rejected ones, the same
    training took 2.3 times as long, and neither the held-out likelihood nor the drafts gained by it.
    """

    layers: Annotated[int, Meta(ge=1, description="how many of the top layers are adapted; 16 of 30 learn as well")] = (
        16
    )
    rank: Annotated[int, Meta(ge=1, le=256, description="rank of the low-rank update of each projection")] = 8
    alpha: Annotated[float, Meta(gt=0, description="the update is scaled by alpha / rank")] = 16.0
    dropout: Annotated[
        float, Meta(ge=0, lt=1, description="share of an update's inputs left out, others each step; training only")
    ] = 0.0
    learning_rate: Annotated[float, Meta(gt=0, description="at its peak, after a tenth of all steps")] = 5e-4
    epochs: Annotated[int, Meta(ge=1, description="passes over the examples; most is learned in the first")] = 3
    batch: Annotated[int, Meta(ge=1, description="examples a step")] = 4
    max_tokens: Annotated[
        int, Meta(ge=2, description="longest example: longer prompts lose their beginning, longer targets are left out")
    ] = 512
    pair_weight: Annotated[float, Meta(ge=0, description="of preferring a target over what it was chosen over")] = 0.0
    judged_weight: Annotated[float, Meta(ge=0, description="of targets that were only liked or disliked")] = 0.0
    replay_weight: Annotated[float, Meta(ge=0, description="of predicting as the base does where it is replayed")] = 1.0
    replayed: Annotated[int, Meta(ge=1, description="of the base's own answers to ordinary prompts, a step")] = 2
    most_divergence: Annotated[float, Meta(gt=0, description="nat a token of other such answers; see Trained")] = 0.5
    distil_weight: Annotated[
        float, Meta(ge=0, description="of predicting as the base does when it is shown the correction")
    ] = 0.0
    beta: Annotated[float, Meta(gt=0, description="how far a preference may move answers from the base model's")] = 0.1
    seed: Annotated[
        int, Meta(ge=0, description="decides the fresh weights, the order of the batches and what dropout leaves out")
    ] = 0


class TrainingExample(Struct, frozen=True):
    """Tokens the model reads, and those it learns to go on with; `weight` scales this example's share of the loss.

    `rejected` is what the owner had before the target, or left for it. `liked` is said of a target that the owner only
    judged: a disliked one is not learned to be said, but to be avoided. `shown` is the prompt with the target shown in
    it, for `distil_weight`.
    """

    prompt: list[int]
    target: list[int]
    weight: float = 1.0
    rejected: list[int] = []
    liked: bool | None = None
    shown: list[int] = []


class General(Struct, frozen=True):
    """The base model's own answers to ordinary prompts: replayed in training, and only watched."""

    replayed: list[TrainingExample] = []
    watched: list[TrainingExample] = []


class Trained(Struct, frozen=True, tag=True):
    """An adapter (llama.cpp's format), the mean loss (nat a target token) of each step, and what it took.

    `divergences` are KL(base ‖ adapted), nat a token of the watched answers, after each epoch. Where the last was over
    `most_divergence` the adapter's update was scaled down by `scale` until it kept to that, which is a step back along
    the straight line to the base's weights (as in WiSE-FT, arXiv 2109.01903); what it comes to then is added.

    `tuning_losses` are mean nat a target token of each of the request's tuning examples, in the end.

    `tokens` counts padded tokens over all epochs, `seconds` the time in its steps, without reading the model, and with
    what was done before the run was interrupted. `left_out` are the places of examples that were too long or empty.
    """

    gguf: bytes
    losses: list[float]
    tokens: int
    seconds: float
    left_out: list[int] = []
    divergences: list[float] = []
    scale: float = 1.0
    tuning_losses: list[float] = []


class Train(Struct, frozen=True, tag=True):
    """Train on the GGUF at `base_path`, from `checkpoint` where it is one of this very run.

    `tuning` is not trained on: it is only said how likely it became. `matmul` names a library to multiply matrices with
    (see fast_matmul), empty for the one mlx brings; `free_bytes` is what the machine has free (see memory_plan).
    """

    model: str
    base_path: str
    base_sha256: str
    examples: list[TrainingExample]
    general: General
    config: TrainingConfig
    checkpoint: bytes | None
    matmul: str
    free_bytes: int
    tuning: list[TrainingExample] = []


class CheckpointUnusable(Struct, frozen=True, tag=True):
    """The checkpoint in the request is damaged or of another run; training starts at the beginning."""


class Stepped(Struct, frozen=True, tag=True):
    """Where the run stands."""

    progress: TrainingProgress


class CheckpointTaken(Struct, frozen=True, tag=True):
    """All that is needed to go on from here after this process is gone. Holds what was learned: keep it encrypted."""

    data: bytes


Reply = CheckpointUnusable | Stepped | CheckpointTaken | Trained
