"""Whole runs of diffusers' pipelines on small random weights, from a prompt and a seed to latents and a picture.

Run: python tests/reference/pipelines.py <bpe_simple_vocab_16e6.txt.gz of openai/CLIP>
     (torch 2.15.0, diffusers 0.42.1, transformers 5.23.0, peft 0.21.2)
Weights follow from names, as in architectures.py; noise is that of PyTorch's CPU generator. Writes vectors/pipelines.json.gz:
the configs of each pipeline as its folder has them, and of each run its settings, sigmas, latents and picture.
"""
import base64, gzip, json, os, sys, tempfile
import numpy as np
import torch
import diffusers
from diffusers import (AutoencoderKL, ControlNetModel, DDIMScheduler, DPMSolverMultistepScheduler, EulerAncestralDiscreteScheduler,
                       EulerDiscreteScheduler, LCMScheduler, StableDiffusionControlNetPipeline, StableDiffusionImg2ImgPipeline,
                       StableDiffusionInpaintPipeline, StableDiffusionPAGPipeline, StableDiffusionPipeline,
                       StableDiffusionXLImg2ImgPipeline, StableDiffusionXLInpaintPipeline, StableDiffusionXLPipeline,
                       UNet2DConditionModel)
from safetensors.torch import save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer
from reference_weights import fill, given, value

diffusers.utils.logging.set_verbosity_error()
# diffusers asks for the inner model, which transformers 5 has made the model itself.
CLIPTextModel.text_model = property(lambda self: self)
BETAS = dict(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")
SIDE, CELLS, STEPS = 64, 8, 20
PROMPT, NEGATIVE = "a photo of a red fox, (autumn) forest", "blurry, low quality"


def tokenizer(pad):
    lines = gzip.open(sys.argv[1]).read().decode("utf-8").split("\n")[1:48895]
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    symbols = [chr(b) for b in printable] + [chr(0x100 + i) for i in range(256 - len(printable))]
    words = symbols + [s + "</w>" for s in symbols] + ["".join(line.split()) for line in lines]
    words += ["<|startoftext|>", "<|endoftext|>"]
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/vocab.json", "w") as f:
            json.dump({word: i for i, word in enumerate(words)}, f)
        with open(f"{folder}/merges.txt", "w") as f:
            f.write("#version: 0.2\n" + "\n".join(lines) + "\n")
        with open(f"{folder}/tokenizer_config.json", "w") as f:
            json.dump({"tokenizer_class": "CLIPTokenizer", "pad_token": pad, "model_max_length": 77}, f)
        return CLIPTokenizer.from_pretrained(folder)


def unet(**config):
    return fill(UNet2DConditionModel(**{
        "sample_size": CELLS, "layers_per_block": 1, "norm_num_groups": 8, "cross_attention_dim": 32, "block_out_channels": (16, 32),
        "attention_head_dim": 4, "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"),
        "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D"), **config}))


def vae(scaling=0.18215):
    return fill(AutoencoderKL(block_out_channels=(8, 8, 8, 16), down_block_types=("DownEncoderBlock2D",) * 4, norm_num_groups=4,
                              up_block_types=("UpDecoderBlock2D",) * 4, layers_per_block=1, scaling_factor=scaling))


