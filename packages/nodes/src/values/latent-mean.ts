import { float32, type Tensor, numberAt } from '@patchbay/onnx/tensor'
import { hasSameShape } from '../tensor/index.ts'
import { combineLatents } from './latent-operations.ts'
import { sizeOfLatents, type Latents } from './latents.ts'

/** A mean of latents that come a batch at a time, summed in double precision. */
export class LatentMean {
  #sum: Float64Array | undefined
  #shape: readonly number[] = []
  #count = 0

  /** @param tensor [batch, channels, height, width], of one size each time; throws a RangeError otherwise */
  add(tensor: Tensor): void {
    const { batch } = sizeOfLatents(tensor)
    const shape = [1, ...tensor.shape.slice(1)]
    if (!this.#sum) [this.#sum, this.#shape] = [new Float64Array(tensor.data.length / batch), shape]
    if (!hasSameShape(this.#shape, shape)) {
      throw new RangeError(
        `A mean takes latents of one size, but got [${this.#shape.join(', ')}] and [${shape.join(', ')}]`,
      )
    }
    const { length } = this.#sum
    for (const [i, value] of tensor.data.entries()) this.#sum[i % length] = numberAt(this.#sum, i % length) + value
    this.#count += batch
  }

  /** [1, channels, height, width]; throws a RangeError while nothing was added. */
  value(): Tensor {
    if (!this.#sum) throw new RangeError('A mean is taken of at least one set of latents')
    return float32(
      this.#shape,
      Float32Array.from(this.#sum, (total) => total / this.#count),
    )
  }
}

/**
 * The mean over a batch, [1, channels, height, width]. It is the latents of no picture of the batch, so its masks and
 * places go.
 */
export function meanLatents({ tensor, scale }: Latents): Latents {
  const mean = new LatentMean()
  mean.add(tensor)
  return { tensor: mean.value(), scale }
}

/**
 * What sets latents with something apart from latents without it: the difference of their means, [1, channels, height,
 * width] (Larsen et al. 2016, section 4.2). Throws a RangeError where their sizes differ.
 */
export function latentDirection(with_: Latents, without: Latents): Latents {
  return combineLatents(1, meanLatents(with_), -1, meanLatents(without))
}
