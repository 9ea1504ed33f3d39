"""Trains the checkpoint's autoencoder, diffusers' AutoencoderKL: 64 x 64 x 3 <-> 8 x 8 x 16, or 128 x 128 x 3 <-> 8 x 8 x 32.

The rate falls as a cosine to the planned number of pictures, however long they take, so that a machine may be shared. It resumes from its
last state, also with another plan: a longer one raises the rate again to its place on the longer cosine.
python train_autoencoder.py --size 128 --data <folders of pictures.rgba> --state <folder> --pictures 40000 [--decoder-only]
"""

import argparse
import math
import random
import signal
import time
from pathlib import Path

import torch

from muon import Muon, is_matrix
from networks import create_autoencoder
from pictures import WHITE, Pictures, sheet, shifted
from scenes import Scenes, style_words_of

parser = argparse.ArgumentParser()
parser.add_argument("--size", type=int, default=128, choices=(64, 128))
parser.add_argument("--data", required=True, nargs="+")
parser.add_argument("--state", required=True, type=Path)
parser.add_argument("--pictures", type=int, required=True, help="how many are seen in all, from the first start on")
parser.add_argument("--batch", type=int, default=8)
parser.add_argument("--rate", type=float, default=3e-3)
parser.add_argument("--kl", type=float, default=1e-4)
parser.add_argument("--scenes", type=float, default=0.4, help="share of pictures that show several drawings, smaller")
parser.add_argument("--decoder-only", action="store_true", help="keep the latents as they are and sharpen the decoder")
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--bfloat16", action="store_true", help="for a processor that multiplies bfloat16; others take ten times as long with it")
parser.add_argument("--minutes-between-states", type=float, default=5)
parser.add_argument("--minutes-between-scores", type=float, default=4, help="of the processor's time, since a score takes ten seconds of it")
options = parser.parse_args()
torch.set_num_threads(options.threads)
torch.set_flush_denormal(True)
LAYOUT = torch.channels_last if options.bfloat16 else torch.contiguous_format  # whichever is faster
options.state.mkdir(parents=True, exist_ok=True)

pictures = Pictures(options.data, options.size)
STYLES = {entry["style"] for entry in pictures.entries if style_words_of(entry["captions"])} - {"flags"}
train = pictures.where(lambda e: e["split"] == "train")
held_out = pictures.where(lambda e: e["split"] == "held-out-concept" and e["style"] in STYLES)
held_out = held_out[torch.randperm(len(held_out), generator=torch.Generator().manual_seed(1))]
scenes = Scenes(pictures, STYLES)

model = create_autoencoder(options.size).to(memory_format=LAYOUT)
for name, parameter in model.named_parameters():
    if name.endswith(("conv2.weight", "to_out.0.weight")):  # every residual branch starts as nothing
        torch.nn.init.zeros_(parameter)
state_file = options.state / "autoencoder.pt"
average = {name: value.detach().clone() for name, value in model.state_dict().items()}
saved, step, seen = None, 0, 0
if state_file.exists():
    saved = torch.load(state_file)
    # The latents of a decoder trained alone are those of the averaged encoder, which is what was exported.
    model.load_state_dict(saved["average" if options.decoder_only else "model"])
    average, step, seen = saved["average"], saved["step"], saved["seen"]
if options.decoder_only:
    model.encoder.requires_grad_(False)
    model.quant_conv.requires_grad_(False)
trained = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
optimizers = [
    Muon([p for name, p in trained if is_matrix(name, p)], lr=options.rate),
    torch.optim.AdamW([p for name, p in trained if not is_matrix(name, p)], lr=options.rate, betas=(0.9, 0.99), weight_decay=0),
]
if saved and saved["decoder_only"] == options.decoder_only:
    for optimizer, state in zip(optimizers, saved["optimizers"]):
        optimizer.load_state_dict(state)


