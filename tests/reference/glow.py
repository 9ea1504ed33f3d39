"""A Glow of two levels as normflows computes it, with weights by lot: its GlowBlock, Squeeze and AffineCoupling.

Run: PYTHONPATH=... python tests/reference/glow.py   (torch 2.15.0, normflows 1.7.3)
Writes vectors/glow.json.gz. The names are those of packages/nodes/src/architectures/glow; normflows has shift and scale of a coupling in
turns, here the shifts come first. What leaves a level is an affine map by the half that stays: normflows' AffineCoupling with "exp".
"""
import gzip, json, os
import numpy, torch
from normflows.flows import AffineCoupling, GlowBlock, Squeeze
from torch import nn

torch.manual_seed(1)
SIZE, LEVELS, STEPS, WIDTH, BATCH = 8, 2, 2, 6, 2
weights = {}


def keep(name, tensor):
    weights[name] = {"shape": list(tensor.shape), "data": [round(x, 7) for x in tensor.detach().flatten().tolist()]}
    tensor.data.copy_(torch.tensor(weights[name]["data"]).reshape(tensor.shape))


def in_turns(tensor):
    """Shifts first, then scales -> in turns, as normflows has them."""
    return tensor.reshape(2, len(tensor) // 2, *tensor.shape[1:]).transpose(0, 1).flatten(0, 1)


def keep_coupling(name, convolution):
    for part in ("weight", "bias"):
        own = getattr(convolution, part)
        first = torch.randn(own.shape) * 0.1
        keep(f"{name}.{part}", first)
        own.data.copy_(in_turns(first))


levels, x = [], torch.rand(BATCH, 3, SIZE, SIZE) - 0.5
channels = 3
for level in range(LEVELS):
    channels *= 4
    blocks = []
    for step in range(STEPS):
        block, name = GlowBlock(channels, WIDTH, split_mode="channel"), f"levels.{level}.steps.{step}"
        coupling, mix, norm = block.flows
        network = coupling.flows[1].param_map.net
        for layer in (0, 2):
            keep(f"{name}.coupling.{layer}.weight", network[layer].weight)
            keep(f"{name}.coupling.{layer}.bias", network[layer].bias)
        keep_coupling(f"{name}.coupling.4", network[4])
        mix.log_S.data.add_(torch.randn(channels) * 0.1)
        mix.L.data = mix.L.data.tril(-1)
        for own, theirs in (("mix.lower", mix.L), ("mix.upper", mix.U), ("mix.log_diagonal", mix.log_S), ("mix_sign", mix.sign_S), ("mix_permutation", mix.P)):
            keep(f"{name}.{own}", theirs)
        norm.data_dep_init_done = torch.tensor(1.0)
        norm.s.data, norm.t.data = torch.randn(1, channels, 1, 1) * 0.2, torch.randn(1, channels, 1, 1) * 0.2
        for own, theirs in (("norm.log_scale", norm.s), ("norm.shift", norm.t)):
            keep(f"{name}.{own}", theirs)
            weights[f"{name}.{own}"]["shape"] = [channels]
        blocks.append(block)
    prior = None
    if level < LEVELS - 1:
        channels //= 2
        prior = nn.Conv2d(channels, 2 * channels, 3, padding=1)
        keep_coupling(f"levels.{level}.prior", prior)
    levels.append((blocks, prior))

with torch.no_grad():
    picture, log_det, leaving = x, torch.zeros(BATCH), []
    for blocks, prior in levels:
        x, _ = Squeeze().inverse(x)
        for block in blocks:
            x, more = block.inverse(x)
            log_det = log_det + more
        if prior is not None:
            (x, out), more = AffineCoupling(prior, scale_map="exp").inverse(x.chunk(2, 1))
            leaving.insert(0, Squeeze().inverse(out)[0])
            log_det = log_det + more
    latents = torch.cat([x, *leaving], 1)

listed = lambda tensor: [round(value, 7) for value in tensor.flatten().tolist()]
out = {"size": SIZE, "batch": BATCH, "weights": weights, "input": listed(picture), "latents": listed(latents), "logDeterminants": listed(log_det)}
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "vectors", "glow.json.gz")
with open(path, "wb") as file:
    file.write(gzip.compress(json.dumps(out).encode(), mtime=0))
print(latents.shape, log_det, os.path.getsize(path))
