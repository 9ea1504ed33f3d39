import type { WeightSource } from '@patchbay/onnx'
import { looksLike } from '../looks-like.ts'
import { adapterConfigOf, type AdapterConfig } from './adapter-scale.ts'
import { isBundled } from './bundled-embeddings.ts'
import type { LoraUpdate, ScaledChange } from './lora-change.ts'
import { enumeratedLoraTargets } from './lora-enumerated.ts'
import { LoraError } from './lora-error.ts'
import { groupsOf } from './lora-names.ts'
import { changeInRows } from './lora-rows.ts'
import { LoraTargets, type LoraModelNames, type LoraTarget } from './lora-targets.ts'
import { changesOf } from './read-change.ts'

export interface Lora {
  readonly title: string
  readonly updates: readonly LoraUpdate[]
  /** Names in the file whose layer the models do not have, or has no bias. */
  readonly unmatched: readonly string[]
  /** Names in the file that make no change: of a form that is not known, or one of two factors without the other. */
  readonly unread: readonly string[]
}

/**
 * Reads a LoRA for the models whose weight names are given: kohya's naming (also on the original code's block names),
 * diffusers' (both of its forms), LyCORIS' and PEFT's, and the first one (`unet:12:up`), whose layers are only
 * numbered. Nothing but names, shapes, small scalars and PEFT's settings are read.
 * @throws LoraError where the file is no LoRA, or its factors do not fit together
 */
export function parseLora(source: WeightSource, models: LoraModelNames): Lora {
  const { isLora, groups, others } = groupsOf(source.names.filter((name) => !isBundled(name)))
  if (!isLora) {
    throw new LoraError(
      `${source.title} is no LoRA: it looks like ${looksLike(source)}; none of its ${source.names.length} weights is a factor of one (lora_up, lora_down, lora_A, …)`,
    )
  }
  const names = new LoraTargets(models)
  const numbered = enumeratedLoraTargets(models)
  const config = adapterConfigIn(source)
  const updates: LoraUpdate[] = []
  const unmatched: string[] = []
  const unread = [...others]
  for (const group of groups) {
    const { base, factors } = group
    const own = numbered.get(base)
    const targets = own ? [own] : names.find(base)
    const biasTargets = names.find(base, 'bias')
    if (targets.length + biasTargets.length === 0) {
      unmatched.push(...factors.values())
      continue
    }
    const { weight, bias, unused } = changesOf(source, group, config)
    unread.push(...unused)
    const made = [...updatesOf(targets, weight), ...updatesOf(biasTargets, bias)]
    updates.push(...made.flatMap((update) => update ?? []))
    if (made.some((update) => update === undefined)) unread.push(...factors.values())
    if (bias && biasTargets.length === 0) unmatched.push(...namesOfBias(factors))
  }
  return { title: source.title, updates, unmatched, unread }
}

/** A change for each weight that it is for; undefined for one whose rows cannot be told apart from the others'. */
function updatesOf(targets: readonly LoraTarget[], change: ScaledChange | undefined): (LoraUpdate | undefined)[] {
  if (!change) return []
  return targets.map(({ part, weight, rows }) => {
    const own = rows ? changeInRows(change, rows) : change
    return own && { part, weight, ...own }
  })
}

const namesOfBias = (factors: ReadonlyMap<string, string>): readonly string[] =>
  ['biasDifference', 'upBias', 'biasReplacement'].flatMap((factor) => factors.get(factor) ?? [])

/**
 * The width of the text that the cross-attention reads which a LoRA changes: 768 for SD 1, 1024 for SD 2, 2048 for
 * SDXL. Undefined where it leaves cross-attention alone.
 */
export function textWidthOfLora(source: WeightSource): number | undefined {
  // The factor next to the input: `down` to kohya and diffusers, `A` to PEFT. Most of them count: one may be damaged.
  const readers = source.names.filter((name) => /attn2.*to_[kv][._].*(down|lora_A|hada_w1_b|diff$)/.test(name))
  const counts = new Map<number, number>()
  for (const name of readers) {
    const width = source.get(name)?.shape[1]
    if (width !== undefined) counts.set(width, (counts.get(width) ?? 0) + 1)
  }
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0]
}

function adapterConfigIn(source: WeightSource): AdapterConfig | undefined {
  try {
    return adapterConfigOf(source.metadata)
  } catch (cause) {
    throw new LoraError(`${source.title}: its lora_adapter_metadata is not JSON`, { cause })
  }
}
