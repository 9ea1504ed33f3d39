"""Trains the checkpoint's autoencoder (diffusers' AutoencoderKL, 64 x 64 x 3 <-> 8 x 8 x 16). Resumes from its last state.

python train_autoencoder.py --data <folder of pictures.rgba> --state <folder> --minutes 20 [--decoder-only]
"""

import argparse
import math
import time
from pathlib import Path

import torch
import torch.nn.functional as F

from muon import Muon, is_matrix
from networks import create_autoencoder
from pictures import WHITE, Pictures, sheet, shifted

parser = argparse.ArgumentParser()
parser.add_argument("--data", required=True)
parser.add_argument("--state", required=True, type=Path)
parser.add_argument("--minutes", type=float, required=True)
parser.add_argument("--batch", type=int, default=6)
parser.add_argument("--rate", type=float, default=3e-3)
parser.add_argument("--kl", type=float, default=1e-4)
parser.add_argument("--decoder-only", action="store_true", help="keep the latents as they are and sharpen the decoder")
parser.add_argument("--threads", type=int, default=2)
options = parser.parse_args()
torch.set_num_threads(options.threads)
options.state.mkdir(parents=True, exist_ok=True)

pictures = Pictures(options.data)
train = pictures.where(lambda e: e["split"] == "train")
held_out = pictures.where(lambda e: e["split"] == "held-out-concept")
model = create_autoencoder()
for name, parameter in model.named_parameters():
    if name.endswith(("conv2.weight", "to_out.0.weight")):  # every residual branch starts as nothing
        torch.nn.init.zeros_(parameter)
state_file = options.state / "autoencoder.pt"
average = {name: value.detach().clone() for name, value in model.state_dict().items()}
step = 0
if state_file.exists():
    saved = torch.load(state_file)
    # The latents of a decoder trained alone are those of the averaged encoder, which is what was exported.
    model.load_state_dict(saved["average" if options.decoder_only else "model"])
    average, step = saved["average"], saved["step"]
if options.decoder_only:
    model.encoder.requires_grad_(False)
    model.quant_conv.requires_grad_(False)
trained = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
optimizers = [
    Muon([p for name, p in trained if is_matrix(name, p)], lr=options.rate),
    torch.optim.AdamW([p for name, p in trained if not is_matrix(name, p)], lr=options.rate, betas=(0.9, 0.99), weight_decay=0),
]
if state_file.exists() and saved["decoder_only"] == options.decoder_only:
    for optimizer, state in zip(optimizers, saved["optimizers"]):
        optimizer.load_state_dict(state)


def save():
    torch.save(
        {"model": model.state_dict(), "average": average, "step": step, "optimizers": [o.state_dict() for o in optimizers], "decoder_only": options.decoder_only},
        f"{state_file}.part",
    )
    Path(f"{state_file}.part").rename(state_file)


@torch.no_grad()
def psnr(path=None):
    kept = {name: value.clone() for name, value in model.state_dict().items()}
    model.load_state_dict(average)
    inputs = pictures.composed(held_out, WHITE)
    outputs = torch.cat([model.decode(model.encode(part).latent_dist.mode()).sample for part in inputs.split(64)]).clamp(-1, 1)
    model.load_state_dict(kept)
    if path:
        sheet(torch.stack([inputs[:40], outputs[:40]], 1).flatten(0, 1), 10, path)
    each = -10 * torch.log10(((inputs - outputs) / 2).square().mean((1, 2, 3)))
    return each.mean().item(), each.quantile(0.05).item()


torch.manual_seed(step)
started, seen, running, last_report = time.time(), 0, None, time.time()
while (elapsed := time.time() - started) < options.minutes * 60:
    progress = elapsed / (options.minutes * 60)
    for group in (group for optimizer in optimizers for group in optimizer.param_groups):
        group["lr"] = options.rate * min(1, (seen + 1) / (50 * options.batch)) * (1 - 0.98 * progress)
    rows = train[torch.randint(len(train), (options.batch,))]
    coloured = torch.rand(options.batch, 1, 1, 1) < 0.25
    inputs = pictures.composed(rows, torch.where(coloured, torch.rand(options.batch, 3, 1, 1), WHITE))
    inputs = shifted(torch.where(torch.rand(options.batch, 1, 1, 1) < 0.5, inputs, inputs.flip(-1)), 4)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        posterior = model.encode(inputs).latent_dist
        outputs = model.decode(posterior.sample()).sample
    error = outputs.float() - inputs
    kl = 0.5 * (posterior.mean.float().square() + posterior.var.float() - 1 - posterior.logvar.float()).mean()
    each = error.square().mean((1, 2, 3))  # the score is a mean of decibels, so the loss has a share of their logarithm
    loss = each.mean() + 0.004 * (each + 1e-5).log().mean() + 0.1 * error.abs().mean() + (0 if options.decoder_only else options.kl * kl)
    model.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_([p for _, p in trained], 1.0)
    for optimizer in optimizers:
        optimizer.step()
    step, seen = step + 1, seen + options.batch
    decay = min(0.995, (1 + step) / (10 + step))
    with torch.no_grad():
        for name, value in model.state_dict().items():
            average[name].lerp_(value, 1 - decay)
    running = error.square().mean().item() if running is None else 0.98 * running + 0.02 * error.square().mean().item()
    if time.time() - last_report > 60:
        last_report = time.time()
        save()
        mean, worst = psnr(options.state / "autoencoder.png")
        print(f"{elapsed:.0f} s step {step} {seen / (time.time() - started):.0f}/s train {-10 * math.log10(running / 4):.2f} dB kl {kl.item():.2f} held out {mean:.2f} dB, 5 % below {worst:.2f}", flush=True)
save()
print("held out", psnr(options.state / "autoencoder.png"))
