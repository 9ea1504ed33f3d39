import type { ValueCodec } from '@patchbay/engine'
import { float32, type Tensor } from '@patchbay/onnx/tensor'
import { pictureTokens, type PictureTokens } from '../decoding/picture-tokens.ts'
import type { PictureFeatures } from '../scoring/picture-features.ts'
import type { Conditioning } from './conditioning.ts'
import type { Video } from '../video/video.ts'
import type { Latents } from './latents.ts'

/**
 * Plain values with tensors, floats and big integers in them as bytes: the length of the JSON, the JSON with a place
 * for each tensor, and the tensors' floats behind it, little-endian as every machine that runs this is.
 */
function encode(value: unknown): Uint8Array {
  const tensors: Float32Array[] = []
  const json = JSON.stringify(value, (_, member: unknown) => {
    if (typeof member === 'bigint') return { $bigint: String(member) }
    if (member instanceof Float32Array) {
      tensors.push(member)
      return { $floats: member.length }
    }
    if (!isTensor(member)) return member
    tensors.push(member.data)
    return { $tensor: member.shape }
  })
  const text = Buffer.from(json)
  const padded = Math.ceil((text.length + 8) / 4) * 4
  const bytes = new Uint8Array(padded + tensors.reduce((sum, { byteLength }) => sum + byteLength, 0))
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true)
  bytes.set(text, 8)
  let at = padded
  for (const data of tensors) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at)
    at += data.byteLength
  }
  return bytes
}

function decode(bytes: Uint8Array): unknown {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true))
  let at = Math.ceil((length + 8) / 4) * 4
  return JSON.parse(Buffer.from(bytes.subarray(8, 8 + length)).toString(), (_, member: unknown) => {
    if (typeof member !== 'object' || member === null) return member
    if ('$bigint' in member) return BigInt(String(member.$bigint))
    const floats = (count: number) => new Float32Array(bytes.slice(at, (at += count * 4)).buffer)
    if ('$floats' in member) return floats(Number(member.$floats))
    if (!('$tensor' in member) || !Array.isArray(member.$tensor)) return member
    const shape = member.$tensor.map(Number)
    return float32(shape, floats(shape.reduce((product, size) => product * size, 1)))
  })
}

function isTensor(value: unknown): value is Tensor {
  return (
    typeof value === 'object' &&
    value !== null &&
    'data' in value &&
    value.data instanceof Float32Array &&
    'shape' in value
  )
}

/** The bytes are those that `encode` wrote for a value of this very type: the memo finds them by its codec's name. */
function codecOf<Value>(name: string): ValueCodec<Value> {
  return { name, encode, decode: (bytes) => decode(bytes) as Value }
}

export const tensorCodec = codecOf<Tensor>('tensor-1')
export const latentsCodec = codecOf<Latents>('latents-1')
export const conditioningCodec = codecOf<Conditioning>('conditioning-1')
export const featuresCodec = codecOf<PictureFeatures>('features-1')
export const videoCodec = codecOf<Video>('video-1')

/** Entries of the codebook, the three sizes and the codes, as 32-bit integers. */
export const tokensCodec: ValueCodec<PictureTokens> = {
  name: 'tokens-1',
  encode: ({ codes, shape, data }) => new Uint8Array(Int32Array.of(codes, ...shape, ...data).buffer),
  decode(bytes) {
    const [codes = 0, batch = 0, rows = 0, columns = 0, ...data] = new Int32Array(bytes.slice().buffer)
    return pictureTokens(Int32Array.from(data), [batch, rows, columns], codes)
  },
}
