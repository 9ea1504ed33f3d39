"""Outputs of networks over the tokens of pictures on small configs, to compare this project's graphs and loops with.

Run: python tests/reference/token_models.py   (torch 2.15.0, diffusers 0.42.1)
Weights and inputs follow from names, as in reference_weights.py. Writes vectors/token-models.json.gz and vectors/unmask.json.
"""
import gzip, json, os
import torch
import torch.nn.functional as F
from diffusers import AmusedScheduler, UVit2DModel, VQModel
from diffusers.schedulers import scheduling_amused
from torch import nn
from reference_weights import fill, given, result, uniform, value

HERE = os.path.dirname(os.path.abspath(__file__))
out = {}


def plain(config):
    return {k: list(v) if isinstance(v, tuple) else v for k, v in dict(config).items() if not k.startswith("_")}


def vq_model(name, **config):
    model = fill(VQModel(**{
        "block_out_channels": (8, 16), "layers_per_block": 1, "norm_num_groups": 4, "latent_channels": 3, "num_vq_embeddings": 40, "vq_embed_dim": 3,
        "down_block_types": ("DownEncoderBlock2D",) * 2, "up_block_types": ("UpDecoderBlock2D",) * 2, **config}))
    image = given("image", 2, 3, 16, 24) / 1.7
    latents = model.encode(image).latents
    _, _, (_, _, indices) = model.quantize(latents)
    out[name] = result(model, {"latents": latents, "indices": indices.view(2, 8, 12), "image": model.decode(latents).sample}, plain(model.config))


vq_model("vq-model")
vq_model("vq-model-plain", mid_block_add_attention=False, layers_per_block=2, vq_embed_dim=4)


class RMSNorm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x):
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-5) * self.weight


