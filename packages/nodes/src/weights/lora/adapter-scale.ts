/** The fields of PEFT's `LoraConfig` that scale a change, maybe each behind a component's name (`unet.lora_alpha`). */
export type AdapterConfig = Readonly<Record<string, unknown>>

/**
 * What diffusers (0.35 and later) keeps of PEFT's settings in the header of a safetensors file, under
 * `lora_adapter_metadata`. Undefined where there is none.
 * @throws SyntaxError where the text is not JSON
 */
export function adapterConfigOf(metadata: Readonly<Record<string, string>>): AdapterConfig | undefined {
  const text = metadata.lora_adapter_metadata
  return text === undefined ? undefined : recordOf(JSON.parse(text))
}

/**
 * The factor of PEFT's change of a layer: lora_alpha / r, or lora_alpha / √r with `use_rslora` (Kalajdzievski 2023,
 * eq. 4). `alpha_pattern` gives single layers an alpha of their own. The rank is that of the factors, which
 * `rank_pattern` has settled already. 1 where the settings name no alpha.
 */
export function adapterScale(config: AdapterConfig, base: string, rank: number): number {
  const [, component = '', layer = base] = /^(unet|transformer|text_encoder(?:_2)?)\.(.*)$/.exec(base) ?? []
  const field = (name: string): unknown => config[`${component}.${name}`] ?? config[name]
  const own = Object.entries(recordOf(field('alpha_pattern')) ?? {}).find(([pattern]) => isLayer(pattern, layer))
  const alpha = own?.[1] ?? field('lora_alpha')
  if (typeof alpha !== 'number') return 1
  return alpha / (field('use_rslora') === true ? Math.sqrt(rank) : rank)
}

/** PEFT takes a key of a pattern as a regular expression for the end of a layer's name, whole parts of it. */
function isLayer(pattern: string, layer: string): boolean {
  return new RegExp(String.raw`^(?:.*\.)?(?:${pattern})$`).test(layer)
}

function recordOf(value: unknown): AdapterConfig | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
}
