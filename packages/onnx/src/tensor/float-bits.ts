import { numberAt } from './number-at.ts'
import type { DType } from './dtype.ts'
import { tensorOfBytes } from './tensor.ts'

const scratch = new ArrayBuffer(4)
const scratchFloat = new Float32Array(scratch)
const scratchBits = new Uint32Array(scratch)

/**
 * An IEEE-like float of `1 + exponentBits + mantissaBits` bits as a number; `finite` formats have NaN but no infinity
 * (OCP FP8 E4M3).
 */
function decodeSmallFloat(bits: number, exponentBits: number, mantissaBits: number, finite = false): number {
  const sign = bits >> (exponentBits + mantissaBits) ? -1 : 1
  const exponentMask = (1 << exponentBits) - 1
  const exponent = (bits >> mantissaBits) & exponentMask
  const mantissa = bits & ((1 << mantissaBits) - 1)
  const bias = exponentMask >> 1
  if (exponent === 0) return sign * mantissa * 2 ** (1 - bias - mantissaBits)
  if (exponent === exponentMask) {
    if (finite && mantissa !== (1 << mantissaBits) - 1)
      return sign * (1 + mantissa / 2 ** mantissaBits) * 2 ** (exponent - bias)
    return mantissa === 0 ? sign * Infinity : NaN
  }
  return sign * (1 + mantissa / 2 ** mantissaBits) * 2 ** (exponent - bias)
}

const tableOf = (size: number, decode: (bits: number) => number): (() => Float32Array) => {
  let table: Float32Array | undefined
  return () => (table ??= Float32Array.from({ length: size }, (_, bits) => decode(bits)))
}

// A table beats the arithmetic about tenfold and costs 256 KiB once.
const float16Table = tableOf(65536, (bits) => decodeSmallFloat(bits, 5, 10))
const e4m3Table = tableOf(256, (bits) => decodeSmallFloat(bits, 4, 3, true))
const e5m2Table = tableOf(256, (bits) => decodeSmallFloat(bits, 5, 2))

export const float16ToNumber = (bits: number): number => float16Table()[bits & 0xffff] ?? NaN

/** The nearest float16, ties to even (IEEE 754); beyond ±65504 it is an infinity. */
export function numberToFloat16(value: number): number {
  scratchFloat[0] = value
  const bits = numberAt(scratchBits, 0)
  const sign = (bits >>> 16) & 0x8000
  const magnitude = bits & 0x7fffffff
  if (magnitude > 0x7f800000) return sign | 0x7e00
  // 65520 is halfway between the largest float16 and the next power of two.
  if (magnitude >= 0x477ff000) return sign | 0x7c00
  if (magnitude < 0x38800000) {
    // A subnormal is a whole number of 2^-24; in float64 the product is exact and half-way cases stay half-way.
    scratchBits[0] = magnitude
    return sign | roundToEven(numberAt(scratchFloat, 0) * 2 ** 24)
  }
  const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1)
  return sign | ((rounded - 0x38000000) >>> 13)
}

function roundToEven(value: number): number {
  const floor = Math.floor(value)
  const rest = value - floor
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1
  return floor % 2 === 0 ? floor : floor + 1
}

/** The nearest bfloat16, ties to even. */
export function numberToBfloat16(value: number): number {
  scratchFloat[0] = value
  const bits = numberAt(scratchBits, 0)
  if ((bits & 0x7fffffff) > 0x7f800000) return (bits >>> 16) | 0x40
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff
}

/**
 * Elements of any type as float32, in a new array; integers past 2^24 are rounded. `bytes` holds `count` elements,
 * 4-bit ones packed low half first (ONNX's order).
 */
export function toFloat32(type: DType, bytes: Uint8Array, count: number): Float32Array {
  const out = new Float32Array(count)
  const elements = tensorOfBytes(type, [count], bytes).data
  if (type === 'bfloat16') {
    const words = new Uint32Array(out.buffer)
    for (let i = 0; i < count; i++) words[i] = Number(elements[i]) << 16
    return out
  }
  if (type === 'uint4' || type === 'int4') {
    for (let i = 0; i < count; i++) {
      const nibble = (Number(elements[i >> 1]) >> ((i & 1) * 4)) & 15
      out[i] = type === 'int4' && nibble > 7 ? nibble - 16 : nibble
    }
    return out
  }
  const table =
    type === 'float16'
      ? float16Table()
      : type === 'float8e4m3fn'
        ? e4m3Table()
        : type === 'float8e5m2'
          ? e5m2Table()
          : undefined
  if (table) {
    for (let i = 0; i < count; i++) out[i] = table[Number(elements[i])] ?? NaN
    return out
  }
  if (elements instanceof BigInt64Array || elements instanceof BigUint64Array) {
    for (let i = 0; i < count; i++) out[i] = Number(elements[i])
    return out
  }
  out.set(elements)
  return out
}

/** The float types a weight file can be written in from float32. */
export type WritableFloat = 'float32' | 'float16' | 'bfloat16'

/** float32 as the bytes of another float type, each number rounded to the nearest, ties to even. */
export function fromFloat32(values: Float32Array, type: WritableFloat): Uint8Array {
  if (type === 'float32') return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
  const words = new Uint16Array(values.length)
  const encode = type === 'float16' ? numberToFloat16 : numberToBfloat16
  for (let i = 0; i < values.length; i++) words[i] = encode(numberAt(values, i))
  return new Uint8Array(words.buffer)
}
