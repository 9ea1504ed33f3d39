import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { TorchCpuGenerator } from './torch-cpu.ts'

interface Recorded {
  sequences: { seed: string; draws: { kind: 'rand' | 'randn'; size: number; bits: string }[] }[]
  latents: { seed: string; shape: number[]; sumOfWords: string }[]
}

const vectors = new URL('../../../../tests/reference/vectors/torch-noise.json', import.meta.url)
const recorded: Recorded = JSON.parse(readFileSync(vectors, 'utf8'))
const hex = (data: Float32Array) => Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex')

describe('the counterpart of PyTorch’s CPU generator', () => {
  test.each(recorded.sequences)('draws what PyTorch drew from seed $seed, bit for bit', ({ seed, draws }) => {
    const generator = new TorchCpuGenerator(seed)
    for (const { kind, size, bits } of draws) expect(hex(generator[kind]([size]).data), `${kind}(${size})`).toBe(bits)
  })

  test.each(recorded.latents)('makes the latents of seed $seed that people know', ({ seed, shape, sumOfWords }) => {
    const { data } = new TorchCpuGenerator(seed).randn(shape)
    let sum = 0n
    for (const word of new Uint32Array(data.buffer)) sum += BigInt(word)
    expect(String(sum)).toBe(sumOfWords)
  })
})