def save():
    state = {"model": model.state_dict(), "average": average, "step": step, "seen": seen, "decoder_only": options.decoder_only}
    torch.save(state | {"optimizers": [optimizer.state_dict() for optimizer in optimizers]}, f"{state_file}.part")
    Path(f"{state_file}.part").rename(state_file)


@torch.no_grad()
def psnr(rows, path=None):
    """-> mean and 5th percentile in dB of the averaged weights on held-out concepts over white."""
    kept = {name: value.clone() for name, value in model.state_dict().items()}
    model.load_state_dict(average)
    inputs = pictures.composed(rows, WHITE)
    outputs = torch.cat([model.decode(model.encode(part).latent_dist.mode()).sample for part in inputs.split(8)]).clamp(-1, 1)
    if path:
        lot = random.Random(1)
        composed = torch.stack([scenes.draw(scenes.scene(lot)) for _ in range(8)])
        again = model.decode(model.encode(composed).latent_dist.mode()).sample.clamp(-1, 1)
        originals, copies = torch.cat([inputs[:24], composed]), torch.cat([outputs[:24], again])
        sheet(torch.stack([originals, copies], 1).flatten(0, 1), 8, path)
    model.load_state_dict(kept)
    each = -10 * torch.log10(((inputs - outputs) / 2).square().mean((1, 2, 3)))
    return each.mean().item(), each.quantile(0.05).item()


def batch():
    """Drawings on white or coloured ground, moved and mirrored, and scenes of smaller ones."""
    composed = [scenes.draw(scenes.scene(random)) for _ in range(sum(random.random() < options.scenes for _ in range(options.batch)))]
    count = options.batch - len(composed)
    if count > 0:
        rows = train[torch.randint(len(train), (count,))]
        coloured = torch.rand(count, 1, 1, 1) < 0.25
        inputs = pictures.composed(rows, torch.where(coloured, torch.rand(count, 3, 1, 1), WHITE))
        inputs = shifted(torch.where(torch.rand(count, 1, 1, 1) < 0.5, inputs, inputs.flip(-1)), options.size // 16)
        composed += list(inputs)
    return torch.stack(composed).contiguous(memory_format=LAYOUT)


def stop(*_):
    raise SystemExit


signal.signal(signal.SIGTERM, stop)
torch.manual_seed(step)
random.seed(step)
first_seen, running = seen, None
started = last_state = time.time()
worked = last_score = time.process_time()
parameters = sum(p.numel() for _, p in trained) / 1e6
print(f"{parameters:.1f} M parameters, {len(train)} pictures to train on, {len(held_out)} held out, from step {step}", flush=True)
try:
    while seen < options.pictures:
        warmth = min(1, (seen - first_seen + options.batch) / (50 * options.batch))
        for group in (group for optimizer in optimizers for group in optimizer.param_groups):
            group["lr"] = options.rate * warmth * (0.01 + 0.99 * (0.5 + 0.5 * math.cos(math.pi * seen / options.pictures)))
        inputs = batch()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=options.bfloat16):
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
        mean_square = error.square().mean().item()
        running = mean_square if running is None else 0.98 * running + 0.02 * mean_square
        if time.time() - last_state > 60 * options.minutes_between_states:
            save()
            last_state = time.time()
        if time.process_time() - last_score > 60 * options.minutes_between_scores:
            mean, worst = psnr(held_out[:64], options.state / "autoencoder.png")
            elapsed, last_score = time.time() - started, time.process_time()
            print(
                f"{elapsed:.0f} s ({last_score - worked:.0f} s of processor) step {step}, {seen} pictures, {(seen - first_seen) / elapsed:.2f}/s, "
                f"train {-10 * math.log10(running / 4):.2f} dB, kl {kl.item():.2f}, 64 held out {mean:.2f} dB, 5 % below {worst:.2f}",
                flush=True,
            )
finally:
    save()
mean, worst = psnr(held_out, options.state / "autoencoder.png")
print(f"all {len(held_out)} held out {mean:.2f} dB, 5 % below {worst:.2f}")
