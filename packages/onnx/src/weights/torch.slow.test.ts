import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { refusal } from '../testing/refusal.ts'
import { hasThirdPartyModel, thirdPartyModel } from '../testing/third-party-models.ts'
import { openTorch, parseTorch } from './torch.ts'
import { unpickle } from './unpickle.ts'
import { readWeight, readWeightAsFloat32, requireWeight } from './weight-source.ts'

const fixture = (name: string): string => resolve(import.meta.dirname, '../../fixtures', name)
const taef2 = 'taef2/taef2_decoder.pth'

describe('a checkpoint of torch.save', () => {
  const source = openTorch(fixture('checkpoint.pth'))
  const numbers = (name: string): number[] => [...readWeightAsFloat32(source, name)]

  test('gives the state dict, not the counters beside it', () => {
    expect(source.names).toEqual([
      'linear.weight',
      'linear.transposed',
      'half',
      'brain',
      'parameter',
      'window',
      'steps',
      'eight',
    ])
  })

  test('gives every type of float and integer as stored', () => {
    expect(source.names.map((name) => requireWeight(source, name).dtype)).toEqual([
      ...['float32', 'float32', 'float16', 'bfloat16', 'float32', 'int64', 'int64', 'float8e4m3fn'],
    ])
    expect(['half', 'brain', 'eight', 'parameter'].map(numbers)).toEqual([
      [1, -2.5],
      [1, -2.5],
      [1, -448],
      [4, 5],
    ])
    expect(readWeight(source, 'steps')).toEqual({ dtype: 'int64', shape: [], data: BigInt64Array.of(1000n) })
  })

  test('points at a contiguous tensor where it lies in the file', () => {
    const { place } = requireWeight(source, 'linear.weight')
    if (place.type !== 'file') throw new Error('expected a file range')
    const bytes = readFileSync(place.path).subarray(place.offset, place.offset + place.length)
    expect([...new Float32Array(Uint8Array.from(bytes).buffer)]).toEqual([0, 1, 2, 3, 4, 5])
  })

  test('makes transposed and strided tensors contiguous', () => {
    expect(requireWeight(source, 'linear.transposed').shape).toEqual([3, 2])
    expect(numbers('linear.transposed')).toEqual([0, 3, 1, 4, 2, 5])
    expect(numbers('window')).toEqual([3, 5, 7])
  })

  test('joins the names of nested containers with dots', () => {
    expect(openTorch(fixture('nested.pth')).names).toEqual(['layers.0.w', 'layers.1.w'])
  })

  test('gives what a container of parameters holds, as textual inversions of 2022 have it', () => {
    const inversion = openTorch(fixture('parameter-dict.pth'))
    expect(inversion.names).toEqual(['string_to_param.*'])
    expect([...readWeightAsFloat32(inversion, 'string_to_param.*')]).toEqual([1, 2, 3, 4])
  })

  test.skipIf(!hasThirdPartyModel(taef2))('of TAEF2 opens (needs ../shared/models)', () => {
    const decoder = openTorch(thirdPartyModel(taef2))
    expect(requireWeight(decoder, '1.weight')).toMatchObject({ dtype: 'float16', shape: [64, 32, 3, 3] })
    expect(readWeightAsFloat32(decoder, '1.weight')[0]).toBe(-0.003170013427734375)
  })
})

