import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { fromFloat32 } from '../tensor/float-bits.ts'
import { parseGguf } from './gguf.ts'
import { readWeightAsFloat32 } from './weight-source.ts'

interface Recorded {
  readonly file: string
  readonly shape: readonly number[]
  readonly halves: string
}

/** Recorded by tests/reference/gguf_blocks.py with the package `gguf`. */
const recorded = JSON.parse(
  readFileSync(resolve(import.meta.dirname, '../../../../tests/reference/vectors/gguf-blocks.json'), 'utf8'),
) as Readonly<Record<string, Recorded>>
const fileOf = (kind: string): Uint8Array => new Uint8Array(Buffer.from(recorded[kind]?.file ?? '', 'base64'))

describe('GGUF', () => {
  test.each(Object.keys(recorded))('%s is decoded bit for bit as the package gguf does, rounded to float16', (kind) => {
    const { shape, halves } = recorded[kind]!
    const source = parseGguf(fileOf(kind), 'tiny.gguf')
    expect(source.names).toEqual(['matrix', 'kernel'])
    expect([source.get('matrix')?.shape, source.get('kernel')?.shape]).toEqual([shape, [1, ...shape]])
    const values = fromFloat32(readWeightAsFloat32(source, 'matrix'), 'float16')
    expect(Buffer.from(values).toString('base64')).toBe(halves)
  })

  test('the texts of its header are its metadata', () => {
    const { metadata } = parseGguf(fileOf('Q4_K'))
    expect(metadata).toMatchObject({ 'general.architecture': 'flux', 'general.name': 'tiny' })
  })

  test('a file that is cut short says where, within its header and behind it', () => {
    const whole = fileOf('Q8_0')
    expect(() => parseGguf(whole.subarray(0, 40), 'cut.gguf')).toThrow(
      'cut.gguf ends within its header, at byte 40. It may still be downloading',
    )
    expect(() => parseGguf(whole.subarray(0, whole.length - 40), 'cut.gguf')).toThrow(
      /its weight "kernel" lies up to byte/,
    )
  })

  test('a kind that is not read is named, with what to take instead', () => {
    const file = fileOf('Q8_0').slice()
    const at = Buffer.from(file).indexOf('matrix') + 'matrix'.length + 4 + 2 * 8
    new DataView(file.buffer).setUint32(at, 40, true)
    expect(() => parseGguf(file, 'new.gguf')).toThrow(
      'new.gguf: weight "matrix" is packed as NVFP4, which is not read; choose a file of Q8_0',
    )
  })
})
