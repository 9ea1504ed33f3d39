import { numberAt } from '@patchbay/onnx/tensor'
import { requireWeight, weightAsFloat32, type Weight, type WeightSource } from '@patchbay/onnx'
import { adapterScale, type AdapterConfig } from './adapter-scale.ts'
import { rotationsOf } from './cayley.ts'
import {
  countOf,
  type LoraChange,
  type LoraUpdate,
  type Magnitude,
  type MatrixProduct,
  type Product,
} from './lora-change.ts'
import { LoraError } from './lora-error.ts'
import type { Factor, FactorGroup } from './lora-names.ts'

/** A change, before it is known which weight it is for. */
export type ReadChange = LoraChange & Pick<LoraUpdate, 'scale' | 'magnitude'>

/** What a group of names says of a layer's weight and of its bias, and which of the names count for nothing. */
export interface LayerChanges {
  readonly weight?: ReadChange
  readonly bias?: ReadChange
  readonly unused: readonly string[]
}

/**
 * Reads the changes of one layer. Nothing but shapes and small scalars is read.
 * @throws LoraError where factors do not fit together
 */
export function changesOf(source: WeightSource, group: FactorGroup, config: AdapterConfig | undefined): LayerChanges {
  const layer = new LayerFactors(source, group, config)
  const weight = layer.weightChange()
  const bias = layer.biasChange(weight?.scale ?? 1)
  const hasChange = weight !== undefined || bias !== undefined
  const unused = [...group.factors].flatMap(([factor, name]) =>
    layer.isUsed(factor) || (hasChange && factor === 'alpha') ? [] : [name],
  )
  return { ...(weight && { weight }), ...(bias && { bias }), unused }
}

class LayerFactors {
  private readonly source: WeightSource
  private readonly group: FactorGroup
  private readonly config: AdapterConfig | undefined
  private readonly used = new Set<Factor>()

  constructor(source: WeightSource, group: FactorGroup, config: AdapterConfig | undefined) {
    this.source = source
    this.group = group
    this.config = config
  }

  isUsed(factor: Factor): boolean {
    return this.used.has(factor)
  }

  weightChange(): ReadChange | undefined {
    const change = this.unscaled()
    const magnitude = change && this.magnitude()
    return change && { ...change, ...(magnitude && { magnitude }) }
  }

  /** `scale` is that of the weight's change, which PEFT's `lora_B.bias` shares. */
  biasChange(scale: number): ReadChange | undefined {
    const difference = this.take('biasDifference')
    if (difference) return { form: 'difference', difference, scale: 1 }
    const added = this.take('upBias')
    if (added) return { form: 'difference', difference: added, scale }
    const replacement = this.take('biasReplacement')
    return replacement && { form: 'replacement', replacement, scale: 1 }
  }

  private unscaled(): (LoraChange & { readonly scale: number }) | undefined {
    return (
      this.lowRank() ??
      this.lycoris() ??
      this.rotation() ??
      this.generalised() ??
      this.channels() ??
      this.whole('difference') ??
      this.whole('replacement')
    )
  }

  private lowRank(): ReadChange | undefined {
    const product = this.pair('up', 'down')
    if (!product) return undefined
    const mid = this.take('mid')
    const rank = this.rankOf(product)
    return { form: 'low-rank', ...product, ...(mid && { mid }), scale: this.scaleFor(rank) }
  }

  /** LoHa, all of whose names are `hada_`, or LoKr. */
  private lycoris(): ReadChange | undefined {
    const isHadamard = [...this.group.factors.values()].some((name) => name.includes('.hada_'))
    const products = [this.factored('w1Up', 'w1Down', 'core1'), this.factored('w2Up', 'w2Down', 'core2')] as const
    if (isHadamard) {
      const [first, second] = products
      if (!first || !second) return undefined
      this.rankOf(second)
      return { form: 'hadamard', products: [first, second], scale: this.scaleFor(this.rankOf(first)) }
    }
    const [first, second] = [this.take('w1') ?? products[0], this.take('w2') ?? products[1]]
    if (!first || !second) return undefined
    // Two whole factors have no rank, and alpha then counts for nothing. The second's rank is the one that counts.
    const factored = products[1] ?? products[0]
    const scale = factored ? this.scaleFor(this.rankOf(factored)) : 1
    return { form: 'kronecker', factors: [first, second], scale }
  }

