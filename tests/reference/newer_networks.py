"""Outputs of diffusers' transformers and of their text encoders on small configs, to compare this project's graphs with.

Run: python tests/reference/newer_networks.py   (torch 2.15.0, diffusers 0.42.1, transformers 5.24.0)
Weights and inputs follow from names, as in reference_weights.py. Writes vectors/newer-networks.json.gz.
"""
import gzip, json, os
import torch
from diffusers import AutoencoderKLFlux2, FluxTransformer2DModel, Flux2Transformer2DModel, SD3Transformer2DModel, ZImageTransformer2DModel
from transformers import Qwen2Config, Qwen2Model, Qwen3Config, Qwen3Model, T5Config, T5EncoderModel, UMT5Config, UMT5EncoderModel
from reference_weights import fill, given, result, value

HERE = os.path.dirname(os.path.abspath(__file__))
out = {}


def plain(config):
    return {k: list(v) if isinstance(v, tuple) else v for k, v in dict(config).items() if not k.startswith("_")}


def sd3(name, **config):
    model = fill(SD3Transformer2DModel(**{
        "sample_size": 8, "in_channels": 4, "num_layers": 2, "attention_head_dim": 8, "num_attention_heads": 3, "joint_attention_dim": 20,
        "caption_projection_dim": 24, "pooled_projection_dim": 12, "out_channels": 4, "pos_embed_max_size": 12, **config}))
    with torch.no_grad():
        model.pos_embed.pos_embed.copy_(value("pos_embed.pos_embed", tuple(model.pos_embed.pos_embed.shape)))
    sample = model(hidden_states=given("sample", 2, 4, 6, 10), encoder_hidden_states=given("text", 2, 5, 20),
                   pooled_projections=given("pooled", 2, 12), timestep=torch.tensor([17.0, 801.0])).sample
    out[name] = result(model, {"prediction": sample}, plain(model.config))
    out[name]["weights"]["pos_embed.pos_embed"] = list(model.pos_embed.pos_embed.shape)


sd3("sd3")
sd3("sd3.5", qk_norm="rms_norm", dual_attention_layers=(0,), num_layers=3)


def ids(rows, columns):
    grid = torch.zeros(rows, columns, 3)
    grid[..., 1] += torch.arange(rows)[:, None]
    grid[..., 2] += torch.arange(columns)[None]
    return grid.reshape(-1, 3)


