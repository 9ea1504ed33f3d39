import { readWeightAsFloat32, requireWeight } from '@patchbay/onnx'
import type { Weight, WeightSource } from '@patchbay/onnx'
import { looksLike } from './single-file.ts'
import { enumeratedLoraTargets } from './lora-enumerated.ts'
import { LoraTargets } from './lora-targets.ts'
import type { LoraModelNames, LoraPart } from './lora-targets.ts'

/**
 * A change of one weight, kept as its factors (Hu et al. 2021, eq. 3): ΔW = scale · up · down, where `scale` is alpha over rank.
 * Convolutions have factors of rank 4 (LoCon), `mid` between them where the kernel was factored too.
 */
export interface LoraUpdate {
  readonly part: LoraPart
  /** The weight it changes, e.g. `mid_block.attentions.0.proj_in.weight`. */
  readonly weight: string
  /** [out, rank] or [out, rank, 1, 1] */
  readonly up: Weight
  /** [rank, in] or [rank, in, height, width] */
  readonly down: Weight
  /** [rank, rank, height, width] */
  readonly mid?: Weight
  readonly scale: number
}

export interface Lora {
  readonly title: string
  readonly updates: readonly LoraUpdate[]
  /** Names in the file that belong to no weight of the models given. */
  readonly unmatched: readonly string[]
}

type Factor = 'up' | 'down' | 'mid' | 'alpha'

const factorEndings: readonly (readonly [ending: string, factor: Factor])[] = [
  ['.lora_up.weight', 'up'],
  ['.lora_down.weight', 'down'],
  ['.lora_mid.weight', 'mid'],
  ['.lora_B.weight', 'up'],
  ['.lora_A.weight', 'down'],
  ['.lora_B.default.weight', 'up'],
  ['.lora_A.default.weight', 'down'],
  ['.lora.up.weight', 'up'],
  ['.lora.down.weight', 'down'],
  ['.lora_linear_layer.up.weight', 'up'],
  ['.lora_linear_layer.down.weight', 'down'],
  ['_lora.up.weight', 'up'],
  ['_lora.down.weight', 'down'],
  [':up', 'up'],
  [':down', 'down'],
  ['.alpha', 'alpha'],
]

/**
 * Reads a LoRA for the models whose weight names are given: kohya's naming (also on the original code's block names),
 * diffusers' (both of its forms), PEFT's, and the first one (`unet:12:up`), whose layers are only numbered.
 * Nothing but names, shapes and the scalars `alpha` are read.
 * @throws LoraError where the file is no LoRA, or its factors do not fit together
 */
export function parseLora(source: WeightSource, models: LoraModelNames): Lora {
  const targets = new LoraTargets(models)
  const numbered = enumeratedLoraTargets(models)
  const groups = new Map<string, { readonly names: string[]; readonly factors: Map<Factor, string> }>()
  const unmatched: string[] = []
  for (const name of source.names) {
    const ending = factorEndings.find(([text]) => name.endsWith(text))
    if (!ending) {
      if (!/:rank$/.test(name)) unmatched.push(name)
      continue
    }
    const base = name.slice(0, -ending[0].length)
    const group = groups.get(base) ?? { names: [], factors: new Map<Factor, string>() }
    groups.set(base, group)
    group.names.push(name)
    group.factors.set(ending[1], name)
  }
  if (groups.size === 0) {
    throw new LoraError(
      `${source.title} is no LoRA: it looks like ${looksLike(source)}; none of its ${source.names.length} weights is a low-rank factor (lora_up, lora_down, lora_A, …)`,
    )
  }
  const updates: LoraUpdate[] = []
  for (const [base, { names, factors }] of groups) {
    const target = numbered.get(base) ?? targets.find(base)
    const up = factors.get('up')
    const down = factors.get('down')
    if (!target) {
      unmatched.push(...names)
    } else if (up === undefined || down === undefined) {
      throw new LoraError(
        `${source.title}: "${base}" has only ${names.join(' and ')}; a LoRA needs both of its factors`,
      )
    } else {
      updates.push({
        ...target,
        ...factorsOf(source, base, { up, down, mid: factors.get('mid'), alpha: factors.get('alpha') }),
      })
    }
  }
  return { title: source.title, updates, unmatched }
}

/**
 * The width of the text that the cross-attention reads which a LoRA changes: 768 for SD 1, 1024 for SD 2, 2048 for SDXL. Undefined where
 * it leaves cross-attention alone.
 */
export function textWidthOfLora(source: WeightSource): number | undefined {
  // The factor next to the input: `down` to kohya and diffusers, `A` to PEFT.
  const reader = source.names.find((name) => /attn2.*to_[kv][._].*(down|lora_A)/.test(name))
  return reader === undefined ? undefined : source.get(reader)?.shape[1]
}

interface FactorNames {
  readonly up: string
  readonly down: string
  readonly mid: string | undefined
  readonly alpha: string | undefined
}

function factorsOf(source: WeightSource, base: string, names: FactorNames): Omit<LoraUpdate, 'part' | 'weight'> {
  const up = requireWeight(source, names.up)
  const down = requireWeight(source, names.down)
  const rank = down.shape[0] ?? 0
  if (rank === 0 || up.shape[1] !== rank) {
    throw new LoraError(
      `${source.title}: the factors of "${base}" do not fit: up [${up.shape.join(', ')}], down [${down.shape.join(', ')}]; ` +
        `expected the second dimension of up to be the first of down`,
    )
  }
  const alpha = names.alpha === undefined ? rank : (readWeightAsFloat32(source, names.alpha)[0] ?? rank)
  return { up, down, ...(names.mid !== undefined && { mid: requireWeight(source, names.mid) }), scale: alpha / rank }
}

export class LoraError extends Error {
  override readonly name = 'LoraError'
}
