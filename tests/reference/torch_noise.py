"""Records draws of PyTorch's CPU generator (on a processor with AVX2): tests/reference/vectors/torch-noise.json.

Each sequence is drawn from one generator, in order. Values are the bits of single-precision numbers, in hexadecimal.
Run: python tests/reference/torch_noise.py
"""

import json
import pathlib

import torch

SEEDS = [0, 42, 1234567890, 2**32 + 7, 2**53 + 1, 2**64 - 1]
DRAWS = [("randn", 1), ("randn", 6), ("rand", 3), ("randn", 16), ("randn", 37), ("randn", 15), ("randn", 128), ("rand", 20)]

assert torch.backends.cpu.get_cpu_capability().startswith("AVX"), "the recorded values are those of AVX2 and above"
print("torch", torch.__version__, torch.backends.cpu.get_cpu_capability(), "seeds", SEEDS)

sequences = []
for seed in SEEDS:
    generator = torch.Generator("cpu").manual_seed(seed)
    draws = []
    for kind, size in DRAWS:
        values = getattr(torch, kind)(size, generator=generator)
        draws.append({"kind": kind, "size": size, "bits": values.numpy().astype("<f4").tobytes().hex()})
    sequences.append({"seed": str(seed), "draws": draws})

# A whole Stable Diffusion latent, by the sum of its bits, so that long runs of the generator are covered by a small file.
latents = []
for seed in SEEDS:
    words = torch.randn(1, 4, 64, 64, generator=torch.Generator("cpu").manual_seed(seed)).numpy().view("<u4")
    latents.append({"seed": str(seed), "shape": [1, 4, 64, 64], "sumOfWords": str(int(words.astype("u8").sum()))})

target = pathlib.Path(__file__).parent / "vectors" / "torch-noise.json"
target.write_text(json.dumps({"torch": torch.__version__, "sequences": sequences, "latents": latents}, indent=1) + "\n")
print("wrote", target.name)