describe('a checkpoint of before torch 1.6', () => {
  const source = openTorch(fixture('before-1.6.pth'))
  const numbers = (name: string): number[] => [...readWeightAsFloat32(source, name)]

  test('gives its weights, those that share a storage or lie in it the other way round too', () => {
    expect(source.names).toEqual(['linear.weight', 'linear.transposed', 'row', 'half', 'shared'])
    expect(numbers('linear.weight')).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
    expect(numbers('linear.transposed')).toEqual([0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11])
    expect([numbers('row'), numbers('half')]).toEqual([
      [4, 5, 6, 7],
      [1, -2.5],
    ])
    expect(requireWeight(source, 'shared').place).toEqual(requireWeight(source, 'linear.weight').place)
  })

  test('cut short, or a pickle of something else, is refused', () => {
    const whole = new Uint8Array(readFileSync(fixture('before-1.6.pth')))
    expect(refusal(() => parseTorch(whole.subarray(0, whole.length - 3), 'a.pth'))).toMatch(/^truncated: a\.pth/)
    expect(refusal(() => parseTorch(Uint8Array.of(0x80, 2, 0x4b, 1, 0x2e), 'a.pkl'))).toMatch(
      /^unsupported: a\.pkl is a Python pickle, but none that torch\.save wrote/,
    )
  })

  test('may ask for no more than any other', () => {
    const bytes = new Uint8Array(readFileSync(fixture('before-1.6.pth')))
    const text = Buffer.from(bytes)
      .toString('latin1')
      .replace('ctorch._utils\n_rebuild_tensor_v2', 'cposix.ssystems\nxxxxxxxxxxxxxxxxxxx')
    expect(refusal(() => parseTorch(Uint8Array.from(Buffer.from(text, 'latin1'))))).toMatch(/^refused: .*asks to call/)
  })
})

describe('a hostile checkpoint', () => {
  test('that asks to run a command is refused by the name of what it asks for, and nothing runs', () => {
    expect(refusal(() => openTorch(fixture('asks-for-more.pth')))).toMatch(/^refused: .*asks to call posix\.system/)
    expect(existsSync('/tmp/patchbay-was-here')).toBe(false)
  })

  test('cut short is refused', () => {
    const whole = new Uint8Array(readFileSync(fixture('checkpoint.pth')))
    expect(refusal(() => parseTorch(whole.subarray(0, whole.length - 100)))).toMatch(/^malformed: .*cut short/)
  })

  test.each([
    ['checkpoint.pth', 3000],
    ['before-1.6.pth', 2000],
  ])('of %s with any bytes changed gives a WeightError or a source, never another error (seed 11)', (name, numRuns) => {
    const valid = new Uint8Array(readFileSync(fixture(name)))
    const edits = fc.array(fc.tuple(fc.nat(valid.length - 1), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 6,
    })
    fc.assert(
      fc.property(edits, (changes) => {
        const bytes = valid.slice()
        for (const [at, value] of changes) bytes[at] = value
        refusal(() => {
          const source = parseTorch(bytes)
          for (const each of source.names) readWeightAsFloat32(source, each)
        })
      }),
      { seed: 11, numRuns },
    )
  })
})

describe('the unpickler', () => {
  const rules = { title: 'evil.pth', make: (callable: string) => callable, load: () => null }
  const pickle = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0))

  test.each([
    ['INST, which calls by name', 'iposix\nsystem\n.', 'refused: .*opcode 0x69'],
    ['OBJ, which calls from the stack', '(cposix\nsystem\no.', 'refused: .*opcode 0x6f'],
    ['EXT1, which looks up a registry', '\x82\x01.', 'refused: .*opcode 0x82'],
    ['an empty file', '', 'malformed: .*ends at byte 0'],
    ['a string longer than the file', 'X\xff\xff\xff\x7fa.', 'malformed: .*ends at byte'],
    ['a stack that is empty', 'R.', 'malformed: .*value is missing'],
    ['a memo that was never kept', 'h\x05.', 'malformed: .*never kept'],
    ['a call of a number', 'K\x01)R.', 'malformed: .*calls what is no function'],
    ['a key set on a number', 'K\x01K\x02K\x03s.', 'malformed: .*no dictionary'],
  ])('refuses %s', (_, text, expected) => {
    expect(refusal(() => unpickle(pickle(text), rules))).toMatch(new RegExp(`^${expected}`))
  })

  test('reads plain values', () => {
    expect(
      unpickle(
        pickle('\x80\x02}(X\x01\x00\x00\x00aK\x05X\x01\x00\x00\x00b](N\x88G\x3f\xf8\x00\x00\x00\x00\x00\x00eu.'),
        rules,
      ),
    ).toEqual(
      new Map<unknown, unknown>([
        ['a', 5],
        ['b', [null, true, 1.5]],
      ]),
    )
    expect(unpickle(pickle('\x8a\x02\xff\xff.'), rules)).toBe(-1)
    expect(unpickle(pickle('cmodule\nname\n(K\x01tR.'), rules)).toBe('module.name')
  })
})
