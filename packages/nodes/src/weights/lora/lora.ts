import { readWeightAsFloat32, requireWeight, type Weight, type WeightSource } from '@patchbay/onnx'
import { looksLike } from '../looks-like.ts'
import { adapterConfigOf, adapterScale, type AdapterConfig } from './adapter-scale.ts'
import { enumeratedLoraTargets } from './lora-enumerated.ts'
import { LoraTargets, type LoraModelNames, type LoraTarget } from './lora-targets.ts'

/** A change of one weight, kept as its factors: ΔW = scale · change, where `scale` is alpha over rank. */
export type LoraUpdate = LoraTarget & LoraChange & { readonly scale: number }

/** The factors of a change: a LoRA's (Hu et al. 2021), or those of LyCORIS (Yeh et al. 2024). */
export type LoraChange = LowRankChange | HadamardChange | KroneckerChange

/**
 * up · down (Hu et al. 2021, eq. 3). Convolutions have factors of rank 4 (LoCon), `mid` between them where the kernel
 * was factored too.
 */
export interface LowRankChange {
  readonly form: 'low-rank'
  /** [out, rank] or [out, rank, 1, 1] */
  readonly up: Weight
  /** [rank, in] or [rank, in, height, width] */
  readonly down: Weight
  /** [rank, rank, height, width] */
  readonly mid?: Weight
}

/** LoHa: (up · down) ⊙ (up · down), each [out, rank] and [rank, in · height · width]. */
export interface HadamardChange {
  readonly form: 'hadamard'
  readonly products: readonly [MatrixProduct, MatrixProduct]
}

/** LoKr: the Kronecker product of two matrices, of which the second may be a kernel [out, in, height, width]. */
export interface KroneckerChange {
  readonly form: 'kronecker'
  readonly factors: readonly [Weight | MatrixProduct, Weight | MatrixProduct]
}

export interface MatrixProduct {
  readonly up: Weight
  readonly down: Weight
}

export interface Lora {
  readonly title: string
  readonly updates: readonly LoraUpdate[]
  /** Names in the file that belong to no weight of the models given. */
  readonly unmatched: readonly string[]
}

/** Of LyCORIS: `w1Up` and `w1Down` make the first factor, or `w1` is it whole. */
type Factor = 'up' | 'down' | 'mid' | 'alpha' | LycorisFactor
type LycorisFactor = 'w1' | 'w2' | 'w1Up' | 'w1Down' | 'w2Up' | 'w2Down' | 'tucker'

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
  ['.hada_w1_a', 'w1Up'],
  ['.hada_w1_b', 'w1Down'],
  ['.hada_w2_a', 'w2Up'],
  ['.hada_w2_b', 'w2Down'],
  ['.hada_t1', 'tucker'],
  ['.hada_t2', 'tucker'],
  ['.lokr_w1', 'w1'],
  ['.lokr_w2', 'w2'],
  ['.lokr_w1_a', 'w1Up'],
  ['.lokr_w1_b', 'w1Down'],
  ['.lokr_w2_a', 'w2Up'],
  ['.lokr_w2_b', 'w2Down'],
  ['.lokr_t2', 'tucker'],
]

/**
 * Reads a LoRA for the models whose weight names are given: kohya's naming (also on the original code's block names),
 * diffusers' (both of its forms), PEFT's, and the first one (`unet:12:up`), whose layers are only numbered.
 * Nothing but names, shapes, the scalars `alpha` and PEFT's settings in the header are read.
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
      `${source.title} is no LoRA: it looks like ${looksLike(source, 'LoadLora')}; none of its ${source.names.length} weights is a low-rank factor (lora_up, lora_down, lora_A, …)`,
    )
  }
  const config = adapterConfigIn(source)
  const updates: LoraUpdate[] = []
  for (const [base, { names, factors }] of groups) {
    const target = numbered.get(base) ?? targets.find(base)
    if (!target) unmatched.push(...names)
    else updates.push({ ...target, ...changeOf(source, base, { names, factors }, config) })
  }
  return { title: source.title, updates, unmatched }
}

/**
 * The width of the text that the cross-attention reads which a LoRA changes: 768 for SD 1, 1024 for SD 2, 2048 for
 * SDXL. Undefined where it leaves cross-attention alone.
 */
