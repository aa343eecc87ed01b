"""The model in training: mlx-lm's, with its LoRA modules on the top layers, split where the first of them begins.

Below that layer nothing changes, so `trunk` is computed once for a piece and `loss` starts from what it gave.

Beside the likelihood of what the owner wrote, preferences are learned: pairs by DPO (arXiv 2305.18290; with that
likelihood as a term of the loss, as in RPO, arXiv 2404.19733), single judgements by APO-zero for unpaired answers
(arXiv 2408.06266). Both compare with the base model, which is this one with a fresh adapter.

So does what is replayed: on the base model's own answers to ordinary prompts the adapted model is held to the base's
distribution of every next token, by its KL divergence (as learning without forgetting does, arXiv 1606.09282).

Self-distillation (SDFT, arXiv 2601.19897) is that same divergence with a base that reads another prompt, one in which
the owner's correction is shown: the adapted model learns to do unprompted what the base does with it before its eyes.
The paper samples the answers along which they are compared, and takes KL(adapted ‖ base). Here nothing is sampled,
which on a CPU would cost more than the training: they are compared along the draft, which once was sampled from that
very prompt, or along the owner's text where no draft was kept. A text the model would not write itself moves
KL(adapted ‖ base) little, for its gradient is weighted by the model's own probabilities, so it is KL(base ‖ adapted).
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.learning.training.architectures import ARCHITECTURES
from engine.learning.training.base_weights import read_base
from engine.learning.training.protocol import TrainingConfig

if TYPE_CHECKING:
    import mlx.core as mx
    from mlx_lm.models.llama import Model

    from engine.learning.training.batches import Anchor, Piece, Reading
    from engine.learning.training.llama_forward import Forward


class Draw(NamedTuple):
    """Which step of a run, and which piece of its batch: with the seed it decides what dropout leaves out."""

    step: int
    piece: int


class AdaptedModel:
    """`parameters` are the trainable ones; `fresh` those at the start, with which the adapter changes nothing."""

    def __init__(self, path: Path, config: TrainingConfig, *, recompute: bool = False) -> None:
        """With `recompute` an adapted layer keeps only what it was given, and is computed again in the backward pass
        (arXiv 1604.06174)."""
        import mlx.core as mx
        from mlx_lm.tuner.utils import linear_to_lora_layers

        self.architecture, self.model = _load(path, config.max_tokens)
        layers = self.model.layers
        mx.random.seed(config.seed)
        self.model.freeze()
        lora = {"rank": config.rank, "scale": config.alpha / config.rank, "dropout": config.dropout}
        linear_to_lora_layers(self.model, config.layers, lora)
        mx.eval(self.model.parameters())
        split = max(len(layers) - config.layers, 0)
        self._frozen, self._adapted = layers[:split], layers[split:]
        self._forward: Forward = forward_of(self.architecture)
        whole = self.model.model
        self._norm = whole.embedding_norm if "embedding_norm" in whole else whole.norm
        self._embedding_scale = _embedding_scale(self.architecture, self.model)
        self._beta = config.beta
        self._seed = config.seed
        self._recompute = recompute
        self.fresh = self.parameters

    @property
    def parameters(self) -> dict[str, Any]:
        trainable: dict[str, Any] = self.model.trainable_parameters()
        return trainable

    def trunk(self, piece: Piece | Anchor | Reading) -> mx.array:
        """Hidden states (rows, tokens, width) before the first adapted layer."""
        import mlx.core as mx

        hidden: mx.array = self.model.model.embed_tokens(mx.array(piece.tokens))
        if self._embedding_scale != 1.0:
            hidden = hidden * self._embedding_scale
        for layer in self._frozen:
            hidden = self._forward.layer(layer, hidden)
        return hidden

    def margins(self, parameters: dict[str, Any], hidden: mx.array, piece: Piece) -> mx.array:
        """Log-likelihood (nat) of what is liked less that of what is not, for each of the piece's preferences."""
        return self._margins(self._surprise(parameters, hidden, piece), piece)

    def loss(
        self,
        parameters: dict[str, Any],
        hidden: mx.array,
        piece: Piece,
        base: mx.array | None,
        draw: Draw | None = None,
    ) -> mx.array:
        """The piece's part of the step's loss under `parameters`: the mean nat a target token, and what its preferences
        add where `base` gives the margins of the base model."""
        import mlx.core as mx

        surprise = self._surprise(parameters, hidden, piece, draw)
        total: mx.array = (surprise * mx.array(piece.weights)).sum()
        if base is None:
            return total
        wider = self._beta * (self._margins(surprise, piece) - base)
        unlike = mx.where(mx.array(piece.paired), mx.logaddexp(0.0, -wider), mx.sigmoid(-wider))
        return total + (mx.array(piece.shares) * unlike).sum()

    def final(
        self, parameters: dict[str, Any], hidden: mx.array, piece: Piece | Anchor | Reading, draw: Draw | None = None
    ) -> mx.array:
        """What the logits at the piece's places are made of under `parameters`: (places, width).

        The last layer's own work after attention is done for these places only. Without a `draw` nothing is left out.
        """
        import mlx.core as mx

        self.model.update(parameters)
        self.model.train(draw is not None)
        places = mx.array(piece.places)
        *lower, last = range(len(self._adapted))
        for index in lower:
            hidden = self._through(index, self._forward.layer, hidden, draw)
        hidden = self._through(
            last, lambda layer, before: self._forward.last_layer(layer, before, places), hidden, draw
        )
        normed: mx.array = self._norm(hidden)
        return normed

    def divergence(
        self, parameters: dict[str, Any], hidden: mx.array, anchor: Anchor, base: mx.array, draw: Draw | None = None
    ) -> mx.array:
        """KL(base ‖ adapted), nat, at each of the anchor's places; `base` is `final` of the fresh parameters there, or
        of what the base is shown."""
        return self._forward.divergence(self.head, self.final(parameters, hidden, anchor, draw), base)

    @property
    def head(self) -> mx.array:
        """What `final` is multiplied with for the logits: (vocabulary, width)."""
        tied = "lm_head" not in self.model
        weight: mx.array = (self.model.model.embed_tokens if tied else self.model.lm_head).weight
        scaling = getattr(self.model, "logits_scaling", 1.0)
        return weight if scaling == 1.0 else weight / scaling

    def _through(
        self, index: int, forward: Callable[[Any, mx.array], mx.array], hidden: mx.array, draw: Draw | None
    ) -> mx.array:
        """Through an adapted layer. What dropout leaves out is drawn anew from the seed, also when computed again."""
        import mlx.core as mx

        layer = self._adapted[index]

        def through(parameters: dict[str, Any], before: mx.array) -> mx.array:
            layer.update(parameters)
            if draw is not None:
                mx.random.seed(_drawn(self._seed, *draw, index))
            return forward(layer, before)

        whole: Callable[..., mx.array] = mx.checkpoint(through) if self._recompute else through
        return whole(layer.trainable_parameters(), hidden)

    def _surprise(
        self, parameters: dict[str, Any], hidden: mx.array, piece: Piece, draw: Draw | None = None
    ) -> mx.array:
        """-log likelihood, nat, of each of the piece's target tokens under `parameters`."""
        import mlx.core as mx

        final = self.final(parameters, hidden, piece, draw)
        return self._forward.surprise(self.head, final, mx.array(piece.targets))

    def _margins(self, surprise: mx.array, piece: Piece) -> mx.array:
        import mlx.core as mx

        margins: mx.array = -(mx.array(piece.margins) @ surprise)
        return margins