class LlamaGenLayer(nn.Module):
    def __init__(self, width, heads, key_heads, hidden):
        super().__init__()
        self.heads, self.key_heads, self.head = heads, key_heads, width // heads
        self.attention = nn.ModuleDict({"wqkv": nn.Linear(width, (heads + 2 * key_heads) * self.head, bias=False), "wo": nn.Linear(width, width, bias=False)})
        self.feed_forward = nn.ModuleDict({
            "w1": nn.Linear(width, hidden, bias=False), "w3": nn.Linear(width, hidden, bias=False), "w2": nn.Linear(hidden, width, bias=False)})
        self.attention_norm, self.ffn_norm = RMSNorm(width), RMSNorm(width)

    def forward(self, x, turn, mask):
        n, s, _ = x.shape
        q, k, v = self.attention["wqkv"](self.attention_norm(x)).split([self.heads * self.head, self.key_heads * self.head, self.key_heads * self.head], -1)
        q, k, v = (y.view(n, s, -1, self.head).transpose(1, 2) for y in (q, k, v))
        q, k = (torch.view_as_real(torch.view_as_complex(y.reshape(n, -1, s, self.head // 2, 2)) * turn).flatten(3) for y in (q, k))
        k, v = (y.repeat_interleave(self.heads // self.key_heads, 1) for y in (k, v))
        x = x + self.attention["wo"](F.scaled_dot_product_attention(q, k, v, attn_mask=mask).transpose(1, 2).reshape(n, s, -1))
        y, ff = self.ffn_norm(x), self.feed_forward
        return x + ff["w2"](F.silu(ff["w1"](y)) * ff["w3"](y))


class LlamaGen(nn.Module):
    """LlamaGen's text-to-image transformer (Sun et al. 2024, autoregressive/models/gpt.py): full forward, with its names."""

    def __init__(self, dim=24, n_layer=2, n_head=3, n_kv_head=3, vocab_size=17, cls_token_num=4, caption_dim=10, block_size=9, ffn_hidden_dim=32, cls=False):
        super().__init__()
        self.config = {"architecture": "llamagen-text", "dim": dim, "n_layer": n_layer, "n_head": n_head, "n_kv_head": n_kv_head, "vocab_size": vocab_size,
                       "cls_token_num": cls_token_num, "caption_dim": caption_dim, "block_size": block_size, "ffn_hidden_dim": ffn_hidden_dim}
        self.tok_embeddings = nn.Embedding(vocab_size, dim)
        self.cls_embedding = nn.Module()
        self.cls_embedding.cap_proj = nn.ModuleDict({"fc1": nn.Linear(caption_dim, dim, bias=False), "fc2": nn.Linear(dim, dim, bias=False)})
        self.cls_embedding.uncond_embedding = nn.Parameter(torch.zeros(cls_token_num, caption_dim))
        self.layers = nn.ModuleList(LlamaGenLayer(dim, n_head, n_kv_head, ffn_hidden_dim) for _ in range(n_layer))
        self.norm, self.output = RMSNorm(dim), nn.Linear(dim, vocab_size, bias=False)

    def turn(self):
        c = self.config
        grid, half = int(c["block_size"] ** 0.5), c["dim"] // c["n_head"] // 2
        angles = torch.outer(torch.arange(grid).float(), 1 / 10000 ** (torch.arange(0, half, 2).float() / half))
        both = torch.cat([angles[:, None].expand(-1, grid, -1), angles[None].expand(grid, -1, -1)], -1).flatten(0, 1)
        return torch.cat([torch.zeros(c["cls_token_num"], half, dtype=torch.complex64), torch.polar(torch.ones_like(both), both)])

    def forward(self, text, present, codes):
        """text [n, t, caption_dim], present [n, t], codes [n, k] -> logits [n, k + 1, codes]."""
        proj, t = self.cls_embedding.cap_proj, text.shape[1]
        x = torch.cat([proj["fc2"](F.gelu(proj["fc1"](text), approximate="tanh")), self.tok_embeddings(codes)], 1)
        length = x.shape[1]
        mask = torch.ones(length, length, dtype=torch.bool).tril().expand(len(x), -1, -1).clone()
        mask[:, :, :t] &= present[:, None]
        mask |= torch.eye(length, dtype=torch.bool)
        turn = self.turn()[:length]
        for layer in self.layers:
            x = layer(x, turn, mask[:, None])
        return self.output(self.norm(x[:, t - 1 :]))


def llama_gen(name, **config):
    model = fill(LlamaGen(**config))
    c = model.config
    codes = torch.tensor([[3, 0, 16, 5, 5, 9, 12, 1], [7, 7, 2, 11, 0, 4, 8, 15]])
    present = torch.tensor([[False, False, True, True], [True, True, True, True]])
    text = given("text", 2, 4, 10)
    without = model.cls_embedding.uncond_embedding.expand(2, -1, -1)
    out[name] = result(model, {"logits": model(text, present, codes), "without": model(without, present, codes)}, c)


llama_gen("llamagen")
llama_gen("llamagen-grouped", n_head=6, n_kv_head=2)


def uvit(name, **config):
    model = fill(UVit2DModel(**{
        "hidden_size": 24, "cond_embed_dim": 10, "micro_cond_encode_dim": 8, "micro_cond_embed_dim": 40, "encoder_hidden_size": 12, "vocab_size": 24,
        "codebook_size": 17, "in_channels": 16, "block_out_channels": 16, "num_res_blocks": 2, "block_num_heads": 2, "num_hidden_layers": 2,
        "num_attention_heads": 3, "intermediate_size": 30, "sample_size": 4, **config}))
    codes = torch.tensor([[3, 0, 23, 5, 5, 23, 12, 1, 9, 9, 23, 2, 23, 14, 4, 23, 1, 2, 3, 4, 5, 6, 7, 8], [23] * 24]).view(2, 4, 6)
    conditions = torch.tensor([[64.0, 64, 0, 0, 6], [96, 64, 8, 4, 3]])
    out[name] = result(model, {"logits": model(codes, given("text", 2, 5, 12), given("pooled", 2, 10), conditions)}, plain(model.config))


uvit("uvit")
uvit("uvit-halved", downsample=True, upsample=True, hidden_size=16, num_attention_heads=2)

with gzip.GzipFile(os.path.join(HERE, "vectors/token-models.json.gz"), "wb", mtime=0) as f:
    f.write(json.dumps(out).encode())

# AmusedScheduler on fixed logits and draws: its multinomial takes the likeliest code here, its Gumbel noise comes from these draws.
cases = []
torch.multinomial = lambda probabilities, count, generator=None: probabilities.argmax(-1, keepdim=True)
for schedule, passes, first, start in (("cosine", 12, 2, 1.0), ("linear", 4, 1, 1.0), ("cosine", 1, 2, 1.0), ("cosine", 5, 4, 0.375)):
    places, codes, mask = 64, 7, 9
    scheduler = AmusedScheduler(mask_token_id=mask, masking_schedule=schedule)
    scheduler.set_timesteps(passes, (first, 0))
    sample = torch.full((1, places), mask)
    sample[0, int(places * start):] = 3
    masks = []
    for index, timestep in enumerate(scheduler.timesteps):
        draws = (torch.from_numpy(uniform(f"{schedule}.{passes}.draws.{index}", places)) + 1) / 2
        scheduling_amused.gumbel_noise = lambda t, generator=None: -torch.log((-torch.log(draws.clamp(1e-20))).clamp(1e-20))[None]
        logits = torch.from_numpy(uniform(f"{schedule}.{passes}.logits.{index}", places * codes)).view(1, places, codes) * 3
        sample = scheduler.step(logits, timestep, sample, starting_mask_ratio=start).prev_sample
        masks.append((sample[0] == mask).int().tolist())
    cases.append({"schedule": schedule, "passes": passes, "temperature": first, "startShare": start, "places": places, "codes": codes, "masks": masks})
with open(os.path.join(HERE, "vectors/unmask.json"), "w") as f:
    json.dump(cases, f)
    f.write("\n")
