"""Trains patchbay-style: a drawing and the style of one to four others -> the drawing in that style.

Emoji sets draw the same things in several styles, so the answer is in the data: the loss is the distance to the drawing of that style, in colours
(also of a quarter of the size, where outlines that do not meet matter less), in features of the bundled towers' trunk, in their means and deviations
(Huang and Belongie 2017) and Gram matrices (Gatys et al. 2016), and late a critic of patches (Isola et al. 2017). Twemoji and the held-out things are
never seen.
python train_style.py --data <folders of pictures.rgba> --towers <folder> --state <folder> --pictures 60000
"""

import argparse
import json
import math
import random
import signal
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file

from muon import Muon, is_matrix
from pictures import WHITE, Pictures, sheet
from style_network import CODE_GROUPS, Critic, StyleNetwork, config, frozen_trunk, levels, statistics

parser = argparse.ArgumentParser()
parser.add_argument("--data", required=True, nargs="+")
parser.add_argument("--towers", required=True, type=Path)
parser.add_argument("--state", required=True, type=Path)
parser.add_argument("--pictures", type=int, required=True, help="how many are seen in all, from the first start on")
parser.add_argument("--batch", type=int, default=12)
parser.add_argument("--rate", type=float, default=2e-3)
parser.add_argument("--critic-from", type=float, default=0.4, help="share of the training after which the critic acts")
parser.add_argument("--critic-weight", type=float, default=0.05)
parser.add_argument("--minutes-between-scores", type=float, default=3, help="of the processor's time")
options = parser.parse_args()
torch.set_num_threads(1)
torch.set_flush_denormal(True)
options.state.mkdir(parents=True, exist_ok=True)
SIZE, LOSS_GROUPS = 64, (0, 1, 2, 3)
HELD_OUT_STYLE = "twemoji"


def small_pictures():
    """-> the pictures at 64 px, each place the mean of four, alpha too; halved once."""
    pictures = Pictures([Path(folder) for folder in options.data], 128)
    path = options.state / "pictures-64.npy"
    if not path.exists():
        small = np.lib.format.open_memmap(path, "w+", np.uint8, (len(pictures.entries), SIZE, SIZE, 4))
        for row in range(len(small)):
            small[row] = pictures.pixels(row).reshape(SIZE, 2, SIZE, 2, 4).mean((1, 3)).round()
    return pictures.entries, np.load(path, mmap_mode="r")


entries, small = small_pictures()
trunk = frozen_trunk(options.towers)


def composed(rows, background=WHITE):
    pixels = torch.from_numpy(small[np.asarray(rows)]).permute(0, 3, 1, 2).float() / 255
    return (pixels[:, :3] + (1 - pixels[:, 3:]) * background) * 2 - 1


def drawn(split):
    """-> {concept: {style: row}} of things that more than one style draws."""
    found = defaultdict(dict)
    for row, entry in enumerate(entries):
        if (entry["split"] == "held-out-concept") == (split == "held-out-concept"):
            found[entry["concept"]].setdefault(entry["style"], row)
    return {concept: rows for concept, rows in found.items() if len(set(rows) - {HELD_OUT_STYLE}) > 1}


@torch.no_grad()
def all_codes():
    path = options.state / "codes.pt"
    if not path.exists():
        torch.save(torch.cat([statistics(levels(trunk, composed(range(i, min(i + 64, len(entries)))))) for i in range(0, len(entries), 64)]), path)
    return torch.load(path)


train, held_out = drawn("train"), drawn("held-out-concept")
styles = sorted({style for rows in train.values() for style in rows} - {HELD_OUT_STYLE})
rows_of = {style: [rows[style] for rows in train.values() if style in rows] for style in [*styles, HELD_OUT_STYLE]}
codes = all_codes()
model, critic = StyleNetwork(), Critic(len(styles))
seen_codes = codes[[row for style in styles for row in rows_of[style]]]
model.code_mean.copy_(seen_codes.mean(0))
model.code_deviation.copy_(seen_codes.std(0) + 1e-3)
state_file = options.state / "style.pt"
saved = torch.load(state_file) if state_file.exists() else None
if saved:
    model.load_state_dict(saved["model"])
    critic.load_state_dict(saved["critic"])
