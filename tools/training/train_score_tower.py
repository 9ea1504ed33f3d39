"""Trains the image tower of the bundled CLIP score: CLIP's vision transformer, small, against the frozen pooled sentence embeddings.

Symmetric contrastive loss (Radford et al. 2021) over batches of distinct concepts. It sees neither the held-out style nor the held-out
concepts, and no generated picture.
python train_score_tower.py --data <folder of pictures.rgba> --state <folder> --text <npm package folder> --minutes 12 --to <folder>
"""

import argparse
import json
import math
import random
import time
from collections import defaultdict
from pathlib import Path

import torch
import torch.nn.functional as F
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

from muon import Muon, is_matrix
from pictures import WHITE, Pictures, shifted
from sentence_encoder import SentenceEncoder

parser = argparse.ArgumentParser()
parser.add_argument("--data", required=True)
parser.add_argument("--state", required=True, type=Path)
parser.add_argument("--text", required=True)
parser.add_argument("--minutes", type=float, required=True)
parser.add_argument("--to", required=True, type=Path)
parser.add_argument("--batch", type=int, default=96)
parser.add_argument("--rate", type=float, default=2e-3)
parser.add_argument("--threads", type=int, default=1)
options = parser.parse_args()
torch.set_num_threads(options.threads)
torch.manual_seed(0)
random.seed(0)

pictures = Pictures(options.data)
encoder = SentenceEncoder(options.text)
by_concept = defaultdict(list)
for row, entry in enumerate(pictures.entries):
    if entry["split"] == "train" and entry["group"] != "People & Body":
        by_concept[entry["concept"]].append(row)
concepts = sorted(by_concept)
# The three plain names of a concept; styles are not what this tower is about.
captions = {concept: pictures.entries[by_concept[concept][0]]["captions"][:3] for concept in concepts}
flat = sorted({caption for names in captions.values() for caption in names})
number = {caption: i for i, caption in enumerate(flat)}
embeddings = torch.cat([encoder.encode(flat[i : i + 256])[1] for i in range(0, len(flat), 256)])

tower = CLIPVisionModelWithProjection(
    CLIPVisionConfig(hidden_size=160, intermediate_size=480, num_hidden_layers=4, num_attention_heads=5, image_size=64, patch_size=8, projection_dim=512)
)
log_scale = torch.nn.Parameter(torch.tensor(math.log(14.0)))
named = [(name, p) for name, p in tower.named_parameters()]
optimizers = [
    Muon([p for name, p in named if is_matrix(name, p)], lr=options.rate, weight_decay=0.05),
    torch.optim.AdamW([p for name, p in named if not is_matrix(name, p)] + [log_scale], lr=options.rate, betas=(0.9, 0.99), weight_decay=0),
]
print(sum(p.numel() for _, p in named) / 1e6, "M parameters,", len(concepts), "concepts", flush=True)


def embed(inputs):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        return F.normalize(tower(pixel_values=inputs).image_embeds.float(), dim=-1)


@torch.no_grad()
def accuracy(split, plain):
    """Share of pictures whose own name is among the 1 and 5 nearest of 100 names drawn from the same split."""
    chosen = sorted({e["concept"] for e in pictures.entries if e["split"] == split and plain(e)})
    random.Random(1).shuffle(chosen)
    chosen = chosen[:100]
    rows = {e["concept"]: i for i, e in enumerate(pictures.entries) if e["split"] == split and e["concept"] in chosen}
    texts = encoder.encode([pictures.entries[rows[c]]["captions"][1] for c in chosen])[1]
    found = embed(pictures.composed(torch.tensor([rows[c] for c in chosen]), WHITE)) @ texts.T
    rank = (found > found.diagonal()[:, None]).sum(1)
    return len(chosen), (rank < 1).float().mean().item(), (rank < 5).float().mean().item()


things = lambda e: e["group"] in ("Animals & Nature", "Food & Drink", "Travel & Places", "Objects", "Activities")
started, step, last = time.time(), 0, time.time()
while (progress := (time.time() - started) / (options.minutes * 60)) < 1:
    for group in (group for optimizer in optimizers for group in optimizer.param_groups):
        group["lr"] = options.rate * min(1, (step + 1) / 50) * (1 - 0.98 * progress)
    batch = random.sample(concepts, options.batch)
    rows = torch.tensor([random.choice(by_concept[c]) for c in batch])
    coloured = torch.rand(options.batch, 1, 1, 1) < 0.3
    inputs = pictures.composed(rows, torch.where(coloured, torch.rand(options.batch, 3, 1, 1), WHITE))
    inputs = shifted(torch.where(torch.rand(options.batch, 1, 1, 1) < 0.5, inputs, inputs.flip(-1)), 6)
    inputs = (inputs * (0.8 + 0.4 * torch.rand(options.batch, 1, 1, 1))).clamp(-1, 1)
    texts = embeddings[torch.tensor([number[random.choice(captions[c])] for c in batch])]
    logits = embed(inputs) @ texts.T * log_scale.exp().clamp(max=100)
    target = torch.arange(options.batch)
    loss = (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2
    tower.zero_grad()
    log_scale.grad = None
    loss.backward()
    for optimizer in optimizers:
        optimizer.step()
    step += 1
    if time.time() - last > 60:
        last = time.time()
        print(f"{time.time() - started:.0f} s step {step} loss {loss.item():.3f} scale {log_scale.exp().item():.1f} "
              f"held-out style {accuracy('held-out-style', things)} held-out concepts {accuracy('held-out-concept', things)}", flush=True)

scores = {"held_out_style": accuracy("held-out-style", things), "held_out_concepts": accuracy("held-out-concept", things)}
print(step, scores)
options.to.mkdir(parents=True, exist_ok=True)
tower.half().save_pretrained(options.to / "image_encoder")
(options.to / "scores.json").write_text(json.dumps({"steps": step, "minutes": options.minutes, "top1_and_top5_of_100": scores}, indent=2) + "\n")
preprocess = {"size": 64, "image_mean": [0.5] * 3, "image_std": [0.5] * 3, "do_center_crop": True, "crop_size": 64}
(options.to / "image_encoder" / "preprocessor_config.json").write_text(json.dumps(preprocess, indent=2) + "\n")
