import { numberAt } from '../tensor/index.ts'
import { float16ToNumber, numberToFloat16 } from '../tensor/float-bits.ts'

/** How a kind of GGUF packs numbers: blocks of so many, each in so many bytes. */
export interface BlockKind {
  readonly name: string
  readonly numbers: number
  readonly bytes: number
  /** Writes the numbers of the block that begins at `at` of `bytes` into `out` from `to`. */
  decode(bytes: Uint8Array, at: number, out: Float32Array, to: number): void
}

const f = Math.fround
const byteAt = (bytes: Uint8Array, index: number): number => numberAt(bytes, index)
const half = (bytes: Uint8Array, at: number): number =>
  float16ToNumber(byteAt(bytes, at) | (byteAt(bytes, at + 1) << 8))
const signed = (byte: number): number => (byte << 24) >> 24

/** Of 32 numbers the first 16 lie in the low halves of bytes, the others in the high halves. */
function fours(bytes: Uint8Array, at: number, set: (index: number, level: number) => void): void {
  for (let i = 0; i < 16; i++) {
    const byte = byteAt(bytes, at + i)
    set(i, byte & 15)
    set(i + 16, byte >> 4)
  }
}

const q4_0: BlockKind = {
  name: 'Q4_0',
  numbers: 32,
  bytes: 18,
  decode(bytes, at, out, to) {
    const d = half(bytes, at)
    fours(bytes, at + 2, (i, level) => (out[to + i] = d * (level - 8)))
  },
}
const q4_1: BlockKind = {
  name: 'Q4_1',
  numbers: 32,
  bytes: 20,
  decode(bytes, at, out, to) {
    const [d, m] = [half(bytes, at), half(bytes, at + 2)]
    fours(bytes, at + 4, (i, level) => (out[to + i] = f(d * level) + m))
  },
}
/** The fifth bit of each number, of a word of 32. */
const fifth = (bytes: Uint8Array, at: number, index: number): number =>
  ((byteAt(bytes, at + (index >> 3)) >> (index & 7)) & 1) << 4

const q5_0: BlockKind = {
  name: 'Q5_0',
  numbers: 32,
  bytes: 22,
  decode(bytes, at, out, to) {
    const d = half(bytes, at)
    fours(bytes, at + 6, (i, level) => (out[to + i] = d * ((level | fifth(bytes, at + 2, i)) - 16)))
  },
}
const q5_1: BlockKind = {
  name: 'Q5_1',
  numbers: 32,
  bytes: 24,
  decode(bytes, at, out, to) {
    const [d, m] = [half(bytes, at), half(bytes, at + 2)]
    fours(bytes, at + 8, (i, level) => (out[to + i] = f(d * (level | fifth(bytes, at + 4, i))) + m))
  },
}
const q8_0: BlockKind = {
  name: 'Q8_0',
  numbers: 32,
  bytes: 34,
  decode(bytes, at, out, to) {
    const d = half(bytes, at)
    for (let i = 0; i < 32; i++) out[to + i] = d * signed(byteAt(bytes, at + 2 + i))
  },
}

/** Numbers of a block of the K kinds. */
const superBlock = 256

const q2K: BlockKind = {
  name: 'Q2_K',
  numbers: superBlock,
  bytes: 84,
  decode(bytes, at, out, to) {
    const [d, least] = [half(bytes, at + 80), half(bytes, at + 82)]
    for (let i = 0; i < superBlock; i++) {
      const [chunk, rest] = [i >> 7, i & 127]
      const scale = byteAt(bytes, at + (i >> 4))
      const level = (byteAt(bytes, at + 16 + chunk * 32 + (rest & 31)) >> (2 * (rest >> 5))) & 3
      out[to + i] = f(f(d * (scale & 15)) * level) - f(least * (scale >> 4))
    }
  },
}
const q3K: BlockKind = {
  name: 'Q3_K',
  numbers: superBlock,
  bytes: 110,
  decode(bytes, at, out, to) {
    const d = half(bytes, at + 108)
    for (let i = 0; i < superBlock; i++) {
      const [chunk, rest, group] = [i >> 7, i & 127, i >> 4]
      const low = (byteAt(bytes, at + 96 + (group & 7)) >> (group < 8 ? 0 : 4)) & 15
      const high = (byteAt(bytes, at + 104 + (group & 3)) >> (2 * (group >> 2))) & 3
      const scale = (low | (high << 4)) - 32
      const level = (byteAt(bytes, at + 32 + chunk * 32 + (rest & 31)) >> (2 * (rest >> 5))) & 3
      const bit = (byteAt(bytes, at + (i & 31)) >> (i >> 5)) & 1
      out[to + i] = f(d * scale) * (level - (bit ? 0 : 4))
    }
  },
}