average = saved["average"] if saved else {name: value.detach().clone() for name, value in model.state_dict().items()}
step, seen = (saved["step"], saved["seen"]) if saved else (0, 0)
optimizers = [
    Muon([p for name, p in model.named_parameters() if is_matrix(name, p)], lr=options.rate),
    torch.optim.AdamW([p for name, p in model.named_parameters() if not is_matrix(name, p)], lr=options.rate, betas=(0.9, 0.99), weight_decay=0),
]
critic_optimizer = torch.optim.AdamW(critic.parameters(), lr=4e-4, betas=(0.5, 0.99), weight_decay=1e-3)
if saved:
    for optimizer, kept in zip([*optimizers, critic_optimizer], saved["optimizers"]):
        optimizer.load_state_dict(kept)


def style_code(style, without, generator=random):
    """The mean of the codes of one to four drawings of the style, none of them of the thing itself."""
    chosen = [row for row in generator.sample(rows_of[style], 5) if row != without][: generator.randint(1, 4)]
    return codes[chosen].mean(0)


def batch():
    concepts = random.sample(list(train), options.batch)
    inputs, targets, style_codes, wanted = [], [], [], []
    for concept in concepts:
        rows = {style: row for style, row in train[concept].items() if style != HELD_OUT_STYLE}
        a, b = random.sample(list(rows), 2)
        if random.random() < 0.08:
            a = b
        inputs.append(rows[a])
        targets.append(rows[b])
        wanted.append(styles.index(b))
        style_codes.append(style_code(b, rows[b]))
    coloured = torch.rand(options.batch, 1, 1, 1) < 0.1
    background = torch.where(coloured, torch.rand(options.batch, 3, 1, 1), WHITE)
    pair = torch.cat([composed(inputs, background), composed(targets, background)], 1)
    pair = torch.where(torch.rand(options.batch, 1, 1, 1) < 0.5, pair, pair.flip(-1))
    return *pair.chunk(2, 1), torch.stack(style_codes), torch.tensor(wanted)


def gram(features):
    flat = features.flatten(2)
    return flat @ flat.transpose(1, 2) / flat.shape[2]


def distances(output, target):
    """-> distances of colours, features, Gram matrices and statistics: each a mean over the batch."""
    colour = (output - target).abs().mean() + (F.avg_pool2d(output, 4) - F.avg_pool2d(target, 4)).abs().mean()
    with torch.no_grad():
        wanted = levels(trunk, target, LOSS_GROUPS)
    made = levels(trunk, output, LOSS_GROUPS)
    feature = texture = 0
    count = len(CODE_GROUPS)
    apart = (statistics(made[:count]) - statistics(wanted[:count])) / model.code_deviation
    style = F.smooth_l1_loss(apart, torch.zeros_like(apart))
    for a, b in zip(made, wanted):
        scale = b.square().mean() + 1e-4
        feature = feature + (a - b).square().mean() / scale
        ga, gb = gram(a), gram(b)
        texture = texture + (ga - gb).square().mean() / (gb.square().mean() + 1e-6)
    return colour, feature, texture, style


def with_average(work):
    kept = {name: value.clone() for name, value in model.state_dict().items()}
    model.load_state_dict(average)
    result = work()
    model.load_state_dict(kept)
    return result


def save():
    state = {"model": model.state_dict(), "critic": critic.state_dict(), "average": average, "step": step, "seen": seen, "styles": styles}
    torch.save(state | {"optimizers": [o.state_dict() for o in [*optimizers, critic_optimizer]]}, f"{state_file}.part")
    Path(f"{state_file}.part").rename(state_file)
    export = options.state / "export"
    export.mkdir(exist_ok=True)
    save_file({name: value.half().contiguous() for name, value in average.items()}, export / "model.safetensors", metadata={"format": "pt"})
    (export / "config.json").write_text(config() + "\n")


def discriminants():
    """A linear classifier of the styles by the codes of their drawings: means of classes and their common covariance (Fisher 1936)."""
    means = torch.stack([codes[rows_of[style]].mean(0) for style in styles])
    rest = torch.cat([codes[rows_of[style]] - means[i] for i, style in enumerate(styles)])
    inverse = torch.linalg.inv((rest.T @ rest / len(rest) + 1e-5 * torch.eye(rest.shape[1])).double()).float()
    return means @ inverse, -0.5 * ((means @ inverse) * means).sum(1)


weights, offsets = discriminants()


