"""Outputs of diffusers' and transformers' models on small configs, to compare this project's graphs with.

Run: python tests/reference/architectures.py   (torch 2.15.0, diffusers 0.42.1, transformers 5.23.0)
Weights and inputs are not stored: both sides compute them from the tensor's name and index (a 32-bit hash), so the vectors hold
configs and outputs only. Writes vectors/architectures.json.gz.
"""
import gzip, json, os
import numpy as np
import torch
from diffusers import AutoencoderKL, AutoencoderTiny, ControlNetModel, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModelWithProjection, CLIPVisionConfig, CLIPVisionModelWithProjection

HERE = os.path.dirname(os.path.abspath(__file__))


def uniform(name, count):
    """Numbers in [-1, 1): FNV-1a of the name, then a murmur finaliser of seed + index."""
    seed = np.uint32(2166136261)
    with np.errstate(over="ignore"):
        for byte in name.encode():
            seed = np.uint32((int(seed) ^ byte) * 16777619 & 0xFFFFFFFF)
        x = np.arange(count, dtype=np.uint32) * np.uint32(2654435761) + seed
        x ^= x >> np.uint32(16)
        x *= np.uint32(0x85EBCA6B)
        x ^= x >> np.uint32(13)
        x *= np.uint32(0xC2B2AE35)
        x ^= x >> np.uint32(16)
    return (x.astype(np.float64) / 2147483648.0 - 1.0).astype(np.float32)


def value(name, shape):
    count = int(np.prod(shape))
    x = uniform(name, count)
    if len(shape) >= 2:
        x *= np.float32(np.sqrt(3.0 / (count / shape[0])))
    elif name.endswith("weight"):
        x = np.float32(1) + np.float32(0.1) * x
    else:
        x *= np.float32(0.1)
    return torch.from_numpy(x.reshape(shape))


def fill(model):
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(value(name, tuple(parameter.shape)))
    return model.eval()


def given(name, *shape):
    return torch.from_numpy(uniform(name, int(np.prod(shape))).reshape(shape)) * 1.7


def flat(t):
    return [float(np.float32(x)) for x in t.detach().flatten()]


def result(model, outputs, config=None):
    shapes = {n: list(p.shape) for n, p in model.named_parameters()}
    return {"config": config or dict(model.config), "weights": shapes,
            "outputs": {k: {"shape": list(v.shape), "values": flat(v)} for k, v in outputs.items()}}


out = {}


def unet(name, **config):
    config = {"sample_size": 8, "layers_per_block": 1, "norm_num_groups": 8, "cross_attention_dim": 24, **config}
    model = fill(UNet2DConditionModel(**config))
    inputs = dict(sample=given("sample", 2, config.get("in_channels", 4), 8, 8), timestep=torch.tensor([17.0, 801.0]),
                  encoder_hidden_states=given("text", 2, 5, 24))
    if config.get("addition_embed_type"):
        inputs["added_cond_kwargs"] = {"text_embeds": given("pooled", 2, 20), "time_ids": torch.arange(12.0).reshape(2, 6) * 37}
    if config.get("time_cond_proj_dim"):
        inputs["timestep_cond"] = given("guidance", 2, config["time_cond_proj_dim"])
    keep = {k: v for k, v in model.config.items() if not k.startswith("_")}
    out[name] = result(model, {"sample": model(**inputs).sample}, keep)


