"""Records k-diffusion's Brownian noise (torchsde's tree, PyTorch's CPU generator): vectors/brownian-tree.json.

Run: python tests/reference/brownian_tree.py
"""

import json
import pathlib
import sys
import types

sys.modules.setdefault("clip", types.ModuleType("clip"))

import numpy
import torch
import torchsde
from k_diffusion.sampling import BrownianTreeNoiseSampler, get_sigmas_karras

SEEDS = [0, 42, 2**40 + 3, 2**63 - 1]
print("torch", torch.__version__, "torchsde", "0.2.6", "numpy", numpy.__version__, "seeds", SEEDS)

sequences = [
    {
        "entropy": str(seed),
        "plain": numpy.random.SeedSequence(seed).generate_state(4).tolist(),
        "spawned": numpy.random.SeedSequence(seed, spawn_key=(5, 3), pool_size=24).generate_state(4).tolist(),
    }
    for seed in SEEDS
]
paths = []
for seed in SEEDS:
    sigmas = get_sigmas_karras(8, 0.0291675, 14.614642)
    noise = BrownianTreeNoiseSampler(torch.zeros(1, 4, 2, 3), sigmas[-2], sigmas[0], seed=seed)
    levels = sigmas[:-1].tolist()
    steps = [noise(a, b).flatten().tolist() for a, b in zip(sigmas[:-2], sigmas[1:-1])]
    paths.append({"seed": str(seed), "shape": [1, 4, 2, 3], "sigmas": levels, "steps": steps})

target = pathlib.Path(__file__).parent / "vectors" / "brownian-tree.json"
document = {"sequences": sequences, "paths": paths}
target.write_text(json.dumps(json.loads(json.dumps(document), parse_float=lambda v: float(f"{float(v):.8g}"))) + "\n")
print("wrote", target.name, target.stat().st_size, "bytes")
