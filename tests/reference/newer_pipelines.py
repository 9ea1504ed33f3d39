"""Whole runs of diffusers' pipelines of the newer families on small random weights, from a prompt and a seed to latents.

Run: python tests/reference/newer_pipelines.py <bpe_simple_vocab_16e6.txt.gz or merges.txt of openai/CLIP> <spiece.model of T5> <tokenizer.json of Qwen3>
     (torch 2.15.0, diffusers 0.42.1, transformers 5.24.0, sentencepiece)
Weights follow from names, as in reference_weights.py; noise is that of PyTorch's CPU generator. Writes vectors/newer-pipelines.json.gz: the
configs of each pipeline as its folder has them, and of each run its settings, sigmas and latents; vectors/text-tokens.json: tokens of texts.
"""
import base64, gzip, json, os, sys, tempfile
import torch
import diffusers
from diffusers import (AutoencoderKL, AutoencoderKLFlux2, FlowMatchEulerDiscreteScheduler, Flux2KleinPipeline, Flux2Transformer2DModel, FluxPipeline,
                       FluxTransformer2DModel, SD3Transformer2DModel, StableDiffusion3Pipeline, ZImagePipeline, ZImageTransformer2DModel)
from transformers import (CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer, Qwen2TokenizerFast, Qwen3Config,
                          Qwen3ForCausalLM, T5Config, T5EncoderModel, T5TokenizerFast)
from reference_weights import fill, value

diffusers.utils.logging.set_verbosity_error()
HERE = os.path.dirname(os.path.abspath(__file__))
PROMPT, NEGATIVE = "a photo of a red fox, autumn forest", "blurry, low quality"
SIDE, STEPS = 64, 4
pipelines, runs = {}, []


def clip_tokenizer(pad):
    data = open(sys.argv[1], "rb").read()
    lines = gzip.decompress(data).decode().split("\n")[1:48895] if data[:2] == b"\x1f\x8b" else data.decode().strip().split("\n")
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    symbols = [chr(b) for b in printable] + [chr(0x100 + i) for i in range(256 - len(printable))]
    words = symbols + [s + "</w>" for s in symbols] + ["".join(line.split()) for line in lines] + ["<|startoftext|>", "<|endoftext|>"]
    with tempfile.TemporaryDirectory() as folder:
        json.dump({word: i for i, word in enumerate(words)}, open(f"{folder}/vocab.json", "w"))
        open(f"{folder}/merges.txt", "w").write("#version: 0.2\n" + "\n".join(lines) + "\n")
        json.dump({"tokenizer_class": "CLIPTokenizer", "pad_token": pad, "model_max_length": 77}, open(f"{folder}/tokenizer_config.json", "w"))
        return CLIPTokenizer.from_pretrained(folder)


def t5_tokenizer():
    with tempfile.TemporaryDirectory() as folder:
        os.symlink(os.path.abspath(sys.argv[2]), f"{folder}/spiece.model")
        return T5TokenizerFast.from_pretrained(folder)


CHAT = ("{%- for message in messages %}{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}{%- endfor %}"
        "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- if enable_thinking is defined and enable_thinking is false %}"
        "{{- '<think>\\n\\n</think>\\n\\n' }}{%- endif %}{%- endif %}")


def qwen_tokenizer():
    tokenizer = Qwen2TokenizerFast(tokenizer_file=sys.argv[3])
    tokenizer.pad_token = "<|endoftext|>"
    tokenizer.chat_template = CHAT
    return tokenizer


def named(name):
    """transformers 5 has left out a part of the names that files have."""
    return name if name.startswith("text_") else f"text_model.{name}"