both = dict(down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"), up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"))
unet("unet-sd1", block_out_channels=(16, 32), attention_head_dim=4, **both)
unet("unet-sd2", block_out_channels=(16, 32), attention_head_dim=(2, 4), use_linear_projection=True, layers_per_block=2, **both)
unet("unet-sdxl", block_out_channels=(16, 32, 32), attention_head_dim=(2, 4, 4), use_linear_projection=True,
     transformer_layers_per_block=(1, 1, 2), addition_embed_type="text_time", addition_time_embed_dim=8,
     projection_class_embeddings_input_dim=20 + 6 * 8,
     down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
     up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"))
unet("unet-inpainting", block_out_channels=(16, 32), attention_head_dim=4, in_channels=9, **both)
unet("unet-lcm", block_out_channels=(16, 32), attention_head_dim=4, time_cond_proj_dim=12, **both)

config = dict(block_out_channels=(16, 32), attention_head_dim=4, cross_attention_dim=24, norm_num_groups=8, layers_per_block=1,
              down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"), conditioning_embedding_out_channels=(8, 16))
model = fill(ControlNetModel(**config))
down, mid = model(given("sample", 2, 4, 8, 8), torch.tensor([17.0, 801.0]), given("text", 2, 5, 24),
                  controlnet_cond=given("hint", 2, 3, 16, 16), conditioning_scale=0.7, return_dict=False)
keep = {k: v for k, v in model.config.items() if not k.startswith("_")}
out["control-net"] = result(model, {**{f"down.{i}": d for i, d in enumerate(down)}, "mid": mid}, keep)

config = dict(block_out_channels=(8, 16), down_block_types=("DownEncoderBlock2D",) * 2, up_block_types=("UpDecoderBlock2D",) * 2,
              norm_num_groups=4, latent_channels=4, layers_per_block=2)
model = fill(AutoencoderKL(**config))
posterior = model.encode(given("image", 1, 3, 16, 16)).latent_dist
keep = {k: v for k, v in model.config.items() if not k.startswith("_")}
out["autoencoder-kl"] = result(model, {"mean": posterior.mean, "logvar": posterior.logvar,
                                       "image": model.decode(given("latents", 1, 4, 8, 8)).sample}, keep)

model = fill(AutoencoderTiny(encoder_block_out_channels=(16, 16), decoder_block_out_channels=(16, 16), num_encoder_blocks=(1, 2), num_decoder_blocks=(2, 1),
                             latent_channels=4, upsampling_scaling_factor=2))
keep = {k: v for k, v in model.config.items() if not k.startswith("_")}
out["autoencoder-tiny"] = result(model, {"latents": model.encode(given("image", 1, 3, 16, 16)).latents,
                                         "image": model.decode(given("latents", 1, 4, 8, 8)).sample}, keep)

tokens = torch.tensor([[97, 5, 17, 40, 98, 98, 98], [97, 8, 98, 98, 98, 98, 98]])
for name, act in (("clip-text", "quick_gelu"), ("open-clip-text", "gelu")):
    config = CLIPTextConfig(vocab_size=99, hidden_size=32, intermediate_size=64, projection_dim=20, num_hidden_layers=3,
                            num_attention_heads=4, max_position_embeddings=7, hidden_act=act, bos_token_id=97, eos_token_id=98)
    model = fill(CLIPTextModelWithProjection(config))
    r = model(tokens, output_hidden_states=True)
    keep = {k: v for k, v in config.to_dict().items() if isinstance(v, (int, float, str))}
    keep["architectures"] = ["CLIPTextModelWithProjection"]
    out[name] = result(model, {"lastHiddenState": r.last_hidden_state, "penultimate": r.hidden_states[-2],
                               "pooled": r.text_embeds}, keep)

config = CLIPVisionConfig(hidden_size=32, intermediate_size=64, projection_dim=20, num_hidden_layers=2, num_attention_heads=4,
                          image_size=16, patch_size=4, hidden_act="quick_gelu")
model = fill(CLIPVisionModelWithProjection(config))
r = model(given("image", 2, 3, 16, 16), output_hidden_states=True)
keep = {k: v for k, v in config.to_dict().items() if isinstance(v, (int, float, str))}
out["clip-vision"] = result(model, {"embedding": r.image_embeds, "penultimate": r.hidden_states[-2]}, keep)

path = os.path.join(HERE, "vectors", "architectures.json.gz")
with open(path, "wb") as f:
    f.write(gzip.compress(json.dumps(out).encode(), mtime=0))
print({k: {n: o["shape"] for n, o in v["outputs"].items()} for k, v in out.items()}, os.path.getsize(path))
