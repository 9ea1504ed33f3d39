"""Milliseconds of one training step of a UNet in PyTorch: forward, backward, AdamW. Reads the diffusers config that is asked about.

python train_unet.py <unet/config.json> <batch> <side> <tokens> <threads> -> one JSON object
"""

import json
import sys
import time

import torch
from diffusers import UNet2DConditionModel

config, batch, side, tokens, threads = sys.argv[1], *map(int, sys.argv[2:])
torch.set_num_threads(threads)
torch.manual_seed(0)
settings = json.load(open(config))
model = UNet2DConditionModel.from_config(settings)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)
added = settings.get("projection_class_embeddings_input_dim")
pooled = added - 6 * settings["addition_time_embed_dim"] if added else 0
sample = torch.randn(batch, settings["in_channels"], side, side)
text = torch.randn(batch, tokens, settings["cross_attention_dim"])
conditions = {"text_embeds": torch.randn(batch, pooled), "time_ids": torch.rand(batch, 6) * 64} if added else None
best = float("inf")
for step in range(8):
    began = time.perf_counter()
    predicted = model(sample, torch.rand(batch) * 999, text, added_cond_kwargs=conditions).sample
    loss = (predicted - sample).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step > 1:
        best = min(best, time.perf_counter() - began)
print(json.dumps({"milliseconds": best * 1000, "parameters": sum(p.numel() for p in model.parameters()), "torch": torch.__version__}))
