"""The model in training: mlx-lm's, with its LoRA modules on the top layers, split where the first of them begins.

Below that layer nothing changes, so `trunk` is computed once for a piece and `loss` starts from what it gave.
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
    """`parameters` are the trainable ones, fresh: the adapter changes nothing until it is trained."""

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

    def loss(self, parameters: dict[str, Any], hidden: mx.array, piece: Piece) -> mx.array:
        """Sum over the piece's target tokens of weight · nat, under `parameters`.

        The last layer's own work after attention, and the logits, are computed where there is a target only.
        """
        import mlx.core as mx

        self.model.update(parameters)
        for layer in self._adapted[:-1]:
            hidden = self._forward.layer(layer, hidden)
        hidden = self._forward.last_layer(self._adapted[-1], hidden, mx.array(piece.places))
        surprise = self._forward.surprise(self._head(), self.model.model.norm(hidden), mx.array(piece.targets))
        total: mx.array = (surprise * mx.array(piece.weights)).sum()
        return total

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