/** Scale and least of one of 8 groups, six bits each in 12 bytes. */
function sixBits(bytes: Uint8Array, at: number, group: number): readonly [scale: number, least: number] {
  const own = (offset: number): number => byteAt(bytes, at + offset)
  const g = group & 3
  if (group < 4) return [own(g) & 63, own(4 + g) & 63]
  return [(own(8 + g) & 15) | ((own(g) >> 2) & 48), (own(8 + g) >> 4) | ((own(4 + g) >> 2) & 48)]
}

const q4K: BlockKind = {
  name: 'Q4_K',
  numbers: superBlock,
  bytes: 144,
  decode(bytes, at, out, to) {
    const [d, dmin] = [half(bytes, at), half(bytes, at + 2)]
    for (let group = 0; group < 8; group++) {
      const [scale, least] = sixBits(bytes, at + 4, group)
      const [step, shift] = [f(d * scale), f(dmin * least)]
      for (let i = 0; i < 32; i++) {
        const level = (byteAt(bytes, at + 16 + (group >> 1) * 32 + i) >> (4 * (group & 1))) & 15
        out[to + group * 32 + i] = f(step * level) - shift
      }
    }
  },
}
const q5K: BlockKind = {
  name: 'Q5_K',
  numbers: superBlock,
  bytes: 176,
  decode(bytes, at, out, to) {
    const [d, dmin] = [half(bytes, at), half(bytes, at + 2)]
    for (let group = 0; group < 8; group++) {
      const [scale, least] = sixBits(bytes, at + 4, group)
      const [step, shift] = [f(d * scale), f(dmin * least)]
      for (let i = 0; i < 32; i++) {
        const low = (byteAt(bytes, at + 48 + (group >> 1) * 32 + i) >> (4 * (group & 1))) & 15
        const high = (byteAt(bytes, at + 16 + i) >> group) & 1
        out[to + group * 32 + i] = f(step * (low | (high << 4))) - shift
      }
    }
  },
}
const q6K: BlockKind = {
  name: 'Q6_K',
  numbers: superBlock,
  bytes: 210,
  decode(bytes, at, out, to) {
    const d = half(bytes, at + 208)
    for (let i = 0; i < superBlock; i++) {
      const [chunk, rest] = [i >> 7, i & 127]
      const low = (byteAt(bytes, at + chunk * 64 + (rest & 63)) >> (4 * (rest >> 6))) & 15
      const high = (byteAt(bytes, at + 128 + chunk * 32 + (rest & 31)) >> (2 * (rest >> 5))) & 3
      const scale = signed(byteAt(bytes, at + 192 + (i >> 4)))
      out[to + i] = f(d * scale) * ((low | (high << 4)) - 32)
    }
  },
}

/** The sixteen levels of the IQ4 kinds, finer near 0. */
const levels = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113]

const iq4Nl: BlockKind = {
  name: 'IQ4_NL',
  numbers: 32,
  bytes: 18,
  decode(bytes, at, out, to) {
    const d = half(bytes, at)
    fours(bytes, at + 2, (i, level) => (out[to + i] = d * numberAt(levels, level)))
  },
}
const iq4Xs: BlockKind = {
  name: 'IQ4_XS',
  numbers: superBlock,
  bytes: 136,
  decode(bytes, at, out, to) {
    const d = half(bytes, at)
    const highs = byteAt(bytes, at + 2) | (byteAt(bytes, at + 3) << 8)
    for (let group = 0; group < 8; group++) {
      const low = (byteAt(bytes, at + 4 + (group >> 1)) >> (4 * (group & 1))) & 15
      const scale = f(d * ((low | (((highs >> (2 * group)) & 3) << 4)) - 32))
      fours(bytes, at + 8 + group * 16, (i, level) => (out[to + group * 32 + i] = scale * numberAt(levels, level)))
    }
  },
}

/** The kinds that are read, by the numbers that GGUF gives them. */
export const blockKinds: ReadonlyMap<number, BlockKind> = new Map([
  [2, q4_0],
  [3, q4_1],
  [6, q5_0],
  [7, q5_1],
  [8, q8_0],
  [10, q2K],
  [11, q3K],
  [12, q4K],
  [13, q5K],
  [14, q6K],
  [20, iq4Nl],
  [23, iq4Xs],
])

/** So many numbers of a kind as float16, the nearest of each, little-endian. */
export function decodeBlocks(kind: BlockKind, bytes: Uint8Array, count: number): Uint8Array {
  const values = new Uint16Array(count)
  const block = new Float32Array(kind.numbers)
  for (let index = 0; index < count; index += kind.numbers) {
    kind.decode(bytes, (index / kind.numbers) * kind.bytes, block, 0)
    for (let i = 0; i < kind.numbers; i++) values[index + i] = numberToFloat16(numberAt(block, i))
  }
  return new Uint8Array(values.buffer)
}
