"""The model in training: mlx-lm's, with its LoRA modules on the top layers, split where the first of them begins.

Below that layer nothing changes, so `trunk` is computed once for a piece and `loss` starts from what it gave.

Beside the likelihood of what the owner wrote, preferences are learned: pairs by DPO (arXiv 2305.18290; with that
likelihood as a term of the loss, as in RPO, arXiv 2404.19733), single judgements by APO-zero for unpaired answers
(arXiv 2408.06266). Both compare with the base model, which is this one with a fresh adapter.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.learning.base_weights import read_base
from engine.learning.training_protocol import TrainingConfig

if TYPE_CHECKING:
    import mlx.core as mx
    from mlx_lm.models.llama import Model

    from engine.learning.training_batches import Piece


class AdaptedModel:
    """`parameters` are the trainable ones; `fresh` those at the start, with which the adapter changes nothing."""

    def __init__(self, path: Path, config: TrainingConfig) -> None:
        import mlx.core as mx
        from mlx_lm.tuner.utils import linear_to_lora_layers

        self.architecture, self.model = _load(path)
        layers = self.model.layers
        mx.random.seed(config.seed)
        self.model.freeze()
        lora = {"rank": config.rank, "scale": config.alpha / config.rank, "dropout": 0.0}
        linear_to_lora_layers(self.model, config.layers, lora)
        mx.eval(self.model.parameters())
        split = max(len(layers) - config.layers, 0)
        self._frozen, self._adapted = layers[:split], layers[split:]
        self._forward = _forward()
        self._beta = config.beta
        self.fresh = self.parameters

    @property
    def parameters(self) -> dict[str, Any]:
        trainable: dict[str, Any] = self.model.trainable_parameters()
        return trainable

    def trunk(self, piece: Piece) -> mx.array:
        """Hidden states (rows, tokens, width) before the first adapted layer."""
        import mlx.core as mx

        hidden: mx.array = self.model.model.embed_tokens(mx.array(piece.tokens))
        for layer in self._frozen:
            hidden = self._forward.layer(layer, hidden)
        return hidden

    def margins(self, parameters: dict[str, Any], hidden: mx.array, piece: Piece) -> mx.array:
        """Log-likelihood (nat) of what is liked less that of what is not, for each of the piece's preferences."""
        return self._margins(self._surprise(parameters, hidden, piece), piece)

    def loss(self, parameters: dict[str, Any], hidden: mx.array, piece: Piece, base: mx.array | None) -> mx.array:
        """The piece's part of the step's loss under `parameters`: the mean nat a target token, and what its preferences
        add where `base` gives the margins of the base model."""
        import mlx.core as mx

        surprise = self._surprise(parameters, hidden, piece)
        total: mx.array = (surprise * mx.array(piece.weights)).sum()
        if base is None:
            return total
        wider = self._beta * (self._margins(surprise, piece) - base)
        unlike = mx.where(mx.array(piece.paired), mx.logaddexp(0.0, -wider), mx.sigmoid(-wider))
        return total + (mx.array(piece.shares) * unlike).sum()

    def _surprise(self, parameters: dict[str, Any], hidden: mx.array, piece: Piece) -> mx.array:
        """-log likelihood, nat, of each of the piece's target tokens under `parameters`.

        The last layer's own work after attention, and the logits, are computed where there is a target only.
        """
        import mlx.core as mx

        self.model.update(parameters)
        for layer in self._adapted[:-1]:
            hidden = self._forward.layer(layer, hidden)
        hidden = self._forward.last_layer(self._adapted[-1], hidden, mx.array(piece.places))
        surprise: mx.array = self._forward.surprise(
            self._head(), self.model.model.norm(hidden), mx.array(piece.targets)
        )
        return surprise

    def _margins(self, surprise: mx.array, piece: Piece) -> mx.array:
        import mlx.core as mx

        margins: mx.array = -(mx.array(piece.margins) @ surprise)
        return margins

    def _head(self) -> mx.array:
        tied = self.model.args.tie_word_embeddings
        weight: mx.array = (self.model.model.embed_tokens if tied else self.model.lm_head).weight
        return weight


def _load(path: Path) -> tuple[str, Model]:
    import mlx.core as mx
    from mlx_lm.models.llama import Model, ModelArgs

    base = read_base(path)
    model = Model(ModelArgs(**base.shape))
    model.load_weights([(name, mx.array(tensor)) for name, tensor in base.tensors])
    return base.architecture, model


def _forward() -> Any:
    import mlx.core as mx

    from engine.learning import llama_forward

    return llama_forward.OnCpu() if mx.default_device() == mx.Device(mx.cpu) else llama_forward.OnGpu()
