"""Whole runs of diffusers with IP-Adapters on small random weights, from a prompt, a picture and a seed to latents after 4 steps.

Run: python tests/reference/ip_adapter.py (torch 2.15.0, diffusers 0.42.1, transformers 5.24.0)
Weights follow from names, as in architectures.py. Writes vectors/ip-adapter.json.gz: the configs of the networks, the shapes of each
adapter under the names of its file, and of each run its settings and latents.
"""
import base64, gzip, json, os
import numpy as np
import torch
from PIL import Image
import diffusers
from diffusers import EulerDiscreteScheduler, StableDiffusionPipeline, StableDiffusionXLPipeline, UNet2DConditionModel
from diffusers.image_processor import IPAdapterMaskProcessor
from transformers import CLIPImageProcessor, CLIPVisionConfig, CLIPVisionModelWithProjection
from reference_weights import fill, given, value

diffusers.utils.logging.set_verbosity_error()
STEPS, CELLS, SIDE, WIDTH = 4, 8, 64, 32
VISION = dict(hidden_size=32, intermediate_size=64, num_hidden_layers=3, num_attention_heads=4, image_size=32, patch_size=8,
              projection_dim=16, hidden_act="gelu")
# A Stable Diffusion 1 in small, and an SDXL with its three levels and several transformer layers.
UNETS = {
    "sd1": dict(block_out_channels=(16, 32), down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"), attention_head_dim=4,
                up_block_types=("UpBlock2D", "CrossAttnUpBlock2D")),
    "sdxl": dict(block_out_channels=(16, 16, 32), down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
                 up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"), layers_per_block=2,
                 attention_head_dim=(2, 2, 4), transformer_layers_per_block=(1, 1, 2), use_linear_projection=True,
                 addition_embed_type="text_time", addition_time_embed_dim=8, projection_class_embeddings_input_dim=64),
}
POOLED = 64 - 6 * 8


def published(name):
    """transformers 5 has left out a part of the names that files have."""
    return name if name.startswith(("vision_model.", "visual_projection.")) else f"vision_model.{name}"


def vision():
    model = CLIPVisionModelWithProjection(CLIPVisionConfig(**VISION))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(value(published(name), tuple(parameter.shape)))
    return model.eval()


def adapter_shapes(kind, unet):
    tokens, hidden, embedded = 4, VISION["hidden_size"], VISION["projection_dim"]
    shapes = {}
    if kind == "base":
        shapes |= {"proj.weight": [tokens * WIDTH, embedded], "proj.bias": [tokens * WIDTH], "norm.weight": [WIDTH], "norm.bias": [WIDTH]}
    if kind == "full":
        shapes |= {"proj.0.weight": [hidden, hidden], "proj.0.bias": [hidden], "proj.2.weight": [WIDTH, hidden], "proj.2.bias": [WIDTH],
                   "proj.3.weight": [WIDTH], "proj.3.bias": [WIDTH]}
    if kind == "plus":
        inner = 64
        shapes |= {"latents": [1, 6, inner], "proj_in.weight": [inner, hidden], "proj_in.bias": [inner], "proj_out.weight": [WIDTH, inner],
                   "proj_out.bias": [WIDTH], "norm_out.weight": [WIDTH], "norm_out.bias": [WIDTH]}
        for layer in range(4):
            at = f"layers.{layer}"
            for norm in ("0.norm1", "0.norm2", "1.0"):
                shapes |= {f"{at}.{norm}.weight": [inner], f"{at}.{norm}.bias": [inner]}
            shapes |= {f"{at}.0.to_q.weight": [64, inner], f"{at}.0.to_kv.weight": [128, inner], f"{at}.0.to_out.weight": [inner, 64],
                       f"{at}.1.1.weight": [4 * inner, inner], f"{at}.1.3.weight": [inner, 4 * inner]}
    all_shapes = {f"image_proj.{name}": shape for name, shape in shapes.items()}
    # Processors in the order in which a UNet lists them; attention to itself is counted and has no weights.
    for number, (name, processor) in enumerate(unet.attn_processors.items()):
        if "attn2" in name:
            module = unet.get_submodule(name.removesuffix(".processor"))
            for part in ("to_k_ip", "to_v_ip"):
                all_shapes[f"ip_adapter.{number}.{part}.weight"] = [module.to_q.out_features, WIDTH]
    return all_shapes


def state(shapes):
    parts = {"image_proj": {}, "ip_adapter": {}}
    for name, shape in shapes.items():
        part, rest = name.split(".", 1)
        parts[part][rest] = value(name, tuple(shape))
    return parts


def packed(tensor):
    return {"shape": list(tensor.shape), "base64": base64.b64encode(tensor.detach().contiguous().numpy().astype("<f4").tobytes()).decode()}


def plain(config):
    return {k: list(v) if isinstance(v, tuple) else v for k, v in dict(config).items()
            if not k.startswith("_") and isinstance(v, (int, float, str, bool, list, tuple, type(None)))}


