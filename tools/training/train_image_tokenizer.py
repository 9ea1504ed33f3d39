"""Trains the image tokenizer, diffusers' VQModel: 64 x 64 x 3 <-> 8 x 8 codes of 4,096, by finite scalar quantisation (Mentzer et al. 2023).

Each of 4 dimensions is clamped to -1..1 and rounded to one of 8 levels. The nearest entry of the product of these levels is the same rounding,
so what is saved is a VQModel whose codebook is that product. It starts from the bundled checkpoint's autoencoder.
python train_image_tokenizer.py --data <folders of pictures.rgba> --state <folder> --pictures 100000 --start-from <vae folder>
"""

import argparse
import math
import time
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL, VQModel

from long_run import LongRun
from pictures import WHITE, Pictures, sheet, shifted

parser = argparse.ArgumentParser()
parser.add_argument("--data", required=True, nargs="+")
parser.add_argument("--state", required=True, type=Path)
parser.add_argument("--pictures", type=int, required=True, help="how many are seen in all, from the first start on")
parser.add_argument("--start-from", required=True, type=Path)
parser.add_argument("--levels", type=int, nargs="+", default=[8, 8, 8, 8])
parser.add_argument("--batch", type=int, default=16)
parser.add_argument("--rate", type=float, default=2e-3)
parser.add_argument("--minutes-between-scores", type=float, default=4, help="of the processor's time")
options = parser.parse_args()
torch.set_num_threads(1)
torch.set_flush_denormal(True)
options.state.mkdir(parents=True, exist_ok=True)
SIZE, LEVELS = 64, torch.tensor(options.levels)


def levels(z):
    """-> each of z's 4 channels at the nearest of its levels in -1..1."""
    steps = (LEVELS - 1).view(1, -1, 1, 1) / 2
    # Levels are at 2 i / (n - 1) - 1.
    return torch.round((z.clamp(-1, 1) + 1) * steps) / steps - 1


def codebook():
    """-> [product of levels, dimensions]: entry i0 + n0 i1 + n0 n1 i2 ... has level i of each dimension."""
    index = torch.arange(int(LEVELS.prod()))
    rows = []
    for count in LEVELS.tolist():
        rows.append(index % count * 2 / (count - 1) - 1)
        index = index // count
    return torch.stack(rows, 1)


def create():
    channels = (16, 32, 64, 128)
    return VQModel(
        block_out_channels=channels, layers_per_block=1, norm_num_groups=4, latent_channels=len(LEVELS), sample_size=SIZE,
        num_vq_embeddings=int(LEVELS.prod()), vq_embed_dim=len(LEVELS),
        down_block_types=["DownEncoderBlock2D"] * 4, up_block_types=["UpDecoderBlock2D"] * 4, scaling_factor=1.0,
    )  # fmt: skip


folders = [Path(folder) for folder in options.data]
pictures = Pictures(folders, 128)
train = pictures.where(lambda e: e["split"] == "train")
held_out = pictures.where(lambda e: e["split"] == "held-out-concept")
held_out = held_out[torch.randperm(len(held_out), generator=torch.Generator().manual_seed(1))][:192]
small_file = options.state / "pictures-64.npy"
if not small_file.exists():  # halved once: each place is the mean of four, alpha too
    small = np.lib.format.open_memmap(small_file, "w+", np.uint8, (len(pictures.entries), SIZE, SIZE, 4))
    for row in range(len(small)):
        small[row] = pictures.pixels(row).reshape(SIZE, 2, SIZE, 2, 4).mean((1, 3)).round()
small = np.load(small_file, mmap_mode="r")


def composed(rows, background):
    pixels = torch.from_numpy(small[rows.numpy()]).permute(0, 3, 1, 2).float() / 255
    return (pixels[:, :3] + (1 - pixels[:, 3:]) * background) * 2 - 1


