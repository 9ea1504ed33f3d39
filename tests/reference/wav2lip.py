"""A tiny Wav2Lip (tools/training/talking_network.py) with weights by lot, as its published files name them, and what it makes of waves.

python wav2lip.py writes tests/reference/vectors/wav2lip.safetensors; needs torch and safetensors."""

import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

root = Path(__file__).parents[2]
sys.path.insert(0, str(root / "tools/training"))
from talking_network import Wav2Lip  # noqa: E402

torch.manual_seed(1)
model = Wav2Lip(64, (4, 4, 6, 4, 6), 4)
for name, value in model.state_dict().items():
    if name.endswith("running_mean") or name.endswith("conv_block.1.bias"):
        value.normal_(0, 0.3)
    elif name.endswith("running_var") or name.endswith("conv_block.1.weight"):
        value.uniform_(0.7, 1.6)
model.eval()
wave = lambda *shape: torch.sin(torch.arange(torch.Size(shape).numel()) * 0.37).reshape(shape)
with torch.no_grad():
    made = model(2 * wave(2, 1, 80, 16), 0.5 + 0.5 * wave(2, 6, 64, 64))
print(made.std().item(), made.mean().item())
weights = {f"module.{name}": value.contiguous() for name, value in model.state_dict().items() if value.is_floating_point()}
save_file({**weights, "made": made.contiguous()}, root / "tests/reference/vectors/wav2lip.safetensors")
