"""Trains `patchbay-faces`: diffusers' AutoencoderKL with one vector a picture, 64 x 64 x 3 <-> 2 x 2 x 32, on close-up faces.

The objective is a true bound in nats: a Gaussian of one deviation, always the best one, for all pixels (Rybkin et al. 2021, sigma-VAE), and the
whole divergence, as TrainAutoencoder's objective `bound` has it. It resumes from its last state, and ends cleanly on SIGTERM.
python train_faces.py --data <folder of draw_faces.ts> --state <folder> --pictures 120000 [--to packages/nodes/assets/vae/patchbay-faces]
"""

import argparse
import json
import math
import time
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL

from long_run import LongRun
from pictures import sheet

parser = argparse.ArgumentParser()
parser.add_argument("--data", required=True, type=Path)
parser.add_argument("--state", required=True, type=Path)
parser.add_argument("--pictures", type=int, required=True, help="how many are seen in all, from the first start on")
parser.add_argument("--batch", type=int, default=16)
parser.add_argument("--rate", type=float, default=3e-3)
parser.add_argument("--to", type=Path, help="write the averaged weights there, half precision, and end")
options = parser.parse_args()
torch.set_num_threads(1)
torch.set_flush_denormal(True)
options.state.mkdir(parents=True, exist_ok=True)

SIZE, LATENTS, CHANNELS = 64, 32, (8, 16, 32, 64, 128, 128)
PIXELS = 3 * SIZE * SIZE
faces = json.loads((options.data / "faces.json").read_text())
pixels = np.memmap(options.data / "pictures.rgb", np.uint8, "r", shape=(len(faces), SIZE, SIZE, 3))
held_out = np.array([i for i, face in enumerate(faces) if face["split"] != "train"])
train = np.array([i for i, face in enumerate(faces) if face["split"] == "train"])
curve = np.array([face["curve"] for face in faces])

model = AutoencoderKL(
    in_channels=3,
    out_channels=3,
    latent_channels=LATENTS,
    block_out_channels=CHANNELS,
    layers_per_block=1,
    norm_num_groups=4,
    down_block_types=["DownEncoderBlock2D"] * len(CHANNELS),
    up_block_types=["UpDecoderBlock2D"] * len(CHANNELS),
    mid_block_add_attention=True,
    sample_size=SIZE,
    scaling_factor=1.0,
)
for name, parameter in model.named_parameters():
    if name.endswith(("conv2.weight", "to_out.0.weight")):  # every residual branch starts as nothing
        torch.nn.init.zeros_(parameter)
run = LongRun(model, options.state / "faces.pt", rate=options.rate, planned=options.pictures, batch=options.batch, warm=100, most_decay=0.998)
if options.to:
    with run.averaged():
        model.half().save_pretrained(options.to)
    raise SystemExit(f"written after {run.seen} pictures")


def pictures(rows):
    """-> [rows, 3, 64, 64] in -1..1"""
    return torch.from_numpy(pixels[rows]).permute(0, 3, 1, 2).float() / 127.5 - 1


def latents_of(rows):
    return torch.cat([model.encode(pictures(part)).latent_dist.mode() for part in np.array_split(rows, max(1, len(rows) // 64))])


def judge():
    """PSNR and the bound of held-out faces, and a sheet of faces from -2 to +2 times the direction from frown to smile."""
    inputs = pictures(held_out[:128])
    posterior = model.encode(inputs).latent_dist
    plain = torch.cat([model.decode(part).sample for part in posterior.mode().split(32)])
    drawn = torch.cat([model.decode(part).sample for part in posterior.sample(torch.Generator().manual_seed(1)).split(32)])
    divergence = posterior.kl().mean().item()
    square = (drawn - inputs).square().mean().item()
    bits = (PIXELS / 2 * math.log(2 * math.pi * math.e * square) + divergence) / PIXELS / math.log(2) + 7  # 2 / 256 is a step of the scale
    psnr = (-10 * torch.log10(((plain.clamp(-1, 1) - inputs) / 2).square().mean((1, 2, 3)))).mean().item()
    direction = (latents_of(train[curve[train] > 0.5][:600]).mean(0) - latents_of(train[curve[train] < -0.5][:600]).mean(0))[None]
    shown = posterior.mode()[:12]
    rows = [inputs[:12]] + [model.decode(shown + amount * direction).sample for amount in (-2, -1, 0, 1, 2)]
    sheet(torch.stack(rows, 1).flatten(0, 1), 12, options.state / "row.png")
    return f"held out: {psnr:.2f} dB, bound {bits:.3f} bits/dim, rate {divergence:.0f} nats"


lot = np.random.default_rng(run.step)
running = None
began = last_state = time.time()
worked = last_score = time.process_time()
print(f"{run.millions:.1f} M parameters, {len(train)} faces, {len(held_out)} held out, from step {run.step}", flush=True)
for _ in run.going():
    inputs = pictures(train[lot.integers(len(train), size=options.batch)])
    posterior = model.encode(inputs).latent_dist
    outputs = model.decode(posterior.sample()).sample
    square = (outputs - inputs).square().mean()
    divergence = posterior.kl().mean()
    run.learn(0.5 * (square + 1e-6).log() + divergence / PIXELS)
    running = square.item() if running is None else 0.98 * running + 0.02 * square.item()
    if time.time() - last_state > 180:
        run.save()
        last_state = time.time()
    if time.process_time() - last_score > 240 or run.step in (20, 150, 600):
        elapsed, last_score = time.time() - began, time.process_time()
        with run.averaged():
            report = judge()
        print(f"{elapsed:.0f} s ({last_score - worked:.0f} s of processor) {run.seen} pictures, {(run.seen - run.first_seen) / elapsed:.1f}/s, train {-10 * math.log10(running / 4):.2f} dB; {report}", flush=True)
with run.averaged():
    print(f"{run.seen} pictures; {judge()}", flush=True)
