import type { WeightSource } from '@patchbay/onnx'

const signs: readonly (readonly [sign: RegExp, meaning: string])[] = [
  [/\.(hada_w\d_[ab]|lokr_w\d)/, 'a LoRA of the kind LoHa or LoKr (use LoadLora)'],
  [/lora_(up|down|A|B)|\.lora\.|^lora_/, 'a LoRA (use LoadLora)'],
  [/^(control_model\.|controlnet_|zero_convs\.)/, 'a ControlNet (use LoadControlNet)'],
  [/^model\.diffusion_model\.input_blocks\./, 'a checkpoint (use LoadCheckpoint)'],
  [/^((diffusion_model\.)?input_blocks|down_blocks)\./, 'a UNet alone (use LoadDiffusionModel)'],
  [/^(first_stage_model\.)?(encoder|decoder)\.(down|up|conv_in|mid)/, 'an autoencoder alone (use LoadVAE)'],
  [/^(emb_params|string_to_param|\*|clip_[lg])/, 'a textual-inversion embedding (put it into models/embeddings)'],
  [/^(conv_first|body\.0|model\.0|RRDB_trunk)/, 'an upscaler (use LoadUpscaler)'],
  [/^(visual|vision_model)\./, "CLIP's image tower (use LoadCLIPVision)"],
  [/^(text_model|transformer\.resblocks|cond_stage_model)\./, 'a text encoder alone (use LoadTextEncoder)'],
  [
    /double_blocks\.|joint_blocks\.|transformer_blocks\.\d+\.attn\.add_/,
    'a transformer model (SD 3, FLUX), which is not supported yet',
  ],
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
