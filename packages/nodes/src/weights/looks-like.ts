import type { WeightSource } from '@patchbay/onnx'

const signs: readonly (readonly [sign: RegExp, meaning: string])[] = [
  [/\.(hada_w\d_[ab]|lokr_w\d)/, 'a LoRA of the kind LoHa or LoKr (use LoadLora)'],
  [/lora_(up|down|A|B)|\.lora\.|^lora_/, 'a LoRA (use LoadLora)'],
  [/^(image_proj|ip_adapter)\./, 'an IP-Adapter (use LoadIPAdapter)'],
  [/^(control_model\.|controlnet_|zero_convs\.)/, 'a ControlNet (use LoadControlNet)'],
  [/^model\.diffusion_model\.input_blocks\./, 'a checkpoint (use LoadCheckpoint)'],
  [/^((diffusion_model\.)?input_blocks|down_blocks)\./, 'a UNet alone (use LoadDiffusionModel)'],
  [/^quantize\.embedding\.weight$/, 'an image tokenizer (use LoadImageTokenizer)'],
  [/^(model\.)?(cls_embedding\.|tok_embeddings\.)/, 'a token model of LlamaGen (use LoadTokenModel)'],
  [/^(transformer\.)?mlm_layer\./, 'a transformer of aMUSEd (use LoadTokenModel with the whole folder)'],
  [/^(first_stage_model\.)?(encoder|decoder)\.(down|up|conv_in|mid)/, 'an autoencoder alone (use LoadVAE)'],
  [/^(emb_params|string_to_param|\*|clip_[lg])/, 'a textual-inversion embedding (put it into models/embeddings)'],
  [/^(conv_first|body\.0|model\.0|RRDB_trunk)/, 'an upscaler (use LoadUpscaler)'],
  [/^(visual|vision_model)\./, "CLIP's image tower (use LoadCLIPVision)"],
  [/^(text_model|transformer\.resblocks|cond_stage_model)\./, 'a text encoder alone (use LoadTextEncoder)'],
  [/distilled_guidance_layer\./, 'a transformer of Chroma, which is not supported yet'],
  [
    /^(model\.diffusion_model\.|diffusion_model\.)?(double_blocks|joint_blocks)\./,
    'a transformer of SD 3 or Flux alone (use LoadDiffusionModel)',
  ],
  [
    /^(model\.diffusion_model\.)?(txtfusion|txt_in\.text_norm)\./,
    'a transformer of Krea 2 or Qwen-Image 2.1, which is not supported yet',
  ],
  [
    /transformer_blocks\.\d+\.(attn\.add_|img_mod)/,
    'a transformer whose family is not supported yet (SD 3, Flux.1, Flux.2 and Z-Image are)',
  ],
  [/^(head\.modulation|model\.diffusion_model\.head\.modulation)/, 'a video model (Wan), which is not supported yet'],
  [/encoder\.block\.\d+\.layer\.\d+\.SelfAttention/, 'a T5 text encoder (use LoadTextEncoder)'],
  [/^(model\.)?layers\.\d+\.self_attn\.q_proj/, 'a language model, such as Qwen (use LoadTextEncoder)'],
]

/** What the names of a file's weights tell, in words, to somebody whom the node `loader` has refused it. */
export function looksLike(source: Pick<WeightSource, 'names'>, loader?: string): string {
  const found = signs.find(([sign]) => source.names.some((name) => sign.test(name)))
  if (found) {
    const [, meaning] = found
    const hint = ` (use ${loader ?? ''})`
    if (!meaning.endsWith(hint)) return meaning
    return `${meaning.slice(0, -hint.length)} that is not whole, or of a structure that is not known (fetch it again)`
  }
  const shown = source.names.slice(0, 3).join(', ')
  return source.names.length === 0
    ? 'a file without weights'
    : `something else (${source.names.length} weights: ${shown}, …)`
}
