import { elementCountOf, float32, type Tensor } from '@patchbay/onnx/tensor'
import { MersenneTwister } from './mersenne-twister.ts'
import { parseSeed, type Seed } from './seed.ts'
import { logSingle, sinCosSingle } from './single-precision.ts'

const block = 16
const twoPi = Math.fround(2 * Math.PI)

/**
 * The counterpart of `torch.Generator('cpu').manual_seed(seed)`: the same words drawn, the same values bit for bit as
 * PyTorch gives on processors with AVX2 (all that people have used for years). Draws follow one another, as in PyTorch.
 */
export class TorchCpuGenerator {
  readonly #words: MersenneTwister
  #spareNormal: number | undefined

  constructor(seed: Seed) {
    this.#words = new MersenneTwister(parseSeed(seed))
  }

  /** `torch.rand(shape)`: single-precision values in [0, 1), 24 random bits each. */
  rand(shape: readonly number[]): Tensor {
    const data = new Float32Array(elementCountOf(shape))
    for (let i = 0; i < data.length; i++) data[i] = this.#uniformSingle()
    return float32(shape, data)
  }

  /** `torch.randn(shape)`: fewer than 16 values are drawn one by one in double precision, more in blocks of 16. */
  randn(shape: readonly number[]): Tensor {
    const data = new Float32Array(elementCountOf(shape))
    if (data.length < block) {
      for (let i = 0; i < data.length; i++) data[i] = this.#normalDouble()
      return float32(shape, data)
    }
    for (let i = 0; i < data.length; i++) data[i] = this.#uniformSingle()
    for (let start = 0; start + block <= data.length; start += block) transformBlock(data, start)
    if (data.length % block !== 0) {
      // What does not fill a block: the last 16 values are drawn anew, and those already made among them are lost.
      const start = data.length - block
      for (let i = start; i < data.length; i++) data[i] = this.#uniformSingle()
      transformBlock(data, start)
    }
    return float32(shape, data)
  }

  #uniformSingle(): number {
    return (this.#words.word() & 0xffffff) / 2 ** 24
  }

  #uniformDouble(): number {
    const high = this.#words.word() & 0x1fffff
    return (high * 2 ** 32 + this.#words.word()) / 2 ** 53
  }

  /** Box–Muller in double precision; the second value of a pair waits for the next call, also across tensors. */
  #normalDouble(): number {
    if (this.#spareNormal !== undefined) {
      const spare = this.#spareNormal
      this.#spareNormal = undefined
      return spare
    }
    const angle = 2 * Math.PI * this.#uniformDouble()
    const radius = Math.sqrt(-2 * Math.log1p(-this.#uniformDouble()))
    this.#spareNormal = radius * Math.sin(angle)
    return radius * Math.cos(angle)
  }
}

const sineAndCosine = new Float32Array(2)

/** Box–Muller on 16 uniform values in place: the first eight give the radii, the last eight the angles. */
function transformBlock(data: Float32Array, start: number): void {
  for (let j = start; j < start + block / 2; j++) {
    const radius = Math.fround(Math.sqrt(Math.fround(-2 * logSingle(Math.fround(1 - data[j])))))
    sinCosSingle(Math.fround(twoPi * data[j + 8]), sineAndCosine)
    data[j] = radius * sineAndCosine[1]
    data[j + 8] = radius * sineAndCosine[0]
  }
}