def picture(name):
    return ((given(name, 3, 32, 32) / 3.4 + 0.5).clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy()


vectors = {"vision": {**VISION, "weights": {published(n): list(p.shape) for n, p in vision().named_parameters()}}, "unets": {}, "adapters": {},
           "runs": []}
processor = CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})


def pipeline(name):
    config = {"sample_size": CELLS, "layers_per_block": 1, "norm_num_groups": 8, "cross_attention_dim": WIDTH, **UNETS[name]}
    unet = fill(UNet2DConditionModel(**config))
    vectors["unets"][name] = {"config": plain(unet.config), "weights": {n: list(p.shape) for n, p in unet.named_parameters()}}
    scheduler = EulerDiscreteScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", timestep_spacing="leading", steps_offset=1)
    # The text is given as embeddings, so that no text encoder is needed; diffusers asks the VAE for its scale alone.
    vae = diffusers.AutoencoderKL(block_out_channels=(8, 8, 8, 16), down_block_types=("DownEncoderBlock2D",) * 4, norm_num_groups=4,
                                  up_block_types=("UpDecoderBlock2D",) * 4)
    parts = dict(vae=vae, text_encoder=None, tokenizer=None, unet=unet, scheduler=scheduler, image_encoder=vision(), feature_extractor=processor)
    pipe = StableDiffusionXLPipeline(**parts, text_encoder_2=None, tokenizer_2=None) if name == "sdxl" else StableDiffusionPipeline(
        **parts, safety_checker=None, requires_safety_checker=False)
    pipe.set_progress_bar_config(disable=True)
    return pipe


def run(name, unet_name, kind, scale=0.7, pictures=("picture",), mask=None, guidance=5.0, use="all"):
    pipe = pipeline(unet_name)
    shapes = adapter_shapes(kind, pipe.unet)
    vectors["adapters"][f"{unet_name}-{kind}"] = shapes
    pipe.load_ip_adapter(state(shapes), subfolder=None, weight_name=None, image_encoder_folder=None)
    styles = {"all": scale, "style": {"up": {"block_0": [0.0, scale, 0.0]}}, "style and layout": {"down": {"block_2": [0.0, scale]}, "up": {"block_0": [0.0, scale, 0.0]}}}
    pipe.set_ip_adapter_scale(styles[use] if isinstance(styles[use], dict) else styles[use])
    scheduler = pipe.scheduler
    scheduler.set_timesteps(STEPS)
    table = ((1 - scheduler.alphas_cumprod) / scheduler.alphas_cumprod) ** 0.5
    sigmas = [float(table[int(t)]) for t in scheduler.timesteps] + [0.0]
    latents = torch.randn(1, 4, CELLS, CELLS, generator=torch.Generator("cpu").manual_seed(5)) * (sigmas[0] / float(scheduler.init_noise_sigma))
    options = {}
    if unet_name == "sdxl":
        options |= dict(pooled_prompt_embeds=given("pooled", 1, POOLED), negative_pooled_prompt_embeds=given("negative pooled", 1, POOLED))
    if mask is not None:
        options["cross_attention_kwargs"] = {"ip_adapter_masks": [torch.from_numpy(mask)[None, None]]}
    with torch.no_grad():
        out = pipe(prompt_embeds=given("text", 1, 7, WIDTH), negative_prompt_embeds=given("negative text", 1, 7, WIDTH), guidance_scale=guidance,
                   num_inference_steps=STEPS, latents=latents, output_type="latent", height=SIDE, width=SIDE,
                   ip_adapter_image=[[Image.fromarray(picture(p)) for p in pictures]], **options).images
    print(f"{name:24} rms {out.square().mean().sqrt():.4f}")
    vectors["runs"].append({"name": name, "unet": unet_name, "adapter": f"{unet_name}-{kind}", "strength": scale, "pictures": list(pictures), "use": use,
                            "guidanceScale": guidance, "sigmas": sigmas, "start": packed(latents * float(scheduler.init_noise_sigma)), "isMasked": mask is not None, "latents": packed(out)})


run("base", "sd1", "base")
run("plus", "sd1", "plus")
run("full", "sd1", "full")
run("two pictures", "sd1", "base", pictures=("picture", "other picture"))
left = np.zeros((CELLS, CELLS), np.float32)
left[:, : CELLS // 2] = 1
run("a mask", "sd1", "base", mask=left)
run("SDXL", "sdxl", "base")
run("SDXL plus", "sdxl", "plus")
run("style", "sdxl", "base", use="style")
run("style and layout", "sdxl", "plus", use="style and layout")
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "vectors", "ip-adapter.json.gz")
with gzip.GzipFile(path, "wb", mtime=0) as f:
    f.write(json.dumps(vectors, separators=(",", ":")).encode())
print(os.path.getsize(path))