def _embedding_scale(architecture: str, model: Model) -> float:
    """mlx-lm rounds the root of the width to bfloat16, llama.cpp does not."""
    if ARCHITECTURES[architecture].rooted:
        return math.sqrt(model.args.hidden_size)
    return float(getattr(model.model, "embedding_multiplier", 1.0))


def _drawn(*numbers: int) -> int:
    import numpy as np

    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0])


def _load(path: Path, longest: int) -> tuple[str, Model]:
    import mlx.core as mx

    base = read_base(path, longest)
    module = importlib.import_module(f"mlx_lm.models.{ARCHITECTURES[base.architecture].module or base.architecture}")
    model: Model = module.Model(module.ModelArgs.from_dict(base.shape))
    weights = {name: mx.array(tensor) for name, tensor in base.tensors}
    if hasattr(model, "sanitize"):
        weights = model.sanitize(weights)  # type: ignore[no-untyped-call]  # mlx-lm leaves it so
    model.load_weights(list(weights.items()))
    if ARCHITECTURES[base.architecture].interleaved:
        for layer in model.layers:
            layer.self_attn.rope.traditional = True
    return base.architecture, model


def forward_of(architecture: str) -> Forward:
    """The fastest there is where MLX computes."""
    import mlx.core as mx

    from engine.learning.training.lfm2_forward import Lfm2OnCpu
    from engine.learning.training.llama_forward import OnCpu, OnGpu

    if mx.default_device() != mx.Device(mx.cpu):
        return OnGpu()
    known = ARCHITECTURES[architecture]
    return Lfm2OnCpu(known.gate) if known.convolves else OnCpu(known.gate)
