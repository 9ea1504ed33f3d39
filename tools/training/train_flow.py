"""Trains the bundled flow, Glow on close-up faces of 32 x 32 pixels, by exact negative log-likelihood.

The rate falls as a cosine to the planned number of pictures, however long they take. It resumes from its last state, also with another plan.
python train_flow.py --data <folder of draw_faces.ts at 32 pixels> --state <folder> --pictures 100000
"""

import argparse
import json
import math
import signal
import time
from pathlib import Path

import numpy as np
import torch

from glow import Glow
from muon import Muon, is_matrix
from pictures import sheet

parser = argparse.ArgumentParser()
parser.add_argument("--data", required=True, type=Path)
parser.add_argument("--state", required=True, type=Path)
parser.add_argument("--pictures", type=int, required=True, help="how many are seen in all, from the first start on")
parser.add_argument("--size", type=int, default=32)
parser.add_argument("--levels", type=int, default=3)
parser.add_argument("--steps", type=int, default=12, help="of each level")
parser.add_argument("--width", type=int, default=128)
parser.add_argument("--batch", type=int, default=32)
parser.add_argument("--rate", type=float, default=1e-3)
parser.add_argument("--no-muon", action="store_true", help="Adam for the matrices of the couplings, too")
parser.add_argument("--stop-at", type=int, help="stop early, at this many pictures of the plan")
parser.add_argument("--to", type=Path, help="write the averaged weights here, as a file that LoadFlow opens")
parser.add_argument("--minutes-between-states", type=float, default=3)
parser.add_argument("--minutes-between-scores", type=float, default=2, help="of the processor's time")
options = parser.parse_args()
torch.set_num_threads(1)
torch.set_flush_denormal(True)
options.state.mkdir(parents=True, exist_ok=True)

faces = json.loads((options.data / "faces.json").read_text())
pixels = np.memmap(options.data / "pictures.rgb", np.uint8, "r", shape=(len(faces), options.size, options.size, 3))
pixels = torch.from_numpy(np.ascontiguousarray(pixels.transpose(0, 3, 1, 2)))
is_train = torch.tensor([face["split"] == "train" for face in faces])
train, held_out = pixels[is_train], pixels[~is_train]

torch.manual_seed(0)
model = Glow(3, options.levels, options.steps, options.width)
state_file = options.state / "flow.pt"
saved, step, seen = None, 0, 0
if state_file.exists():
    saved = torch.load(state_file)
    model.load_state_dict(saved["model"])
    step, seen = saved["step"], saved["seen"]
else:
    model.bits(train[torch.randint(len(train), (256,))].float(), fit=True)
average = saved["average"] if saved else {name: value.clone() for name, value in model.state_dict().items()}


def by_muon(name, parameter):
    return not options.no_muon and ".coupling." in name and is_matrix(name, parameter)


named = list(model.named_parameters())
optimizers = [
    Muon([p for name, p in named if by_muon(name, p)] or [torch.nn.Parameter(torch.zeros(8, 8))], lr=options.rate),
    torch.optim.Adam([p for name, p in named if not by_muon(name, p)], lr=options.rate, betas=(0.9, 0.99)),
]
if saved:
    for optimizer, state in zip(optimizers, saved["optimizers"]):
        optimizer.load_state_dict(state)


def save():
    state = {"model": model.state_dict(), "average": average, "step": step, "seen": seen}
    config = {"levels": options.levels, "steps": options.steps, "width": options.width, "size": options.size}
    torch.save(state | {"config": config, "optimizers": [optimizer.state_dict() for optimizer in optimizers]}, f"{state_file}.part")
    Path(f"{state_file}.part").rename(state_file)


@torch.no_grad()
def score():
    """-> bits per dimension of held-out faces by the averaged weights; a sheet of samples at temperature 0.7, then 1."""
    kept = {name: value.clone() for name, value in model.state_dict().items()}
    model.load_state_dict(average)
    generator = torch.Generator().manual_seed(1)
    bits = torch.cat([model.bits(part.float()) for part in held_out[:512].split(128)])
    shapes = [z.shape[1:] for z in model.encode(torch.zeros(1, 3, options.size, options.size))[0]]
    noise = [torch.randn(64, *shape, generator=generator) for shape in shapes]
    samples = torch.cat([model.decode([z * t for z in noise])[:count] for t, count in ((0.7, 48), (1, 16))])
    sheet(samples.clamp(-0.5, 0.5) * 2, 16, options.state / "samples.png")
    model.load_state_dict(kept)
    return bits.mean().item()


def stop(*_):
    raise SystemExit


signal.signal(signal.SIGTERM, stop)
torch.manual_seed(step)
first_seen, running = seen, None
started = last_state = time.time()
worked = last_score = time.process_time()
print(f"{sum(p.numel() for _, p in named) / 1e6:.2f} M parameters, {len(train)} faces, {len(held_out)} held out, from step {step}", flush=True)
try:
    while seen < (options.stop_at or options.pictures):
        warmth = min(1, (step + 1) / 100, (seen - first_seen + options.batch) / (20 * options.batch))
        for group in (group for optimizer in optimizers for group in optimizer.param_groups):
            group["lr"] = options.rate * warmth * (0.02 + 0.98 * (0.5 + 0.5 * math.cos(math.pi * seen / options.pictures)))
        loss = model.bits(train[torch.randint(len(train), (options.batch,))].float()).mean()
        model.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_([p for _, p in named], 1.0)
        step, seen = step + 1, seen + options.batch
        if not norm.isfinite():
            print(f"step {step} is left out: its gradient is not finite", flush=True)
            continue
        for optimizer in optimizers:
            optimizer.step()
        decay = min(0.998, (1 + step) / (10 + step))
        with torch.no_grad():
            for name, value in model.state_dict().items():
                average[name].lerp_(value, 1 - decay)
        running = loss.item() if running is None else 0.98 * running + 0.02 * loss.item()
        if time.time() - last_state > 60 * options.minutes_between_states:
            save()
            last_state = time.time()
        if time.process_time() - last_score > 60 * options.minutes_between_scores:
            bits, last_score = score(), time.process_time()
            rate = (seen - first_seen) / (last_score - worked)
            print(f"{time.time() - started:.0f} s, step {step}, {seen} pictures, {rate:.1f}/s of processor, train {running:.3f}, held out {bits:.3f} bits/dim", flush=True)
finally:
    save()
print(f"{seen} pictures in {time.process_time() - worked:.0f} s of processor, held out {score():.3f} bits/dim", flush=True)
if options.to:
    from safetensors.torch import save_file

    save_file({name: value.half().contiguous() for name, value in average.items()}, options.to, {"format": "pt", "size": str(options.size)})
