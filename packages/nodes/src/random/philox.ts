import { elementCountOf, float32, type Tensor } from '@patchbay/onnx/tensor'
import { parseSeed, type Seed } from './seed.ts'

const rounds = 10

/**
 * Fills `out` (4 words) with one block of Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2,
 * 3"). Words are unsigned 32-bit integers. Any block can be had without those before it.
 */
export function philoxBlock(
  out: Uint32Array,
  counter0: number,
  counter1: number,
  counter2: number,
  counter3: number,
  key0: number,
  key1: number,
): void {
  let [c0, c1, c2, c3] = [counter0 | 0, counter1 | 0, counter2 | 0, counter3 | 0]
  let [k0, k1] = [key0 | 0, key1 | 0]
  for (let round = 0; round < rounds; round++) {
    const high0 = multiplyHigh(0xd2511f53, c0)
    const high1 = multiplyHigh(0xcd9e8d57, c2)
    const low0 = Math.imul(0xd2511f53, c0)
    const low1 = Math.imul(0xcd9e8d57, c2)
    c0 = high1 ^ c1 ^ k0
    c1 = low1
    c2 = high0 ^ c3 ^ k1
    c3 = low0
    k0 = (k0 + 0x9e3779b9) | 0
    k1 = (k1 + 0xbb67ae85) | 0
  }
  out[0] = c0
  out[1] = c1
  out[2] = c2
  out[3] = c3
}

/** The upper 32 bits of the 64-bit product of two unsigned words, through 16-bit halves. */
function multiplyHigh(a: number, b: number): number {
  const [aLow, aHigh, bLow, bHigh] = [a & 0xffff, a >>> 16, b & 0xffff, b >>> 16]
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16)
  const cross = aLow * bHigh + (middle % 0x10000)
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(cross / 0x10000)) | 0
}

/**
 * Standard normal noise from Philox blocks by the Box–Muller transform, four values a block. A pure function of the
 * seed, the stream and the position in the shape: the same on every machine, and the start of a longer tensor equals a
 * shorter one.
 * `stream` (two unsigned words) keeps draws of one seed apart, such as the steps of a sampler.
 */
export function philoxNormal(seed: Seed, shape: readonly number[], stream: readonly [number, number] = [0, 0]): Tensor {
  const key = parseSeed(seed)
  const [key0, key1] = [Number(key & 0xffffffffn), Number(key >> 32n)]
  const data = new Float32Array(elementCountOf(shape))
  const words = new Uint32Array(4)
  for (let i = 0; i < data.length; i += 4) {
    const block = i / 4
    philoxBlock(words, block, Math.floor(block / 2 ** 32), stream[0], stream[1], key0, key1)
    for (let pair = 0; pair < 4; pair += 2) {
      // (word + ½) / 2³² lies strictly between 0 and 1, so that the logarithm is finite.
      const radius = Math.sqrt(-2 * Math.log((words[pair] + 0.5) / 2 ** 32))
      const angle = 2 * Math.PI * (words[pair + 1] / 2 ** 32)
      data[i + pair] = radius * Math.cos(angle)
      // Past the end of the array the write is ignored.
      data[i + pair + 1] = radius * Math.sin(angle)
    }
  }
  return float32(shape, data)
}

/** Uniform values in [0, 1) with 24 random bits each, four a block; seed and stream as for `philoxNormal`. */
export function philoxUniform(
  seed: Seed,
  shape: readonly number[],
  stream: readonly [number, number] = [0, 0],
): Tensor {
  const key = parseSeed(seed)
  const [key0, key1] = [Number(key & 0xffffffffn), Number(key >> 32n)]
  const data = new Float32Array(elementCountOf(shape))
  const words = new Uint32Array(4)
  for (let i = 0; i < data.length; i += 4) {
    const block = i / 4
    philoxBlock(words, block, Math.floor(block / 2 ** 32), stream[0], stream[1], key0, key1)
    for (let j = 0; j < 4; j++) data[i + j] = (words[j] >>> 8) / 2 ** 24
  }
  return float32(shape, data)
}