def text_encoder(hidden=32, layers=3, act="quick_gelu", projection=None):
    # The published configs say 0, 2 and 1 for these tokens, whatever the tokenizer has.
    config = CLIPTextConfig(vocab_size=49408, hidden_size=hidden, intermediate_size=2 * hidden, num_hidden_layers=layers, hidden_act=act,
                            num_attention_heads=4, max_position_embeddings=77, bos_token_id=0, eos_token_id=2, pad_token_id=1,
                            projection_dim=projection or 64)
    model = CLIPTextModelWithProjection(config) if projection else CLIPTextModel(config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(value(published(name), tuple(parameter.shape)))
    return model.eval()


def published(name):
    """transformers 5 has left out a part of the names that files have."""
    return name if name.startswith("text_") else f"text_model.{name}"


def plain(config):
    return {k: list(v) if isinstance(v, tuple) else v for k, v in dict(config).items()
            if not k.startswith("_") and isinstance(v, (int, float, str, bool, list, tuple, type(None)))}


pipelines, runs = {}, []
END, BANG = tokenizer("<|endoftext|>"), tokenizer("!")
NO_CHECKER = dict(safety_checker=None, feature_extractor=None, requires_safety_checker=False)


def component(model):
    if hasattr(model, "pad_token"):
        return {"json": {"special_tokens_map": {"pad_token": model.pad_token}}}
    shapes = {n: list(p.shape) for n, p in model.named_parameters()}
    is_text = hasattr(model.config, "hidden_act")
    config = plain(model.config.to_dict() if is_text else model.config)
    if is_text:
        config["architectures"] = [type(model).__name__]
        shapes = {published(n): s for n, s in shapes.items()}
    return {"json": {"config": {"_class_name": type(model).__name__, **config}}, "stem": "model" if is_text else "diffusion_pytorch_model",
            "weights": shapes}


def pipeline(name, cls, scheduler, **parts):
    made = cls(**parts, scheduler=scheduler, **({} if "XL" in cls.__name__ else NO_CHECKER))
    made.set_progress_bar_config(disable=True)
    pipelines[name] = {"components": {k: component(v) for k, v in parts.items() if v is not None},
                       "scheduler": {"_class_name": type(scheduler).__name__, **plain(scheduler.config)}, "class": cls.__name__}
    return made


def noise(seed, batch=1):
    return torch.cat([torch.randn(1, 4, CELLS, CELLS, generator=torch.Generator("cpu").manual_seed(seed + k)) for k in range(batch)])


def packed(tensor):
    return {"shape": list(tensor.shape), "base64": base64.b64encode(tensor.detach().contiguous().numpy().astype("<f4").tobytes()).decode()}


def run(name, pipeline_name, pipe, *, seed, sampler, steps=STEPS, guidance=7.5, prompt=PROMPT, negative=NEGATIVE, batch=1, start="noise",
        config=None, told=None, **options):
    """
    Starts at the noise of the seed, or at the pictures or latents among the options; a stochastic sampler goes on with the generator of
    seed + 1, as k-diffusion's does. Gives the latents.
    """
    scheduler = pipe.scheduler
    scheduler.set_timesteps(steps)
    first = int(scheduler.timesteps[0])
    table = ((1 - scheduler.alphas_cumprod) / scheduler.alphas_cumprod) ** 0.5
    # Where the noisiest level has no signal at all, its sigma is infinite; null stands for the highest that there is.
    sigma = [float(table[int(t)]) if torch.isfinite(table[int(t)]) else None for t in scheduler.timesteps] + [0.0]
    if start == "noise":
        drawn = noise(seed, batch)
        if hasattr(scheduler, "sigmas") and not isinstance(scheduler, DPMSolverMultistepScheduler):
            # Below the top of the table, noise is of level sigma; at the top its variance is 1 + sigma².
            level = (1 + sigma[0] ** 2) ** 0.5 if first == 999 else sigma[0]
            drawn = drawn * (level / float(scheduler.init_noise_sigma))
        options["latents"] = drawn
    generator = torch.Generator("cpu").manual_seed(seed + 1 if start == "noise" else seed)
    seen = {}

    def observe(_, step, timestep, tensors):
        seen[step] = tensors["latents"].clone()
        return tensors

    with torch.no_grad():
        out = pipe(prompt, negative_prompt=negative, num_inference_steps=steps, guidance_scale=guidance, generator=generator,
                   num_images_per_prompt=batch, output_type="np", callback_on_step_end=observe, **options)
    latents = seen[max(seen)]
    # Every other pixel, to keep the file small.
    picture = np.round(out.images[:, ::2, ::2] * 255).astype(np.uint8)
    assert np.isfinite(latents.numpy()).all()
    print(f"{name:28} latents rms {latents.square().mean().sqrt():.3f} max {latents.abs().max():.3f}  picture {picture.mean():.0f} ± {picture.std():.0f}")
    runs.append({"name": name, "pipeline": pipeline_name, "seed": seed, "sampler": sampler, "steps": steps, "guidanceScale": guidance,
                 "prompt": prompt, "negative": negative, "batch": batch, **(config or {}),
                 "sigmas": sigma[: len(seen) + 1] if "denoising_end" in options else sigma[-len(seen) - 1:],
                 **{k: packed(v) for k, v in (told or {}).items()}, "latents": packed(latents),
                 "picture": {"shape": list(picture.shape), "base64": base64.b64encode(picture.tobytes()).decode()}})
    return latents


def euler(**more):
    return EulerDiscreteScheduler(**BETAS, **{"timestep_spacing": "leading", "steps_offset": 1, **more})


# Stable Diffusion 1
sd1 = pipeline("sd1", StableDiffusionPipeline, euler(), vae=vae(), text_encoder=text_encoder(), tokenizer=END, unet=unet())
run("text to image", "sd1", sd1, seed=42, sampler="euler")
run("a batch", "sd1", sd1, seed=7, sampler="euler", batch=3, steps=10)
run("clip skip", "sd1", sd1, seed=42, sampler="euler", clip_skip=1, config={"layerFromEnd": 2})
sd1.scheduler = EulerAncestralDiscreteScheduler(**BETAS, timestep_spacing="trailing")
run("a stochastic sampler", "sd1", sd1, seed=2024, sampler="euler_ancestral")
sd1.scheduler = DPMSolverMultistepScheduler(**BETAS, timestep_spacing="trailing", final_sigmas_type="zero")
run("a multistep sampler", "sd1", sd1, seed=3, sampler="dpmpp_2m")
sd1.scheduler = euler()

image_to_image = StableDiffusionImg2ImgPipeline(**sd1.components, requires_safety_checker=False)
image_to_image.set_progress_bar_config(disable=True)
picture = given("picture", 1, 3, SIDE, SIDE) / 3.4 + 0.5
encoded = sd1.vae.encode(picture * 2 - 1).latent_dist.mean * sd1.vae.config.scaling_factor
run("image to image", "sd1", image_to_image, seed=5, sampler="euler", start="image", strength=0.6, image=encoded, told={"encoded": encoded})

pag = StableDiffusionPAGPipeline(**sd1.components, requires_safety_checker=False, pag_applied_layers=["mid"])
pag.set_progress_bar_config(disable=True)
run("perturbed attention", "sd1", pag, seed=8, sampler="euler", pag_scale=3.0, config={"perturbedAttention": 3.0})

# A textual inversion of two vectors
learnt = given("learnt", 2, 32) * 0.2
sd1.load_textual_inversion({"<fox>": learnt}, token="<fox>")
run("textual inversion", "sd1", sd1, seed=11, sampler="euler", prompt="a photo of <fox> in snow", told={"learnt": learnt},
    config={"prompt": "a photo of embedding:fox in snow"})
sd1.unload_textual_inversion()

# A LoRA under kohya's names: attention, feed-forward, a convolution, and the text encoder
lora = {}
for name, outside, inside in [
    ("lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q", [16], [16]),
    ("lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k", [16], [32]),
    ("lora_unet_mid_block_attentions_0_transformer_blocks_0_ff_net_0_proj", [256], [32]),
    ("lora_unet_mid_block_attentions_0_proj_in", [32, 1, 1], [32, 1, 1]),
    ("lora_unet_up_blocks_1_attentions_1_transformer_blocks_0_attn1_to_out_0", [16], [16]),
    ("lora_te_text_model_encoder_layers_1_self_attn_q_proj", [32], [32]),
    ("lora_te_text_model_encoder_layers_2_mlp_fc1", [64], [32]),
]:
    lora[f"{name}.lora_down.weight"] = [2, *inside]
    lora[f"{name}.lora_up.weight"] = [outside[0], 2, *outside[1:]]
    lora[f"{name}.alpha"] = []
stored = {n: torch.tensor(4.0) if n.endswith("alpha") else value(n, tuple(s)) for n, s in lora.items()}
with tempfile.TemporaryDirectory() as folder:
    save_file({n: t for n, t in stored.items() if n.startswith("lora_unet")}, f"{folder}/lora.safetensors")
    sd1.load_lora_weights(folder, weight_name="lora.safetensors", adapter_name="tiny")
    sd1.set_adapters(["tiny"], [0.8])
# diffusers does not find the layers of transformers 5's text encoder, so these are merged: W + strength · alpha / rank · up · down.
layers = sd1.text_encoder.encoder.layers
before = [layers[1].self_attn.q_proj.weight.clone(), layers[2].mlp.fc1.weight.clone()]
with torch.no_grad():
    for weight, name in ((layers[1].self_attn.q_proj.weight, "1_self_attn_q_proj"), (layers[2].mlp.fc1.weight, "2_mlp_fc1")):
        name = f"lora_te_text_model_encoder_layers_{name}"
        weight += 0.8 * 4.0 / 2 * stored[f"{name}.lora_up.weight"] @ stored[f"{name}.lora_down.weight"]
run("a LoRA", "sd1", sd1, seed=13, sampler="euler", config={"lora": lora, "strength": 0.8})
sd1.unload_lora_weights()
with torch.no_grad():
    layers[1].self_attn.q_proj.weight.copy_(before[0])
    layers[2].mlp.fc1.weight.copy_(before[1])

# ControlNet
hint = given("hint", 1, 3, SIDE, SIDE) / 3.4 + 0.5
control = fill(ControlNetModel(block_out_channels=(16, 32), attention_head_dim=4, cross_attention_dim=32, norm_num_groups=8,
                               layers_per_block=1, down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
                               conditioning_embedding_out_channels=(8, 8, 16, 16)))
controlled = pipeline("sd1-control", StableDiffusionControlNetPipeline, euler(), controlnet=control, tokenizer=END,
                      text_encoder=text_encoder(), **{k: v for k, v in sd1.components.items() if k in ("vae", "unet")})
run("ControlNet", "sd1-control", controlled, seed=17, sampler="euler", image=hint, controlnet_conditioning_scale=0.6,
    control_guidance_end=0.5, told={"hint": hint}, config={"strength": 0.6, "end": 0.5})

# Inpainting with nine channels: the mask covers the right half
mask = torch.zeros(1, 1, SIDE, SIDE)
mask[..., SIDE // 2:] = 1
inpaint = pipeline("sd1-inpainting", StableDiffusionInpaintPipeline, euler(), vae=vae(), text_encoder=text_encoder(), tokenizer=END,
                   unet=unet(in_channels=9))
masked = inpaint.vae.encode((picture * 2 - 1) * (mask < 0.5)).latent_dist.mean * inpaint.vae.config.scaling_factor
run("inpainting", "sd1-inpainting", inpaint, seed=19, sampler="euler", image=picture, mask_image=mask, masked_image_latents=masked,
    strength=1.0, height=SIDE, width=SIDE)

# A latent consistency model
lcm = pipeline("lcm", StableDiffusionPipeline, LCMScheduler(**BETAS), vae=vae(), text_encoder=text_encoder(), tokenizer=END,
               unet=unet(time_cond_proj_dim=16))
run("latent consistency", "lcm", lcm, seed=23, sampler="lcm", steps=4, guidance=8.0, negative=None,
    config={"scheduler": "checkpoint"})

# Stable Diffusion 2: velocity, OpenCLIP, padding with "!"
sd2 = pipeline("sd2", StableDiffusionPipeline, euler(prediction_type="v_prediction"), vae=vae(), tokenizer=BANG,
               text_encoder=text_encoder(act="gelu"), unet=unet(attention_head_dim=(2, 4), use_linear_projection=True))
run("velocity", "sd2", sd2, seed=29, sampler="euler")
zero = pipeline("sd2-zero-snr", StableDiffusionPipeline,
                DDIMScheduler(**BETAS, prediction_type="v_prediction", rescale_betas_zero_snr=True, timestep_spacing="trailing",
                              clip_sample=False, set_alpha_to_one=True, steps_offset=1),
                **{k: v for k, v in sd2.components.items() if k in ("vae", "text_encoder", "tokenizer", "unet")})
run("zero terminal SNR", "sd2-zero-snr", zero, seed=31, sampler="ddim", guidance_rescale=0.7, config={"rescale": 0.7})


def xl_unet(**config):
    return unet(block_out_channels=(16, 32, 32), attention_head_dim=(2, 4, 4), use_linear_projection=True, cross_attention_dim=80,
                transformer_layers_per_block=(1, 1, 2), addition_embed_type="text_time", addition_time_embed_dim=8,
                projection_class_embeddings_input_dim=40 + 6 * 8,
                down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
                up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"), **config)


# SDXL: two text encoders, pooled text, sizes
sdxl = pipeline("sdxl", StableDiffusionXLPipeline, euler(), vae=vae(0.13025), text_encoder=text_encoder(), tokenizer=END,
                text_encoder_2=text_encoder(hidden=48, act="gelu", projection=40), tokenizer_2=BANG,
                unet=xl_unet())
run("SDXL", "sdxl", sdxl, seed=37, sampler="euler", guidance=5.0)
run("SDXL cropped", "sdxl", sdxl, seed=41, sampler="euler", guidance=5.0, original_size=(96, 128), crops_coords_top_left=(16, 8),
    negative_original_size=(96, 128), negative_crops_coords_top_left=(16, 8), config={"sizes": [96, 128, 16, 8, 64, 64]})

# Inpainting with SDXL, which has nine channels too
sdxl_parts = {k: v for k, v in sdxl.components.items() if k in ("vae", "text_encoder", "text_encoder_2", "tokenizer", "tokenizer_2")}
xl_inpaint = pipeline("sdxl-inpainting", StableDiffusionXLInpaintPipeline, euler(), **sdxl_parts, unet=xl_unet(in_channels=9))
xl_masked = xl_inpaint.vae.encode((picture * 2 - 1) * (mask < 0.5)).latent_dist.mean * xl_inpaint.vae.config.scaling_factor
run("SDXL inpainting", "sdxl-inpainting", xl_inpaint, seed=43, sampler="euler", guidance=5.0, image=picture, mask_image=mask,
    masked_image_latents=xl_masked, strength=1.0, height=SIDE, width=SIDE)

# SDXL's refiner: the second text encoder alone, and a score in place of the size that is wanted. It takes over where SDXL stops.
refiner = pipeline("sdxl-refiner", StableDiffusionXLImg2ImgPipeline, euler(), vae=sdxl.vae, text_encoder=None, tokenizer=None,
                   text_encoder_2=text_encoder(hidden=48, act="gelu", projection=1280), tokenizer_2=BANG,
                   unet=unet(block_out_channels=(16, 32, 32, 32), attention_head_dim=(2, 4, 4, 4), use_linear_projection=True,
                             cross_attention_dim=48, transformer_layers_per_block=2, addition_embed_type="text_time",
                             addition_time_embed_dim=8, projection_class_embeddings_input_dim=1280 + 5 * 8,
                             down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
                             up_block_types=("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D")))
refiner.register_to_config(requires_aesthetics_score=True)
half_done = run("SDXL that stops early", "sdxl", sdxl, seed=47, sampler="euler", guidance=5.0, denoising_end=0.6)
run("SDXL refiner", "sdxl-refiner", refiner, seed=47, sampler="euler", guidance=5.0, start="latents", image=half_done, denoising_start=0.6,
    config={"from": "SDXL that stops early"})
encoded = refiner.vae.encode(picture * 2 - 1).latent_dist.mean * refiner.vae.config.scaling_factor
run("SDXL refiner of a picture", "sdxl-refiner", refiner, seed=53, sampler="euler", guidance=5.0, start="image", strength=0.4, image=encoded,
    aesthetic_score=7.5, negative_aesthetic_score=1.5, told={"encoded": encoded}, config={"scores": [7.5, 1.5]})

# Distilled models: few steps, no guidance, and the spacing of their scheduler's config
turbo = pipeline("sdxl-turbo", StableDiffusionXLPipeline,
                 EulerAncestralDiscreteScheduler(**BETAS, timestep_spacing="trailing", steps_offset=1), **sdxl_parts, unet=sdxl.unet)
run("Turbo in one step", "sdxl-turbo", turbo, seed=59, sampler="euler_ancestral", steps=1, guidance=0.0, negative=None,
    config={"scheduler": "checkpoint"})
run("Turbo in four steps", "sdxl-turbo", turbo, seed=59, sampler="euler_ancestral", steps=4, guidance=0.0, negative=None,
    config={"scheduler": "checkpoint"})
lightning = pipeline("sdxl-lightning", StableDiffusionXLPipeline, euler(timestep_spacing="trailing"), **sdxl_parts, unet=sdxl.unet)
for count in (2, 4):
    run(f"Lightning in {count} steps", "sdxl-lightning", lightning, seed=61, sampler="euler", steps=count, guidance=0.0, negative=None,
        config={"scheduler": "checkpoint"})
one_step = pipeline("sdxl-lightning-1", StableDiffusionXLPipeline, euler(timestep_spacing="trailing", prediction_type="sample"), **sdxl_parts,
                    unet=sdxl.unet)
run("Lightning in one step", "sdxl-lightning-1", one_step, seed=61, sampler="euler", steps=1, guidance=0.0, negative=None,
    config={"scheduler": "checkpoint"})
linspace = pipeline("sd2-linspace", StableDiffusionPipeline, euler(timestep_spacing="linspace", prediction_type="v_prediction"),
                    **{k: v for k, v in sd2.components.items() if k in ("vae", "text_encoder", "tokenizer", "unet")})
run("timesteps from end to end", "sd2-linspace", linspace, seed=67, sampler="euler", steps=4, config={"scheduler": "checkpoint"})

path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "vectors", "pipelines.json.gz")
with open(path, "wb") as f:
    f.write(gzip.compress(json.dumps({"pipelines": pipelines, "runs": runs}).encode(), 9, mtime=0))
print(os.path.getsize(path))
