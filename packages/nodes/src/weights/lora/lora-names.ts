/** What a name in a LoRA's file stands for, by its ending. */
export type Factor =
  | 'up'
  | 'down'
  | 'mid'
  | 'upBias'
  | 'alpha'
  | 'w1'
  | 'w2'
  | 'w1Up'
  | 'w1Down'
  | 'w2Up'
  | 'w2Down'
  | 'core1'
  | 'core2'
  | 'difference'
  | 'biasDifference'
  | 'replacement'
  | 'biasReplacement'
  | 'blocks'
  | 'rescale'
  | 'onInput'
  | 'channels'
  | 'a1'
  | 'a2'
  | 'b1'
  | 'b2'
  | 'magnitude'
  | 'outputMagnitude'

/**
 * The first that fits counts: longer ones come before their ends. `:up` is of the first LoRAs, whose layers are
 * numbered.
 */
const endings: readonly (readonly [ending: string, factor: Factor])[] = [
  ['.lora_up.weight', 'up'],
  ['.lora_down.weight', 'down'],
  ['.lora_mid.weight', 'mid'],
  ['.lora_B.weight', 'up'],
  ['.lora_A.weight', 'down'],
  ['.lora_B.default.weight', 'up'],
  ['.lora_A.default.weight', 'down'],
  ['.lora_B.bias', 'upBias'],
  ['.lora_B.default.bias', 'upBias'],
  ['.lora.up.weight', 'up'],
  ['.lora.down.weight', 'down'],
  ['.lora_linear_layer.up.weight', 'up'],
  ['.lora_linear_layer.down.weight', 'down'],
  ['_lora.up.weight', 'up'],
  ['_lora.down.weight', 'down'],
  [':up', 'up'],
  [':down', 'down'],
  ['.alpha', 'alpha'],
  ['.hada_w1_a', 'w1Up'],
  ['.hada_w1_b', 'w1Down'],
  ['.hada_w2_a', 'w2Up'],
  ['.hada_w2_b', 'w2Down'],
  ['.hada_t1', 'core1'],
  ['.hada_t2', 'core2'],
  ['.lokr_w1', 'w1'],
  ['.lokr_w2', 'w2'],
  ['.lokr_w1_a', 'w1Up'],
  ['.lokr_w1_b', 'w1Down'],
  ['.lokr_w2_a', 'w2Up'],
  ['.lokr_w2_b', 'w2Down'],
  ['.lokr_t2', 'core2'],
  ['.diff', 'difference'],
  ['.diff_b', 'biasDifference'],
  ['.w_norm', 'difference'],
  ['.b_norm', 'biasDifference'],
  ['.set_weight', 'replacement'],
  ['.oft_blocks', 'blocks'],
  ['.oft_diag', 'blocks'],
  ['.rescale', 'rescale'],
  ['.on_input', 'onInput'],
  ['.ia3_l', 'channels'],
  ['.ia3_l.default', 'channels'],
  ['.a1.weight', 'a1'],
  ['.a2.weight', 'a2'],
  ['.b1.weight', 'b1'],
  ['.b2.weight', 'b2'],
  ['.dora_scale', 'magnitude'],
  ['.lora_magnitude_vector', 'outputMagnitude'],
  ['.lora_magnitude_vector.weight', 'outputMagnitude'],
  ['.lora_magnitude_vector.default', 'outputMagnitude'],
  ['.lora_magnitude_vector.default.weight', 'outputMagnitude'],
  ['.base_layer.bias', 'biasReplacement'],
  ['.bias', 'biasReplacement'],
  ['.weight', 'replacement'],
]

/** Names that any file of weights may have: they make no LoRA. */
const plain: ReadonlySet<Factor> = new Set(['replacement', 'biasReplacement', 'alpha'])

/** The names of one layer in a file, by what they stand for. */
export interface FactorGroup {
  readonly base: string
  readonly factors: ReadonlyMap<Factor, string>
}

/** The names of a LoRA's file by their layers. `isLora` is false where no name is one of a LoRA's. */
export function groupsOf(names: readonly string[]): {
  readonly isLora: boolean
  readonly groups: readonly FactorGroup[]
  /** Names that stand for nothing that is known. */
  readonly others: readonly string[]
} {
  const groups = new Map<string, { readonly base: string; readonly factors: Map<Factor, string> }>()
  const others: string[] = []
  let isLora = false
  for (const name of names) {
    const ending = endings.find(([text]) => name.endsWith(text))
    if (!ending) {
      if (!/:rank$/.test(name)) others.push(name)
      continue
    }
    const [text, factor] = ending
    const base = name.slice(0, -text.length)
    const group = groups.get(base) ?? { base, factors: new Map<Factor, string>() }
    groups.set(base, group)
    if (group.factors.has(factor)) others.push(name)
    else group.factors.set(factor, name)
    isLora ||= !plain.has(factor)
  }
  return { isLora, groups: [...groups.values()], others }
}