def clip(hidden, projection=None, act="quick_gelu", layers=2):
    config = CLIPTextConfig(vocab_size=49408, hidden_size=hidden, intermediate_size=2 * hidden, num_hidden_layers=layers, hidden_act=act,
                            num_attention_heads=2, max_position_embeddings=77, bos_token_id=0, eos_token_id=2, pad_token_id=1,
                            projection_dim=projection or hidden)
    model = CLIPTextModelWithProjection(config) if projection else CLIPTextModel(config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(value(named(name), tuple(parameter.shape)))
    return model.eval()


def t5():
    return fill(T5EncoderModel(T5Config(feed_forward_proj="gated-gelu", vocab_size=32128, d_model=24, d_kv=8, d_ff=40, num_layers=2, num_heads=2)))


def qwen3(layers):
    return fill(Qwen3ForCausalLM(Qwen3Config(vocab_size=151936, hidden_size=16, intermediate_size=24, num_hidden_layers=layers, num_attention_heads=2,
                                             num_key_value_heads=1, head_dim=8, rope_theta=1e6, tie_word_embeddings=True)))


def vae(channels, **config):
    return fill(AutoencoderKL(block_out_channels=(8, 8, 8, 16), down_block_types=("DownEncoderBlock2D",) * 4, norm_num_groups=4,
                              up_block_types=("UpDecoderBlock2D",) * 4, layers_per_block=1, latent_channels=channels, use_quant_conv=False,
                              use_post_quant_conv=False, **config))


def plain(config):
    return {k: list(v) if isinstance(v, tuple) else v for k, v in dict(config).items()
            if not k.startswith("_") and isinstance(v, (int, float, str, bool, list, tuple, type(None)))}


def component(model):
    shapes = {n: list(p.shape) for n, p in model.named_parameters()}
    is_text = hasattr(model.config, "model_type")
    config = plain(model.config.to_dict() if is_text else model.config)
    if is_text:
        config["architectures"] = [type(model).__name__]
        if "theta" not in config and hasattr(model.config, "rope_parameters"):
            config["rope_parameters"] = {"rope_theta": 1e6}
    if config.get("model_type", "").startswith("clip"):
        shapes = {named(n): s for n, s in shapes.items()}
    if hasattr(model, "pos_embed") and hasattr(model.pos_embed, "pos_embed"):
        shapes["pos_embed.pos_embed"] = list(model.pos_embed.pos_embed.shape)
    return {"json": {"config": {"_class_name": type(model).__name__, **config}}, "stem": "model" if is_text else "diffusion_pytorch_model", "weights": shapes}


def pipeline(name, cls, scheduler, tokenizers, **parts):
    made = cls(**parts, **tokenizers, scheduler=scheduler, **({"is_distilled": True} if cls is Flux2KleinPipeline else {}))
    made.set_progress_bar_config(disable=True)
    pipelines[name] = {"components": {k: component(v) for k, v in parts.items() if v is not None},
                       "scheduler": {"_class_name": type(scheduler).__name__, **plain(scheduler.config)}, "class": cls.__name__}
    for key, tokenizer in tokenizers.items():
        if isinstance(tokenizer, CLIPTokenizer):
            pipelines[name]["components"][key] = {"json": {"special_tokens_map": {"pad_token": tokenizer.pad_token}}}
    return made


def run(name, pipeline_name, pipe, *, seed, guidance, unpack=lambda x: x, negative=None, told=None, **options):
    seen = {}

    def observe(_, step, timestep, tensors):
        seen[step] = tensors["latents"].clone()
        return tensors

    with torch.no_grad():
        pipe(prompt=PROMPT, num_inference_steps=STEPS, height=SIDE, width=SIDE, generator=torch.Generator("cpu").manual_seed(seed), output_type="latent",
             callback_on_step_end=observe, callback_on_step_end_tensor_inputs=["latents"], **({"negative_prompt": negative} if negative else {}), **options)
    latents = unpack(seen[STEPS - 1]).detach().contiguous()
    runs.append({"name": name, "pipeline": pipeline_name, "seed": seed, "steps": STEPS, "sigmas": [float(s) for s in pipe.scheduler.sigmas],
                 "guidanceScale": guidance, "prompt": PROMPT, "negative": negative, **({"distilledGuidance": told} if told else {}),
                 "latents": {"shape": list(latents.shape), "base64": base64.b64encode(latents.numpy().astype("<f4").tobytes()).decode()}})


def unpack(x):
    n, _, c = x.shape
    side = int(x.shape[1] ** 0.5)
    return x.view(n, side, side, c // 4, 2, 2).permute(0, 3, 1, 4, 2, 5).reshape(n, c // 4, 2 * side, 2 * side)


END, BANG = clip_tokenizer("<|endoftext|>"), clip_tokenizer("!")


def sd3(name, with_t5, **config):
    transformer = fill(SD3Transformer2DModel(**{
        "sample_size": 8, "in_channels": 16, "num_layers": 2, "attention_head_dim": 8, "num_attention_heads": 2, "joint_attention_dim": 24,
        "caption_projection_dim": 16, "pooled_projection_dim": 20, "out_channels": 16, "pos_embed_max_size": 12, **config}))
    with torch.no_grad():
        transformer.pos_embed.pos_embed.copy_(value("pos_embed.pos_embed", tuple(transformer.pos_embed.pos_embed.shape)))
    return pipeline(name, StableDiffusion3Pipeline, FlowMatchEulerDiscreteScheduler(shift=3.0),
                    dict(tokenizer=END, tokenizer_2=BANG, tokenizer_3=t5_tokenizer() if with_t5 else None), transformer=transformer,
                    vae=vae(16, scaling_factor=1.5305, shift_factor=0.0609), text_encoder=clip(8, projection=8),
                    text_encoder_2=clip(12, projection=12, act="gelu"), text_encoder_3=t5() if with_t5 else None)


run("sd3.5 with T5", "sd3.5", sd3("sd3.5", True, qk_norm="rms_norm", dual_attention_layers=(0,)), seed=5, guidance=4.5, negative=NEGATIVE, guidance_scale=4.5)


def flux(name, **config):
    transformer = fill(FluxTransformer2DModel(**{
        "in_channels": 64, "num_layers": 1, "num_single_layers": 2, "attention_head_dim": 16, "num_attention_heads": 2, "joint_attention_dim": 24,
        "pooled_projection_dim": 8, "axes_dims_rope": (4, 6, 6), **config}))
    scheduler = FlowMatchEulerDiscreteScheduler(shift=3.0, use_dynamic_shifting=True) if config.get("guidance_embeds") else FlowMatchEulerDiscreteScheduler(shift=1.0)
    return pipeline(name, FluxPipeline, scheduler, dict(tokenizer=END, tokenizer_2=t5_tokenizer()), transformer=transformer,
                    vae=vae(16, scaling_factor=0.3611, shift_factor=0.1159), text_encoder=clip(8), text_encoder_2=t5())


run("flux dev", "flux-dev", flux("flux-dev", guidance_embeds=True), seed=7, guidance=1, told=2.5, guidance_scale=2.5, unpack=unpack)
run("flux schnell", "flux-schnell", flux("flux-schnell"), seed=8, guidance=1, guidance_scale=0.0, unpack=unpack)

transformer = fill(Flux2Transformer2DModel(in_channels=128, num_layers=1, num_single_layers=2, attention_head_dim=16, num_attention_heads=2,
                                           joint_attention_dim=48, axes_dims_rope=(4, 4, 4, 4), guidance_embeds=False))
autoencoder = fill(AutoencoderKLFlux2(block_out_channels=(8, 8, 8, 16), down_block_types=("DownEncoderBlock2D",) * 4, norm_num_groups=4,
                                      up_block_types=("UpDecoderBlock2D",) * 4, layers_per_block=1, latent_channels=32))
klein = pipeline("flux2-klein", Flux2KleinPipeline, FlowMatchEulerDiscreteScheduler(shift=3.0, use_dynamic_shifting=True),
                 dict(tokenizer=qwen_tokenizer()), transformer=transformer, vae=autoencoder, text_encoder=qwen3(28))
run("flux2 klein", "flux2-klein", klein, seed=9, guidance=1, guidance_scale=1.0,
    unpack=lambda x: x.permute(0, 2, 1).reshape(1, 128, SIDE // 16, SIDE // 16))

transformer = fill(ZImageTransformer2DModel(in_channels=16, dim=48, n_layers=2, n_refiner_layers=1, n_heads=3, n_kv_heads=3, cap_feat_dim=16,
                                            axes_dims=[4, 6, 6], axes_lens=[1024, 64, 64]))
z_image = pipeline("z-image", ZImagePipeline, FlowMatchEulerDiscreteScheduler(shift=3.0), dict(tokenizer=qwen_tokenizer()), transformer=transformer,
                   vae=vae(16, scaling_factor=0.3611, shift_factor=0.1159), text_encoder=qwen3(3))
run("z-image turbo", "z-image", z_image, seed=10, guidance=1, guidance_scale=0.0)
run("z-image guided", "z-image", z_image, seed=11, guidance=3, negative=NEGATIVE, guidance_scale=2.0)

path = os.path.join(HERE, "vectors", "newer-pipelines.json.gz")
with open(path, "wb") as f:
    f.write(gzip.compress(json.dumps({"pipelines": pipelines, "runs": runs}).encode(), mtime=0))

texts = ["", " ", "a photo of a red fox", "  two  spaces\tand\na line ", "It's, don't; WE'LL: 1234567 (brackets) [x] {y}", "Ünïcödé façade naïve — “quotes” …",
         "日本語のテキスト、漢字", "한국어 문장", "Привет, мир!", "emoji 🦊🍂 and ﬁ ligature ½ ²", "<extra_id_0> </s> <pad>", "x" * 60, "\u00a0nbsp\u3000ideographic",
         "e\u0301 combining", "snake_case camelCase HTTP/2 www.example.com?a=b&c=%20", "\u200bzero\u200dwidth", "line\r\nbreaks\n\n\nthree", "trailing spaces   ",
         "<|im_start|>user\na fox<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n", "١٢٣ देवनागरी ไทย", "tabs\t\tand\u0001control"]
t5_ids, qwen = t5_tokenizer(), qwen_tokenizer()
tokens = [{"text": text, "t5": t5_ids(text, add_special_tokens=False).input_ids, "qwen": qwen(text).input_ids} for text in texts]
with open(os.path.join(HERE, "vectors", "text-tokens.json"), "w") as f:
    f.write("[\n" + ",\n".join(json.dumps(each, ensure_ascii=False) for each in tokens) + "\n]\n")
print([(r["name"], r["sigmas"], r["latents"]["shape"]) for r in runs], os.path.getsize(path))