@torch.no_grad()
def evaluate():
    generator = random.Random(1)
    tasks = [(rows, *generator.sample(sorted(set(rows) - {HELD_OUT_STYLE}), 2)) for rows in held_out.values() for _ in range(2)]
    inputs, targets = composed([rows[a] for rows, a, _ in tasks]), composed([rows[b] for rows, _, b in tasks])
    wanted = torch.tensor([styles.index(b) for *_, b in tasks])
    style_codes = torch.stack([style_code(b, -1, generator) for *_, b in tasks])
    outputs = torch.cat([model(x, c) for x, c in zip(inputs.split(32), style_codes.split(32))]).clamp(-1, 1)

    def taken(pictures):
        found = torch.cat([statistics(levels(trunk, part)) for part in pictures.split(32)]) @ weights.T + offsets
        return round((found.argmax(1) == wanted).float().mean().item(), 3)

    def psnr(pictures):
        return round((-10 * torch.log10(((pictures - targets) / 2).square().mean((1, 2, 3)) + 1e-6)).mean().item(), 2)

    few = [held_out[concept] for concept in list(held_out)[::6]][:9]
    firsts = [next(row for style, row in sorted(rows.items()) if style != HELD_OUT_STYLE) for rows in few]
    columns = [composed(firsts)]
    for style in [*styles, HELD_OUT_STYLE]:
        code = torch.stack([style_code(style, -1, generator) for _ in few])
        truth = composed([rows.get(style, firsts[i]) for i, rows in enumerate(few)])
        columns += [model(columns[0], code).clamp(-1, 1), truth]
    sheet(torch.stack(columns, 1).flatten(0, 1), len(columns), options.state / "style.png")
    return {"taken": taken(outputs), "taken_before": taken(inputs), "taken_of_true": taken(targets), "psnr": psnr(outputs), "psnr_before": psnr(inputs)}


def stop(*_):
    raise SystemExit


signal.signal(signal.SIGTERM, stop)
torch.manual_seed(step)
random.seed(step)
first_seen, losses = seen, defaultdict(float)
last_score = worked = time.process_time()
print(f"{sum(p.numel() for p in model.parameters()) / 1e6:.2f} M parameters, {len(train)} things, {len(held_out)} held out, {styles}, {with_average(evaluate)}", flush=True)
try:
    while seen < options.pictures:
        progress = seen / options.pictures
        warmth = min(1, (seen - first_seen + options.batch) / (50 * options.batch))
        for group in (group for optimizer in optimizers for group in optimizer.param_groups):
            group["lr"] = options.rate * warmth * (0.01 + 0.99 * (0.5 + 0.5 * math.cos(math.pi * progress)))
        inputs, targets, style_codes, wanted = batch()
        output = model(inputs, style_codes)
        colour, feature, texture, style = distances(output, targets)
        loss = 0.6 * colour + 0.03 * feature + 0.1 * texture + style + 0.1 * (output.abs() - 1).relu().mean()
        fooled = torch.zeros(())
        if progress > options.critic_from:
            judged = critic(torch.cat([targets, output.detach()]), wanted.repeat(2))
            real, made = judged.chunk(2)
            critic_loss = (1 - real).relu().mean() + (1 + made).relu().mean()
            critic_optimizer.zero_grad()
            critic_loss.backward()
            critic_optimizer.step()
            fooled = -critic(output, wanted).mean()
            # It begins to act when it has seen some hundred pictures itself.
            loss = loss + options.critic_weight * min(1, max(0, (progress - options.critic_from) / 0.05 - 0.3)) * fooled
            losses["critic"] += critic_loss.item()
        model.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer in optimizers:
            optimizer.step()
        step, seen = step + 1, seen + options.batch
        for name, value in (("colour", colour), ("feature", feature), ("texture", texture), ("style", style), ("fooled", fooled), ("steps", torch.ones(()))):
            losses[name] += value.item()
        decay = min(0.995, (1 + step) / (10 + step))
        with torch.no_grad():
            for name, value in model.state_dict().items():
                average[name].lerp_(value, 1 - decay)
        if time.process_time() - last_score > 60 * options.minutes_between_scores:
            save()
            found = with_average(evaluate)
            last_score = time.process_time()
            means = {name: round(value / losses["steps"], 3) for name, value in losses.items() if name != "steps"}
            losses.clear()
            print(f"{last_score - worked:.0f} s of processor, step {step}, {seen} pictures, {means}, {found}", flush=True)
finally:
    save()
print(json.dumps(with_average(evaluate)))
