"""Writes the image tokenizer and the token models as the half-precision folders that LoadImageTokenizer and LoadTokenModel open.

python export_token_models.py --tokenizer <state>/export --one-by-one <state> --all-at-once <state> --to packages/nodes/assets
"""

import argparse
import json
from pathlib import Path

import torch
from diffusers import AmusedScheduler, UVit2DModel, VQModel
from safetensors.torch import save_file

from token_networks import TEXT_TOKENS, OneByOne

parser = argparse.ArgumentParser()
parser.add_argument("--tokenizer", required=True, type=Path)
parser.add_argument("--one-by-one", type=Path)
parser.add_argument("--all-at-once", type=Path)
parser.add_argument("--to", required=True, type=Path)
options = parser.parse_args()
TEXT = {"text_encoder": "universal-sentence-encoder", "lower_case": True, "image_tokenizer": "patchbay-tokens"}


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2) + "\n")


def save(model, folder):
    model.half().save_pretrained(folder)
    config = json.loads((folder / "config.json").read_text())
    write(folder / "config.json", {key: value for key, value in config.items() if key != "_name_or_path"})


tokenizer = VQModel.from_pretrained(options.tokenizer, low_cpu_mem_usage=False)
codes, grid = tokenizer.config.num_vq_embeddings, tokenizer.config.sample_size // 2 ** (len(tokenizer.config.block_out_channels) - 1)
save(tokenizer, options.to / "image_tokenizers/patchbay-tokens")
if options.one_by_one:
    folder = options.to / "token_models/patchbay-ar"
    write(folder / "config.json", OneByOne(codes, grid).config | TEXT)
    average = torch.load(options.one_by_one / "one-by-one.pt")["average"]
    save_file({name: value.half().contiguous() for name, value in average.items()}, folder / "model.safetensors")
if options.all_at_once:
    folder = options.to / "token_models/patchbay-masked"
    model = UVit2DModel.from_pretrained(options.all_at_once / "transformer", low_cpu_mem_usage=False)
    save(model, folder / "transformer")
    AmusedScheduler(mask_token_id=model.config.vocab_size - 1).save_pretrained(folder / "scheduler")
    write(folder / "model_index.json", {"_class_name": "AmusedPipeline", "scheduler": ["diffusers", "AmusedScheduler"], "transformer": ["diffusers", "UVit2DModel"]})
    write(folder / "patchbay.json", TEXT | {"max_tokens": TEXT_TOKENS})