  /**
   * OFT and BOFT, whose alpha bounds the norm of what is rotated by: times the rows in kohya's files, as it stands in
   * LyCORIS' (ComfyUI's reading of them).
   */
  private rotation(): ReadChange | undefined {
    const blocks = this.take('blocks')
    if (!blocks) return undefined
    const [count = 0, size = 0, columns] = blocks.shape.slice(-3)
    if (size !== columns || blocks.shape.length < 3 || blocks.shape.length > 4) {
      throw this.wrong(
        `blocks of an OFT are [blocks, size, size] or [stages, blocks, size, size], not ${shown(blocks)}`,
      )
    }
    const alpha = this.alpha()
    const limit = alpha === undefined || !this.group.base.startsWith('oft_') ? alpha : alpha * count * size
    const rescale = this.take('rescale')
    return {
      form: blocks.shape.length === 3 ? 'rotation' : 'butterfly',
      rotations: rotationsOf(blocks, limit),
      ...(rescale && { rescale }),
      scale: 1,
    }
  }

  /** The older files have the narrow sides of their factors the other way round. */
  private generalised(): ReadChange | undefined {
    const [a1, a2, b1, b2] = [this.take('a1'), this.take('a2'), this.take('b1'), this.take('b2')]
    if (!a1 || !a2 || !b1 || !b2) return undefined
    const isOlder = numberAt(a1.shape, 0) < numberAt(a1.shape, 1)
    const [input, added] = isOlder
      ? [
          { up: a2, down: a1 },
          { up: b2, down: b1 },
        ]
      : [
          { up: a1, down: a2 },
          { up: b1, down: b2 },
        ]
    this.rankOf(added)
    return { form: 'generalised', input, added, scale: this.scaleFor(this.rankOf(input)) }
  }

  private channels(): ReadChange | undefined {
    const relative = this.take('channels')
    if (relative) {
      const side = relative.shape.length > 1 && relative.shape[0] === 1 ? 'input' : 'output'
      return { form: 'channels', factors: relative, side, neutral: 1, scale: 1 }
    }
    const onInput = this.take('onInput')
    const factors = onInput && this.take('replacement')
    if (!factors) return undefined
    const side = weightAsFloat32(onInput)[0] === 0 ? 'output' : 'input'
    return { form: 'channels', factors, side, neutral: 0, scale: 1 }
  }

  private whole(form: 'difference' | 'replacement'): ReadChange | undefined {
    const weight = this.take(form)
    if (!weight) return undefined
    return form === 'difference' ? { form, difference: weight, scale: 1 } : { form, replacement: weight, scale: 1 }
  }

  /** `dora_scale` is [out, 1] or [1, in], with more axes of 1 for kernels; PEFT's vector is always the output's. */
  private magnitude(): Magnitude | undefined {
    const own = this.take('outputMagnitude')
    if (own) return { norms: own, side: 'output' }
    const norms = this.take('magnitude')
    return norms && { norms, side: norms.shape[0] === countOf(norms.shape) ? 'output' : 'input' }
  }

  private factored(up: Factor, down: Factor, core: Factor): Product | undefined {
    const product = this.pair(up, down)
    const kernel = product && this.take(core)
    return kernel ? { core: kernel, rows: product.up, columns: product.down } : product
  }

  private pair(up: Factor, down: Factor): MatrixProduct | undefined {
    const { factors } = this.group
    if (!factors.has(up) || !factors.has(down)) return undefined
    const [left, right] = [this.take(up), this.take(down)]
    return left && right && { up: left, down: right }
  }

  private take(factor: Factor): Weight | undefined {
    const name = this.group.factors.get(factor)
    if (name === undefined) return undefined
    this.used.add(factor)
    return requireWeight(this.source, name)
  }

  private scaleFor(rank: number): number {
    const alpha = this.alpha()
    if (alpha !== undefined) return alpha / rank
    return this.config ? adapterScale(this.config, this.group.base, rank) : 1
  }

  private alpha(): number | undefined {
    const weight = this.take('alpha')
    return weight && weightAsFloat32(weight)[0]
  }

  private rankOf(product: Product): number {
    if ('core' in product) {
      const { core, rows, columns } = product
      if (rows.shape[0] === core.shape[0] && columns.shape[0] === core.shape[1]) return columns.shape[0] ?? 1
      throw this.wrong(
        `the factors do not fit: ${shown(core)} between ${shown(rows)} and ${shown(columns)}; expected its first two dimensions to be their first ones`,
      )
    }
    const { up, down } = product
    const rank = numberAt(down.shape, 0)
    if (rank > 0 && up.shape[1] === rank) return rank
    throw this.wrong(
      `the factors do not fit: up ${shown(up)}, down ${shown(down)}; expected the second dimension of up to be the first of down`,
    )
  }

  private wrong(what: string): LoraError {
    return new LoraError(`${this.source.title}: "${this.group.base}": ${what}`)
  }
}

const shown = ({ shape }: Weight): string => `[${shape.join(', ')}]`
