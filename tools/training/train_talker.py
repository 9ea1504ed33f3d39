"""Trains `patchbay-talker`: Wav2Lip's network at a quarter of its width on drawn faces that talk.

L1 over the picture, twice that over the mouth and where it moves, and from --critic-from steps on a patch critic of the lower half (hinge). Muon for matrices. It
resumes from its last state, keeps it every three minutes, and ends cleanly on SIGTERM.
python train_talker.py --data <folders of draw_talking_faces.ts> --state <folder> --frames 300000 [--size 64] [--to <folder>]
"""

import argparse
import json
import math
import signal
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import save_file
from torch import nn

from muon import Muon, is_matrix
from talking_network import Wav2Lip

parser = argparse.ArgumentParser()
parser.add_argument("--data", required=True, type=Path, nargs="+")
parser.add_argument("--state", required=True, type=Path)
parser.add_argument("--frames", type=int, required=True, help="how many are seen in all, from the first start on")
parser.add_argument("--size", type=int, default=64)
parser.add_argument("--batch", type=int, default=16)
parser.add_argument("--rate", type=float, default=3e-3)
parser.add_argument("--critic-from", type=int, default=2000)
parser.add_argument("--to", type=Path, help="write the averaged weights there, half precision, and end")
options = parser.parse_args()
torch.set_num_threads(1)
torch.set_flush_denormal(True)
options.state.mkdir(parents=True, exist_ok=True)
SIZE, WIDTHS, MIDDLE, LEAD = options.size, (8, 16, 32, 64, 128), 96, 2
MOUTH = (slice(int(SIZE * 0.6), int(SIZE * 0.98)), slice(int(SIZE * 0.16), int(SIZE * 0.84)))  # rows, columns, also of a mirrored face


def resized(pictures):
    if pictures.shape[1] == SIZE:
        return pictures
    small = np.empty((len(pictures), SIZE, SIZE, 3), np.uint8)
    for at in range(0, len(pictures), 256):
        part = torch.from_numpy(pictures[at : at + 256].copy()).permute(0, 3, 1, 2).float()
        small[at : at + 256] = F.interpolate(part, (SIZE, SIZE), mode="bilinear", antialias=True).round().byte().permute(0, 2, 3, 1).numpy()
    return small


class Clips:
    def __init__(self, folder):
        about = json.loads((folder / "clips.json").read_text())
        self.clips = about["clips"]
        shape = (about["size"], about["size"], 3)
        self.frames = resized(np.memmap(folder / "frames.rgb", np.uint8, "r", shape=(about["frames"], *shape)))
        self.stills = resized(np.memmap(folder / "stills.rgb", np.uint8, "r", shape=(2 * len(self.clips), *shape))).reshape(-1, 2, SIZE, SIZE, 3)
        self.mel = np.memmap(folder / "mel.f32", np.float32, "r", shape=(about["columns"], 80))

    def sound(self, clip, frame):
        """[80, 16]: 0.2 s that begin LEAD frames before this one; beyond the ends is silence."""
        start = int(80 * (frame - LEAD) / 25)
        mel = self.mel[clip["column"] : clip["column"] + clip["columns"]]
        window = np.full((16, 80), -4, np.float32)
        first, last = max(start, 0), min(start + 16, len(mel))
        window[first - start : last - start] = mel[first:last]
        return window.T


sets = [Clips(folder) for folder in options.data]
every = [(data, i) for data in sets for i in range(len(data.clips))]
train = [(data, i) for data, i in every if not data.clips[i]["heldOut"]]
weights = np.array([data.clips[i]["frames"] for data, i in train], float)
weights /= weights.sum()
print(f"{len(train)} clips to train on, {len(every) - len(train)} held out", flush=True)
draw = np.random.default_rng()


def example(data, i, frame, reference):
    return data.frames[data.clips[i]["frame"] + frame], reference, data.sound(data.clips[i], frame)


