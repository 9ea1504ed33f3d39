"""Pairs of weight names, original Stable Diffusion code against diffusers and transformers, as diffusers' own converters map them.

Run: python tests/reference/checkpoint_names.py   (torch 2.15.0, diffusers 0.42.1, transformers 5.23.0)
Writes vectors/checkpoint-names.json.gz: { "<family>": [[original, ours], ...] }. Original names are made by walking the
construction of the original UNet and autoencoder; every tensor carries its own number, so the pairs are found by value.
"""
import gzip, json, os
import torch
from diffusers.loaders import single_file_utils as single_file

HERE = os.path.dirname(os.path.abspath(__file__))


def transformer(prefix, depth):
    yield from (f"{prefix}.{p}.{k}" for p in ("norm", "proj_in", "proj_out") for k in ("weight", "bias"))
    for d in range(depth):
        b = f"{prefix}.transformer_blocks.{d}"
        for a in ("attn1", "attn2"):
            yield from (f"{b}.{a}.{p}.weight" for p in ("to_q", "to_k", "to_v"))
            yield from (f"{b}.{a}.to_out.0.{k}" for k in ("weight", "bias"))
        yield from (f"{b}.{p}.{k}" for p in ("norm1", "norm2", "norm3", "ff.net.0.proj", "ff.net.2") for k in ("weight", "bias"))


def resnet(prefix, skip):
    parts = ["in_layers.0", "in_layers.2", "emb_layers.1", "out_layers.0", "out_layers.3"] + (["skip_connection"] if skip else [])
    yield from (f"{prefix}.{p}.{k}" for p in parts for k in ("weight", "bias"))


def unet(mult, depth, layers=2, label=False):
    """The construction loop of the original UNet; depth[i] transformer layers at level i (0: no attention)."""
    both = ("weight", "bias")
    yield from (f"time_embed.{i}.{k}" for i in (0, 2) for k in both)
    if label:
        yield from (f"label_emb.0.{i}.{k}" for i in (0, 2) for k in both)
    yield from (f"input_blocks.0.0.{k}" for k in both)
    channels, skips, n = 1, [1], 1
    for level, m in enumerate(mult):
        for _ in range(layers):
            yield from resnet(f"input_blocks.{n}.0", channels != m)
            channels = m
            if depth[level]:
                yield from transformer(f"input_blocks.{n}.1", depth[level])
            skips.append(channels)
            n += 1
        if level != len(mult) - 1:
            yield from (f"input_blocks.{n}.0.op.{k}" for k in both)
            skips.append(channels)
            n += 1
    yield from resnet("middle_block.0", False)
    yield from transformer("middle_block.1", max(depth))
    yield from resnet("middle_block.2", False)
    n = 0
    for level in reversed(range(len(mult))):
        for i in range(layers + 1):
            skips.pop()
            yield from resnet(f"output_blocks.{n}.0", True)
            part = 1
            if depth[level]:
                yield from transformer(f"output_blocks.{n}.1", depth[level])
                part = 2
            if level and i == layers:
                yield from (f"output_blocks.{n}.{part}.conv.{k}" for k in both)
            n += 1
    yield from (f"out.{i}.{k}" for i in (0, 2) for k in both)


def autoencoder(levels=4, layers=2):
    both = ("weight", "bias")
    yield from (f"{p}.{k}" for p in ("quant_conv", "post_quant_conv") for k in both)
    for side, extra, wider in (("encoder", 0, (1, 2)), ("decoder", 1, (0, 1))):
        yield from (f"{side}.{p}.{k}" for p in ("conv_in", "conv_out", "norm_out") for k in both)
        for b in (1, 2):
            yield from (f"{side}.mid.block_{b}.{p}.{k}" for p in ("norm1", "conv1", "norm2", "conv2") for k in both)
        yield from (f"{side}.mid.attn_1.{p}.{k}" for p in ("norm", "q", "k", "v", "proj_out") for k in both)
        way = "down" if side == "encoder" else "up"
        for level in range(levels):
            for block in range(layers + extra):
                parts = ["norm1", "conv1", "norm2", "conv2"] + (["nin_shortcut"] if block == 0 and level in wider else [])
                yield from (f"{side}.{way}.{level}.block.{block}.{p}.{k}" for p in parts for k in both)
            if (side == "encoder" and level != levels - 1) or (side == "decoder" and level != 0):
                yield from (f"{side}.{way}.{level}.{way}sample.conv.{k}" for k in both)


def numbered(names, prefix, shape=(1, 1, 1, 1)):
    return {prefix + n: torch.full(shape, float(i)) for i, n in enumerate(names)}


def pairs(checkpoint, converted, prefix):
    original = {float(t.flatten()[0]): n[len(prefix):] for n, t in checkpoint.items()}
    return sorted([original[float(t.flatten()[0])], n] for n, t in converted.items())


out = {}
for family, mult, depth, label, config in [
    ("sd1", (1, 2, 4, 4), (1, 1, 1, 0), False, {}),
    ("sdxl", (1, 2, 4), (0, 2, 10), True, {"addition_embed_type": "text_time"}),
    ("sdxl-refiner", (1, 2, 4, 4), (0, 4, 4, 0), True, {"addition_embed_type": "text_time"}),
]:
    prefix = "model.diffusion_model."
    checkpoint = numbered(unet(mult, depth, label=label), prefix)
    config = {"layers_per_block": 2, "class_embed_type": None, "addition_embed_type": None, **config}
    config["down_block_types"] = config["up_block_types"] = ["x"] * len(mult)
    out[family] = pairs(checkpoint, single_file.convert_ldm_unet_checkpoint(dict(checkpoint), config), prefix)
prefix = "first_stage_model."
checkpoint = numbered(autoencoder(), prefix)
config = {"down_block_types": ["x"] * 4, "up_block_types": ["x"] * 4}
out["autoencoder"] = pairs(checkpoint, single_file.convert_ldm_vae_checkpoint(dict(checkpoint), config), prefix)

path = os.path.join(HERE, "vectors", "checkpoint-names.json.gz")
with open(path, "wb") as f:
    f.write(gzip.compress(json.dumps(out).encode(), mtime=0))
print({k: len(v) for k, v in out.items()}, os.path.getsize(path))
