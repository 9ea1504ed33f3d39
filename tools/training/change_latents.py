"""Moves a trained denoiser into the latents of another autoencoder, so that it is trained on instead of anew.

The rotation that takes the new latents nearest to the old ones (orthogonal Procrustes, Schoenemann 1966) keeps white noise white, so
it can be folded into the first and the last convolution. Run `train_denoiser.py` afterwards.
Both editions must have as many latent channels and the same drawings.
python change_latents.py --old <state folder> --new <state folder with the new autoencoder.pt, prepared.pt and latents.f16>
"""

import argparse
from pathlib import Path

import numpy as np
import torch

parser = argparse.ArgumentParser()
parser.add_argument("--old", required=True, type=Path)
parser.add_argument("--new", required=True, type=Path)
options = parser.parse_args()


def drawings(folder):
    """-> normalised latents of the drawings, [drawings * 64 places, channels]."""
    prepared = torch.load(folder / "prepared.pt")
    count, channels = len(prepared["rows"]), len(prepared["mean"])
    latents = torch.from_numpy(np.fromfile(folder / "latents.f16", np.float16, count * channels * 64)).view(count, channels, 64).float()
    return ((latents - prepared["mean"][:, None]) / prepared["deviation"][:, None]).movedim(1, -1).flatten(0, 1)


old, new = drawings(options.old), drawings(options.new)
u, _, v = torch.linalg.svd(old.T @ new)
rotation = u @ v  # old ~ rotation @ new
near = new @ rotation.T
print("explained", 1 - ((old - near).square().sum() / old.square().sum()).item())

saved = torch.load(options.old / "denoiser.pt")


def rotated(weights):
    weights = dict(weights)
    weights["conv_in.weight"] = torch.einsum("oihw,ij->ojhw", weights["conv_in.weight"], rotation)
    weights["conv_out.weight"] = torch.einsum("oihw,oj->jihw", weights["conv_out.weight"], rotation)
    weights["conv_out.bias"] = weights["conv_out.bias"] @ rotation
    return weights


torch.save(saved | {"model": rotated(saved["model"]), "average": rotated(saved["average"])}, options.new / "denoiser.pt")