def one():
    data, i = train[draw.choice(len(train), p=weights)]
    clip, lot = data.clips[i], draw.random()
    other = data.frames[clip["frame"] + draw.integers(clip["frames"])]
    reference = other if lot < 0.4 else data.stills[i, 0] if lot < 0.7 else data.stills[i, 1]
    return example(data, i, draw.integers(clip["frames"]), reference)


def tensors(examples):
    """target [n, 3, s, s], what the network sees of the face [n, 6, s, s], sound [n, 1, 80, 16]; blue, green, red, 0 to 1."""
    pictures = np.stack([np.stack([target, reference]) for target, reference, _ in examples])[..., ::-1].copy()
    pictures = torch.from_numpy(pictures).flatten(0, 1).permute(0, 3, 1, 2).float() / 255
    target, reference = pictures.unflatten(0, (-1, 2)).unbind(1)
    hidden = reference.clone()
    hidden[:, :, SIZE // 2 :] = 0
    return target, torch.cat([hidden, reference], 1), torch.from_numpy(np.stack([sound for _, _, sound in examples]))[:, None]


def varied(target, face):
    """Other colours: portraits are not all drawn by one hand."""
    n = len(target)
    gain, shift = 1 + 0.2 * (torch.rand(n, 3, 1, 1) - 0.5), 0.1 * (torch.rand(n, 3, 1, 1) - 0.5)
    order = torch.randperm(3) if draw.random() < 0.1 else torch.arange(3)
    change = lambda x: (x[:, order] * gain + shift).clamp(0, 1)
    target, reference = change(target), change(face[:, 3:])
    hidden = reference.clone()
    hidden[:, :, SIZE // 2 :] = 0
    return target, torch.cat([hidden, reference], 1)


@torch.no_grad()
def begin_with_a_copy(model):
    """The first channels carry the whole face to the end from the start, so that only the mouth has to be learnt."""
    first, last, out = model.face_encoder_blocks[0][0].conv_block, model.output_block[0].conv_block, model.output_block[1]
    skip = last[0].in_channels - first[0].out_channels
    for channel in range(3):
        first[0].weight[channel] = 0
        first[0].weight[channel, 3 + channel, 3, 3] = 1
        last[0].weight[channel] = 0
        last[0].weight[channel, skip + channel, 1, 1] = 1
        for norm in (first[1], last[1]):  # a quarter of a deviation round a half: hardly anything falls below zero
            norm.weight[channel], norm.bias[channel] = 0.25, 0.5
    out.weight *= 0.1
    for channel in range(3):
        out.weight[channel, channel] = 6
        out.bias[channel] = -2.7


model = Wav2Lip(SIZE, WIDTHS, MIDDLE)
begin_with_a_copy(model)
critic = nn.Sequential(
    nn.Conv2d(3, 16, 4, 2, 1), nn.LeakyReLU(0.2), nn.Conv2d(16, 32, 4, 2, 1), nn.LeakyReLU(0.2), nn.Conv2d(32, 48, 3, 1, 1), nn.LeakyReLU(0.2), nn.Conv2d(48, 1, 3, 1, 1)
)  # fmt: skip
average = {name: value.detach().clone() for name, value in model.state_dict().items()}
named = list(model.named_parameters())
optimizers = [
    Muon([p for name, p in named if is_matrix(name, p)], lr=options.rate),
    torch.optim.AdamW([p for name, p in named if not is_matrix(name, p)], lr=options.rate, betas=(0.9, 0.99), weight_decay=0),
    torch.optim.AdamW(critic.parameters(), lr=3e-4, betas=(0.5, 0.9)),
]
state_file, step, seen = options.state / "talker.pt", 0, 0
if state_file.exists():
    saved = torch.load(state_file)
    model.load_state_dict(saved["model"])
    critic.load_state_dict(saved["critic"])
    average, step, seen = saved["average"], saved["step"], saved["seen"]
    for optimizer, state in zip(optimizers, saved["optimizers"]):
        optimizer.load_state_dict(state)
if options.to:
    options.to.mkdir(parents=True, exist_ok=True)
    weights = {name: value.half().contiguous() for name, value in average.items() if value.is_floating_point()}
    save_file(weights, options.to / "model.safetensors", {"lead": str(LEAD), "frames": str(seen)})
    raise SystemExit(f"written after {seen} frames")


def save():
    part = Path(f"{state_file}.part")
    torch.save({"model": model.state_dict(), "critic": critic.state_dict(), "average": average, "step": step, "seen": seen, "optimizers": [o.state_dict() for o in optimizers]}, part)
    part.rename(state_file)


def decibels(error):
    return -10 * math.log10(max(error, 1e-10))


@torch.no_grad()
def judge():
    """Held-out clips, from the still face: PSNR of the mouth box, of the still there, and a sheet with the truth above what was made."""
    shown = Wav2Lip(SIZE, WIDTHS, MIDDLE)
    shown.load_state_dict(average)
    shown.eval()
    held = [(data, i) for data, i in every if "voice" in data.clips[i]["heldOut"] or "face" in data.clips[i]["heldOut"]][:8]
    errors, stills, rows = [], [], []
    for data, i in held:
        count = data.clips[i]["frames"]
        target, face, sound = tensors([example(data, i, frame, data.stills[i, 0]) for frame in range(0, count, 2)])
        made = shown(sound, face)
        errors.append((made - target)[:, :, MOUTH[0], MOUTH[1]].square().mean().item())
        stills.append((face[:, 3:] - target)[:, :, MOUTH[0], MOUTH[1]].square().mean().item())
        for line in (target, made):
            rows.append(torch.cat(list(line[8:24]), 2))
    sheet = torch.cat([row for row in rows if row.shape[2] == SIZE * 16], 1).flip(0)
    Image.fromarray((sheet.clamp(0, 1) * 255).byte().permute(1, 2, 0).numpy()).save(options.state / "talker.png")
    return decibels(sum(errors) / len(errors)), decibels(sum(stills) / len(stills))


stopped = False


def stop(*_):
    global stopped
    stopped = True


signal.signal(signal.SIGTERM, stop)
kept, began, losses = time.time(), time.process_time(), []
began_seen = seen
while seen < options.frames and not stopped:
    target, face, sound = tensors([one() for _ in range(options.batch)])
    target, face = varied(target, face)
    done = seen / options.frames
    for optimizer, rate in zip(optimizers, (options.rate, options.rate, 3e-4)):
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1, (step + 1) / 100) * (0.5 + 0.5 * math.cos(math.pi * done) * 0.98)
    made = model(sound, face)
    difference = (made - target).abs()
    moved = (8 * (target - face[:, 3:]).abs()).clamp(max=1)  # where the mouth is another one
    loss = difference.mean() + 2 * difference[:, :, MOUTH[0], MOUTH[1]].mean() + 2 * (moved * difference).sum() / (moved.sum() + 1)
    losses.append(loss.item())
    lower = slice(SIZE // 2, None)
    if step >= options.critic_from:
        loss = loss - 0.003 * critic(made[:, :, lower]).mean()
    for optimizer in optimizers[:2]:
        optimizer.zero_grad()
    loss.backward()
    for optimizer in optimizers[:2]:
        optimizer.step()
    if step >= options.critic_from - 200:
        real, fake = critic(target[:, :, lower]), critic(made[:, :, lower].detach())
        optimizers[2].zero_grad()
        (F.relu(1 - real).mean() + F.relu(1 + fake).mean()).backward()
        optimizers[2].step()
    step, seen = step + 1, seen + options.batch
    decay = min(0.998, step / (step + 20))
    with torch.no_grad():
        for name, value in model.state_dict().items():
            if value.is_floating_point():
                average[name].lerp_(value, 1 - decay)
            else:
                average[name].copy_(value)
    if step % 50 == 0:
        print(f"step {step} seen {seen} loss {np.mean(losses[-50:]):.4f} {(seen - began_seen) / (time.process_time() - began):.1f} frames per processor second", flush=True)
    if time.time() - kept > 180:
        save()
        print("held out: mouth %.1f dB, still %.1f dB" % judge(), flush=True)
        kept = time.time()
save()
print("held out: mouth %.1f dB, still %.1f dB" % judge(), flush=True)