export function textWidthOfLora(source: WeightSource): number | undefined {
  // The factor next to the input: `down` to kohya and diffusers, `A` to PEFT.
  const reader = source.names.find((name) => /attn2.*to_[kv][._].*(down|lora_A|hada_w1_b)/.test(name))
  return reader === undefined ? undefined : source.get(reader)?.shape[1]
}

function adapterConfigIn(source: WeightSource): AdapterConfig | undefined {
  try {
    return adapterConfigOf(source.metadata)
  } catch (cause) {
    throw new LoraError(`${source.title}: its lora_adapter_metadata is not JSON`, { cause })
  }
}

interface FactorGroup {
  readonly names: readonly string[]
  readonly factors: ReadonlyMap<Factor, string>
}

function changeOf(
  source: WeightSource,
  base: string,
  { names, factors }: FactorGroup,
  config: AdapterConfig | undefined,
): LoraChange & { readonly scale: number } {
  const find = (factor: Factor): Weight | undefined => {
    const name = factors.get(factor)
    return name === undefined ? undefined : requireWeight(source, name)
  }
  const productOf = (up: Weight | undefined, down: Weight | undefined): MatrixProduct | undefined =>
    up && down && { up, down }
  const scaleFor = (rank: number): number => {
    const name = factors.get('alpha')
    if (name === undefined) return config ? adapterScale(config, base, rank) : 1
    return (readWeightAsFloat32(source, name)[0] ?? rank) / rank
  }
  if (factors.has('tucker')) {
    throw new LoraError(`${source.title}: "${base}" has a factored kernel of LyCORIS (Tucker), which is not supported`)
  }
  const plain = productOf(find('up'), find('down'))
  if (plain) {
    const mid = find('mid')
    return {
      form: 'low-rank',
      ...plain,
      ...(mid && { mid }),
      scale: scaleFor(rankOf(source, base, plain)),
    }
  }
  const products = [productOf(find('w1Up'), find('w1Down')), productOf(find('w2Up'), find('w2Down'))] as const
  if (products[0] && products[1] && names.some((name) => name.includes('.hada_'))) {
    const rank = rankOf(source, base, products[0])
    rankOf(source, base, products[1])
    return { form: 'hadamard', products: [products[0], products[1]], scale: scaleFor(rank) }
  }
  const [first, second] = [find('w1') ?? products[0], find('w2') ?? products[1]]
  if (first && second) {
    // Two whole factors have no rank, and alpha then counts for nothing.
    const factored = [products[0], products[1]].find((product) => product !== undefined)
    return {
      form: 'kronecker',
      factors: [first, second],
      scale: factored ? scaleFor(rankOf(source, base, factored)) : 1,
    }
  }
  throw new LoraError(`${source.title}: "${base}" has only ${names.join(' and ')}; a LoRA needs both of its factors`)
}

function rankOf(source: WeightSource, base: string, { up, down }: MatrixProduct): number {
  const rank = down.shape[0] ?? 0
  if (rank === 0 || up.shape[1] !== rank) {
    throw new LoraError(
      `${source.title}: the factors of "${base}" do not fit: up [${up.shape.join(', ')}], down [${down.shape.join(', ')}]; ` +
        `expected the second dimension of up to be the first of down`,
    )
  }
  return rank
}

/** The sizes of the weight that a change is for: [out, in, …kernel], the last ones perhaps in one. */
export function sizesOfChange(change: LoraChange): readonly number[] {
  const sizesOf = (one: Weight | MatrixProduct): readonly number[] =>
    'up' in one ? [one.up.shape[0] ?? 0, ...one.down.shape.slice(1)] : one.shape
  switch (change.form) {
    case 'low-rank': {
      const [out = 0, ...columns] = sizesOf(change)
      return [out, ...(change.mid ? [columns[0] ?? 0, ...change.mid.shape.slice(2)] : columns)]
    }
    case 'hadamard':
      return sizesOf(change.products[0])
    case 'kronecker': {
      const [[a = 0, b = 0], [rows = 0, columns = 0, ...kernel]] = [
        sizesOf(change.factors[0]),
        sizesOf(change.factors[1]),
      ]
      return [a * rows, b * columns, ...kernel]
    }
    default:
      return change satisfies never
  }
}

export class LoraError extends Error {
  override readonly name = 'LoraError'
}
