"""The two token models as their publishers name their weights: LlamaGen's text-to-image transformer, and aMUSEd's UVit2DModel."""

import torch
import torch.nn.functional as F
from diffusers import UVit2DModel
from torch import nn

TEXT_TOKENS, TEXT_CHANNELS = 16, 512


class RMSNorm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x):
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-5) * self.weight


def rotary(grid, width):
    """-> cosines and sines [text + grid^2, width / 2]: half of the pairs turn by the row, half by the column; those of the text are zero."""
    quarter = width // 4
    angles = torch.arange(grid)[:, None] / 10000 ** (torch.arange(quarter) / quarter)
    angles = torch.cat([angles[:, None].expand(-1, grid, -1), angles[None].expand(grid, -1, -1)], -1).flatten(0, 1)
    text = torch.zeros(TEXT_TOKENS, width // 2)
    return torch.cat([text, angles.cos()]), torch.cat([text, angles.sin()])


def turned(x, cos, sin):
    a, b = x.unflatten(-1, (-1, 2)).unbind(-1)
    return torch.stack([a * cos - b * sin, a * sin + b * cos], -1).flatten(-2)


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.wqkv = nn.Linear(width, 3 * width, bias=False)
        self.wo = nn.Linear(width, width, bias=False)

    def forward(self, x, cos, sin, mask):
        q, k, v = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in self.wqkv(x).chunk(3, -1))
        attended = F.scaled_dot_product_attention(turned(q, cos, sin), turned(k, cos, sin), v, attn_mask=mask)
        return self.wo(attended.transpose(1, 2).flatten(2))


class FeedForward(nn.Module):
    def __init__(self, width, hidden):
        super().__init__()
        self.w1, self.w3 = nn.Linear(width, hidden, bias=False), nn.Linear(width, hidden, bias=False)
        self.w2 = nn.Linear(hidden, width, bias=False)

    def forward(self, x):
        return self.w2(F.silu(self.w1(x)) * self.w3(x))


class Layer(nn.Module):
    def __init__(self, width, heads, hidden):
        super().__init__()
        self.attention, self.feed_forward = Attention(width, heads), FeedForward(width, hidden)
        self.attention_norm, self.ffn_norm = RMSNorm(width), RMSNorm(width)

    def forward(self, x, *place):
        x = x + self.attention(self.attention_norm(x), *place)
        return x + self.feed_forward(self.ffn_norm(x))


class Caption(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.cap_proj = nn.ModuleDict({"fc1": nn.Linear(TEXT_CHANNELS, width, bias=False), "fc2": nn.Linear(width, width, bias=False)})
        self.uncond_embedding = nn.Parameter(torch.randn(TEXT_TOKENS, TEXT_CHANNELS) / TEXT_CHANNELS**0.5)

    def forward(self, text, dropped):
        text = torch.where(dropped[:, None, None], self.uncond_embedding, text)
        return self.cap_proj["fc2"](F.gelu(self.cap_proj["fc1"](text), approximate="tanh"))


class OneByOne(nn.Module):
    """LlamaGen (Sun et al. 2024): each token of the picture given the text and the tokens before it, row by row."""

    def __init__(self, codes=4096, grid=8, width=192, layers=6, heads=3, hidden=512):
        super().__init__()
        self.config = {
            "architecture": "llamagen-text", "dim": width, "n_layer": layers, "n_head": heads, "ffn_hidden_dim": hidden, "vocab_size": codes,
            "cls_token_num": TEXT_TOKENS, "caption_dim": TEXT_CHANNELS, "block_size": grid * grid, "rope_base": 10000, "norm_eps": 1e-5,
        }  # fmt: skip
        self.tok_embeddings = nn.Embedding(codes, width)
        self.cls_embedding = Caption(width)
        self.layers = nn.ModuleList(Layer(width, heads, hidden) for _ in range(layers))
        self.norm = RMSNorm(width)
        self.output = nn.Linear(width, codes, bias=False)
        for name, parameter in self.named_parameters():
            if parameter.ndim > 1 and "uncond" not in name:
                nn.init.normal_(parameter, std=0.02)
            if name.endswith(("wo.weight", "w2.weight")) or name == "output.weight":
                nn.init.zeros_(parameter)
        cos, sin = rotary(grid, width // heads)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)

    def forward(self, text, mask, dropped, codes):
        """text [n, 16, 512] padded on the left, mask [n, 16] true where there is text, codes [n, k] -> logits [n, k + 1, codes]."""
        x = torch.cat([self.cls_embedding(text, dropped), self.tok_embeddings(codes)], 1)
        length = x.shape[1]
        seen = torch.ones(length, length, dtype=torch.bool).tril().expand(len(x), -1, -1).clone()
        seen[:, :, :TEXT_TOKENS] &= mask[:, None]
        seen |= torch.eye(length, dtype=torch.bool)
        for layer in self.layers:
            x = layer(x, self.cos[:length], self.sin[:length], seen[:, None])
        return self.output(self.norm(x[:, TEXT_TOKENS - 1 :]))


def create_all_at_once(codes=4096, grid=8, width=192):
    """aMUSEd (Patil et al. 2024): masked tokens of the whole picture at once. The mask is the last of the embeddings."""
    model = UVit2DModel(
        hidden_size=width, cond_embed_dim=TEXT_CHANNELS, micro_cond_encode_dim=32, micro_cond_embed_dim=5 * 32, encoder_hidden_size=TEXT_CHANNELS,
        vocab_size=codes + 64, codebook_size=codes, in_channels=width, block_out_channels=width, num_res_blocks=2, block_num_heads=3,
        num_hidden_layers=5, num_attention_heads=3, intermediate_size=512, sample_size=grid,
    )  # fmt: skip
    for name, parameter in model.named_parameters():
        if parameter.ndim > 1 and "depthwise" not in name:
            nn.init.normal_(parameter, std=0.02)
        if name.endswith(("to_out.0.weight", "ff.net.2.weight", "channelwise_linear_2.weight", "conv2.weight", "cond_embeds_mapper.weight", "linear.weight")):
            nn.init.zeros_(parameter)
    return model
