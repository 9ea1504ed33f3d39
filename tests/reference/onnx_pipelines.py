"""The pipelines sd1 and sdxl of pipelines.py as ONNX graphs, in the layout and with the names of inputs and outputs that optimum writes.

Run: python tests/reference/onnx_pipelines.py
     (torch 2.15.0, diffusers 0.42.1, transformers 5.23.0, onnx 1.23.2, onnxscript 0.7.2)
Reads the configs from vectors/pipelines.json.gz. Writes vectors/onnx-pipelines.json.gz: each graph without its weights, which follow
from their names and belong into model.onnx_data beside it, in the order listed.
"""
import gzip, io, json, os
import onnx
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection
from reference_weights import fill, value

VECTORS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "vectors")
recorded = json.loads(gzip.open(os.path.join(VECTORS, "pipelines.json.gz")).read())["pipelines"]


def published(name):
    """transformers 5 has left out a part of the names that files have."""
    return name if name.startswith("text_") else f"text_model.{name}"


class Denoiser(torch.nn.Module):
    def __init__(self, unet):
        super().__init__()
        self.inner = unet

    def forward(self, sample, timestep, encoder_hidden_states, text_embeds=None, time_ids=None):
        added = {"text_embeds": text_embeds, "time_ids": time_ids} if text_embeds is not None else None
        return self.inner(sample, timestep, encoder_hidden_states, added_cond_kwargs=added, return_dict=False)[0]


class Encoder(torch.nn.Module):
    def __init__(self, vae):
        super().__init__()
        self.inner = vae

    def forward(self, sample):
        return self.inner.quant_conv(self.inner.encoder(sample))


class Decoder(torch.nn.Module):
    def __init__(self, vae):
        super().__init__()
        self.inner = vae

    def forward(self, latent_sample):
        return self.inner.decode(latent_sample, return_dict=False)[0]


class Text(torch.nn.Module):
    def __init__(self, encoder):
        super().__init__()
        self.inner = encoder

    def forward(self, input_ids):
        out = self.inner(input_ids=input_ids, output_hidden_states=True)
        if hasattr(out, "text_embeds"):
            return (out.text_embeds, out.last_hidden_state, *out.hidden_states)
        return (out.last_hidden_state, out.pooler_output, *out.hidden_states)


def text_model(json_config):
    config = CLIPTextConfig(**{k: v for k, v in json_config.items() if k not in ("_class_name", "architectures")})
    model = (CLIPTextModelWithProjection if json_config["_class_name"].endswith("Projection") else CLIPTextModel)(config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(value(published(name), tuple(parameter.shape)))
    return model.eval()


def exported(module, inputs, outputs, named=lambda name: name):
    """The graph in hexadecimal, which packs well, and the names and shapes of the weights that lie outside of it."""
    buffer = io.BytesIO()
    torch.onnx.export(module, tuple(tensor for _, tensor, _ in inputs), buffer, dynamo=False, do_constant_folding=False, opset_version=17,
                      input_names=[name for name, _, _ in inputs], output_names=list(outputs),
                      dynamic_axes={**{name: axes for name, _, axes in inputs if axes}, **outputs})
    model = onnx.load_from_string(buffer.getvalue())
    parameters = dict(module.named_parameters())
    weights, offset = {}, 0
    for tensor in model.graph.initializer:
        if tensor.name not in parameters:
            continue
        length = len(tensor.raw_data)
        tensor.ClearField("raw_data")
        tensor.data_location = onnx.TensorProto.EXTERNAL
        for key, entry in (("location", "model.onnx_data"), ("offset", offset), ("length", length)):
            tensor.external_data.add(key=key, value=str(entry))
        weights[named(tensor.name.removeprefix("inner."))] = list(tensor.dims)
        offset += length
    for index, node in enumerate(model.graph.node):
        node.ClearField("doc_string")
        node.name = f"{node.op_type}.{index}"
    del model.graph.value_info[:]
    print(len(model.graph.node), "nodes", len(weights), "weights", sum(p.numel() for p in parameters.values()), "values", [i.name for i in model.graph.input])
    return {"graph": model.SerializeToString().hex(), "weights": weights}


def pipeline(name):
    parts = {part: {key: held for key, held in content["json"].get("config", {}).items()}
             for part, content in recorded[name]["components"].items()}
    unet = fill(UNet2DConditionModel(**{k: v for k, v in parts["unet"].items() if k != "_class_name"}))
    vae = fill(AutoencoderKL(**{k: v for k, v in parts["vae"].items() if k != "_class_name"}))
    cross = parts["unet"]["cross_attention_dim"]
    inputs = [("sample", torch.randn(2, 4, 8, 8), {0: "batch_size", 2: "height", 3: "width"}), ("timestep", torch.tensor([999]), {0: "steps"}),
              ("encoder_hidden_states", torch.randn(2, 77, cross), {0: "batch_size", 1: "sequence_length"})]
    if parts["unet"].get("addition_embed_type") == "text_time":
        pooled = parts["unet"]["projection_class_embeddings_input_dim"] - 6 * parts["unet"]["addition_time_embed_dim"]
        inputs += [("text_embeds", torch.randn(2, pooled), {0: "batch_size"}), ("time_ids", torch.randn(2, 6), {0: "batch_size"})]
    graphs = {"unet": exported(Denoiser(unet), inputs, {"out_sample": {0: "batch_size", 2: "height", 3: "width"}})}
    picture, latents = {0: "batch_size", 2: "height", 3: "width"}, {0: "batch_size", 2: "latent_height", 3: "latent_width"}
    graphs["vae_encoder"] = exported(Encoder(vae), [("sample", torch.randn(1, 3, 64, 64), picture)], {"latent_parameters": latents})
    graphs["vae_decoder"] = exported(Decoder(vae), [("latent_sample", torch.randn(1, 4, 8, 8), latents)], {"sample": picture})
    for part in ("text_encoder", "text_encoder_2"):
        if part not in parts:
            continue
        layers, projected = parts[part]["num_hidden_layers"], parts[part]["_class_name"].endswith("Projection")
        names = (["text_embeds", "last_hidden_state"] if projected else ["last_hidden_state", "pooler_output"])
        outputs = {n: {0: "batch_size"} for n in names + [f"hidden_states.{i}" for i in range(layers + 1)]}
        graphs[part] = exported(Text(text_model(parts[part])), [("input_ids", torch.zeros(2, 77, dtype=torch.int64), {0: "batch_size"})], outputs, published)
    return graphs


with torch.no_grad():
    made = {name: pipeline(name) for name in ("sd1", "sdxl")}
path = os.path.join(VECTORS, "onnx-pipelines.json.gz")
with open(path, "wb") as f:
    f.write(gzip.compress(json.dumps(made).encode(), 9, mtime=0))
print(os.path.getsize(path))