def pack(x):
    n, c, h, w = x.shape
    return x.view(n, c, h // 2, 2, w // 2, 2).permute(0, 2, 4, 1, 3, 5).reshape(n, (h // 2) * (w // 2), c * 4)


def unpack(x, h, w):
    n, _, c = x.shape
    return x.view(n, h // 2, w // 2, c // 4, 2, 2).permute(0, 3, 1, 4, 2, 5).reshape(n, c // 4, h, w)


def flux(name, channels=4, **config):
    model = fill(FluxTransformer2DModel(**{
        "in_channels": 4 * channels, "out_channels": 16, "num_layers": 1, "num_single_layers": 2, "attention_head_dim": 16,
        "num_attention_heads": 2, "joint_attention_dim": 20, "pooled_projection_dim": 12, "axes_dims_rope": (4, 6, 6), **config}))
    guidance = {"guidance": torch.tensor([3.5, 2.0])} if config.get("guidance_embeds") else {}
    sample = model(hidden_states=pack(given("sample", 2, channels, 6, 10)), encoder_hidden_states=given("text", 2, 5, 20),
                   pooled_projections=given("pooled", 2, 12), timestep=torch.tensor([0.017, 0.801]), img_ids=ids(3, 5),
                   txt_ids=torch.zeros(5, 3), **guidance).sample
    out[name] = result(model, {"prediction": unpack(sample, 6, 10)}, plain(model.config))


flux("flux-dev", guidance_embeds=True)
flux("flux-schnell")
flux("flux-fill", channels=9, guidance_embeds=True)


def flux2(name, **config):
    model = fill(Flux2Transformer2DModel(**{
        "in_channels": 16, "num_layers": 1, "num_single_layers": 2, "attention_head_dim": 16, "num_attention_heads": 2,
        "joint_attention_dim": 20, "timestep_guidance_channels": 32, "axes_dims_rope": (4, 4, 4, 4), **config}))
    latents = given("sample", 2, 16, 3, 5)
    image_ids = torch.cartesian_prod(torch.arange(1), torch.arange(3), torch.arange(5), torch.arange(1)).unsqueeze(0).expand(2, -1, -1)
    text_ids = torch.cartesian_prod(torch.arange(1), torch.arange(1), torch.arange(1), torch.arange(6)).unsqueeze(0).expand(2, -1, -1)
    guidance = torch.tensor([3.5, 2.0]) if model.config.guidance_embeds else None
    sample = model(hidden_states=latents.flatten(2).permute(0, 2, 1), encoder_hidden_states=given("text", 2, 6, 20),
                   timestep=torch.tensor([0.017, 0.801]), img_ids=image_ids[0], txt_ids=text_ids[0], guidance=guidance).sample
    out[name] = result(model, {"prediction": sample.permute(0, 2, 1).reshape(2, 16, 3, 5)}, plain(model.config))


flux2("flux2-klein", guidance_embeds=False)
flux2("flux2-dev", guidance_embeds=True)


def z_image(name, tokens, **config):
    model = fill(ZImageTransformer2DModel(**{
        "in_channels": 4, "dim": 48, "n_layers": 2, "n_refiner_layers": 1, "n_heads": 3, "n_kv_heads": 3, "cap_feat_dim": 20,
        "axes_dims": [4, 6, 6], "axes_lens": [128, 64, 64], **config}))
    x = given("sample", 2, 4, 6, 10)
    timestep = torch.tensor([17.0, 801.0])
    sample = model([each.unsqueeze(1) for each in x], (1000 - timestep) / 1000, list(given("text", 2, tokens, 20)), return_dict=False)[0]
    out[name] = result(model, {"prediction": -torch.stack([each.squeeze(1) for each in sample])}, plain(model.config))


z_image("z-image", 5)
z_image("z-image-even", 64)

tokens = torch.tensor([[(7 * i) % 48 for i in range(90)], [(5 * i + 3) % 48 for i in range(90)]])
for name, cls, config in (("t5", T5EncoderModel, T5Config(feed_forward_proj="gated-gelu", vocab_size=48, d_model=24, d_kv=8, d_ff=40, num_layers=2, num_heads=4)),
                          ("umt5", UMT5EncoderModel, UMT5Config(feed_forward_proj="gated-gelu", vocab_size=48, d_model=24, d_kv=8, d_ff=40, num_layers=2, num_heads=4))):
    model = fill(cls(config))
    out[name] = result(model, {"states": model(tokens).last_hidden_state}, {**{k: v for k, v in config.to_dict().items() if isinstance(v, (int, float, str))}})

tokens = tokens[:, :11]
for name, cls, config in (("qwen3", Qwen3Model, Qwen3Config(vocab_size=48, hidden_size=32, intermediate_size=40, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2, head_dim=16, rope_theta=1e6)),
                          ("qwen2", Qwen2Model, Qwen2Config(vocab_size=48, hidden_size=32, intermediate_size=40, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2, rope_theta=1e6))):
    model = fill(cls(config))
    mask = torch.tensor([[1] * 11, [1] * 7 + [0] * 4])
    r = model(input_ids=tokens, attention_mask=mask, output_hidden_states=True).hidden_states
    alone = model(input_ids=tokens[1:, :7], output_hidden_states=True).hidden_states
    out[name] = result(model, {"padded.1": r[1], "padded.2": r[2], "last": r[3], "alone.2": alone[2]},
                       {**{k: v for k, v in config.to_dict().items() if isinstance(v, (int, float, str))}, "rope_theta": 1e6})
    out[name]["weights"] = {f"model.{k}": v for k, v in out[name]["weights"].items()}
    # Weights follow from the names in files, which begin with "model.".
    with torch.no_grad():
        for n, p in model.named_parameters():
            p.copy_(value(f"model.{n}", tuple(p.shape)))
    r = model(input_ids=tokens, attention_mask=mask, output_hidden_states=True).hidden_states
    alone = model(input_ids=tokens[1:, :7], output_hidden_states=True).hidden_states
    outputs = {"padded.1": r[1], "padded.2": r[2], "last": r[3], "alone.2": alone[2]}
    out[name]["outputs"] = result(model, outputs, {})["outputs"]

config = dict(block_out_channels=(8, 16), down_block_types=("DownEncoderBlock2D",) * 2, up_block_types=("UpDecoderBlock2D",) * 2,
              norm_num_groups=4, latent_channels=4, layers_per_block=1)
model = fill(AutoencoderKLFlux2(**config))
with torch.no_grad():
    model.bn.running_mean.copy_(value("bn.running_mean", (16,)))
    model.bn.running_var.copy_(value("bn.running_var.weight", (16,)))
mean = model.encode(given("image", 1, 3, 16, 24)).latent_dist.mode()
n, c, h, w = mean.shape
patched = mean.view(n, c, h // 2, 2, w // 2, 2).permute(0, 1, 3, 5, 2, 4).reshape(n, c * 4, h // 2, w // 2)
m, s = model.bn.running_mean.view(1, -1, 1, 1), torch.sqrt(model.bn.running_var.view(1, -1, 1, 1) + model.config.batch_norm_eps)
z = given("latents", 1, 16, 4, 6)
unscaled = z * s + m
unpatched = unscaled.reshape(1, 4, 2, 2, 4, 6).permute(0, 1, 4, 2, 5, 3).reshape(1, 4, 8, 12)
out["autoencoder-flux2"] = result(model, {"latents": (patched - m) / s, "image": model.decode(unpatched).sample}, plain(model.config))
out["autoencoder-flux2"]["weights"] |= {"bn.running_mean": [16], "bn.running_var": [16]}

path = os.path.join(HERE, "vectors", "newer-networks.json.gz")
with open(path, "wb") as f:
    f.write(gzip.compress(json.dumps(out).encode(), mtime=0))
print({k: {n: o["shape"] for n, o in v["outputs"].items()} for k, v in out.items()}, os.path.getsize(path))