model = create()
state_file = options.state / "tokenizer.pt"
if not state_file.exists():
    first = AutoencoderKL.from_pretrained(options.start_from)
    weights = {k: v for k, v in first.state_dict().items() if k.startswith(("encoder.", "decoder.")) and "encoder.conv_out" not in k and k != "decoder.conv_in.weight"}
    model.load_state_dict(weights, strict=False)
    with torch.no_grad():
        # The strongest directions of the posterior's mean, as far apart as the levels reach, folded into the convolutions beside them.
        z = torch.cat([first.encode(composed(train[torch.randint(len(train), (32,))], WHITE)).latent_dist.mean for _ in range(8)])
        flat = z.permute(1, 0, 2, 3).flatten(1)
        mean = flat.mean(1, keepdim=True)
        values, vectors = torch.linalg.eigh((flat - mean) @ (flat - mean).T / flat.shape[1])
        deviations = values[-len(LEVELS) :].sqrt() * 2
        down, up = (vectors[:, -len(LEVELS) :] / deviations).T, vectors[:, -len(LEVELS) :] * deviations
        matrix = down @ first.quant_conv.weight[:16, :, 0, 0]
        model.encoder.conv_out.weight.copy_((matrix @ first.encoder.conv_out.weight.flatten(1)).view_as(model.encoder.conv_out.weight))
        model.encoder.conv_out.bias.copy_(matrix @ first.encoder.conv_out.bias + down @ (first.quant_conv.bias[:16] - mean[:, 0]))
        out = first.post_quant_conv.weight[:, :, 0, 0]
        model.decoder.conv_in.weight.copy_(torch.einsum("oixy,ij->ojxy", first.decoder.conv_in.weight, out @ up))
        model.decoder.conv_in.bias.add_(torch.einsum("oixy,i->o", first.decoder.conv_in.weight, out @ mean[:, 0] + first.post_quant_conv.bias))
        for conv in (model.quant_conv, model.post_quant_conv):
            conv.weight.copy_(torch.eye(len(LEVELS))[:, :, None, None])
            conv.bias.zero_()
with torch.no_grad():
    model.quantize.embedding.weight.copy_(codebook())
model.quantize.requires_grad_(False)
trained = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
run = LongRun(model, state_file, rate=options.rate, planned=options.pictures, batch=options.batch, named=trained)


def encode(inputs):
    return model.quant_conv(model.encoder(inputs))


def decode(z):
    return model.decoder(model.post_quant_conv(z))


def score():
    """-> mean and 5th percentile in dB of held-out things, and how many bits of a code are used."""
    inputs = composed(held_out, WHITE)
    z = torch.cat([encode(part) for part in inputs.split(32)])
    outputs = torch.cat([decode(levels(part)) for part in z.split(32)]).clamp(-1, 1)
    sheet(torch.stack([inputs[:48], outputs[:48]], 1).flatten(0, 1), 16, options.state / "tokenizer.png")
    model.save_pretrained(options.state / "export")
    each = -10 * torch.log10(((inputs - outputs) / 2).square().mean((1, 2, 3)))
    index = ((levels(z) + 1) / 2 * (LEVELS - 1).view(1, -1, 1, 1)).round().long()
    code = sum(index[:, d] * int(LEVELS[:d].prod()) for d in range(len(LEVELS)))
    share = torch.bincount(code.flatten(), minlength=int(LEVELS.prod())).float()
    share = share[share > 0] / share.sum()
    return each.mean().item(), each.quantile(0.05).item(), -(share * share.log2()).sum().item()


def batch():
    rows = train[torch.randint(len(train), (options.batch,))]
    coloured = torch.rand(options.batch, 1, 1, 1) < 0.1
    inputs = composed(rows, torch.where(coloured, torch.rand(options.batch, 3, 1, 1), WHITE))
    return shifted(torch.where(torch.rand(options.batch, 1, 1, 1) < 0.5, inputs, inputs.flip(-1)), 3)


running = None
last_score = worked = time.process_time()
with run.averaged():
    print(f"{run.millions:.1f} M parameters, {len(train)} pictures, from step {run.step}; {score()}", flush=True)
for _ in run.going():
    inputs = batch()
    z = encode(inputs)
    outputs = decode(z + (levels(z) - z).detach())
    error = outputs - inputs
    each = error.square().mean((1, 2, 3))
    outside = torch.relu(z.abs() - 1).square().mean()
    loss = each.mean() + 0.004 * (each + 1e-5).log().mean() + 0.1 * error.abs().mean() + 0.1 * outside
    run.learn(loss)
    mean_square = error.square().mean().item()
    running = mean_square if running is None else 0.98 * running + 0.02 * mean_square
    if time.process_time() - last_score > 60 * options.minutes_between_scores:
        run.save()
        with run.averaged():
            mean, worst, bits = score()
        last_score = time.process_time()
        print(
            f"{last_score - worked:.0f} s of processor, step {run.step}, {run.seen} pictures, train {-10 * math.log10(running / 4):.2f} dB, "
            f"held out {mean:.2f} dB, 5 % below {worst:.2f}, {bits:.2f} bits a token",
            flush=True,
        )
with run.averaged():
    print(score())
