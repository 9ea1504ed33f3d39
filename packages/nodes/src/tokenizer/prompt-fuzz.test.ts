import { beforeAll, describe, expect, test } from 'vitest'
import { loadClipTokenizer, type ClipTokenizer } from './clip-tokenizer.ts'
import { tokenizePrompt } from './prompt-chunks.ts'
import { parsePromptSchedule } from './prompt-schedule.ts'
import { parsePromptWeights } from './prompt-weights.ts'

const seed = Number(process.env['PATCHBAY_FUZZ_SEED'] ?? 20_261_123)
const rounds = 2000

/** Mulberry32 by Tommy Ettinger. */
function generator(state: number) {
  return (below: number): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

/** What prompts are made of, and what breaks them: signs of the grammar, halves of numbers, halves of characters. */
const pieces = [
  ...[
    '(',
    ')',
    '[',
    ']',
    ':',
    '|',
    '\\',
    ',',
    ' ',
    '\n',
    'BREAK',
    ' BREAK ',
    'embedding:',
    'embedding:cat',
    ':1.2)',
    ':-.5)',
  ],
  ...[
    ':0.5]',
    '::3]',
    ':.',
    ':1e9)',
    '0',
    '12',
    '.',
    '-',
    'cat',
    'dög',
    '猫',
    '🦊',
    '\ud83e',
    '\udd8a',
    '\0',
    '\u200d',
    'ſ',
    "'s",
  ],
]
function randomPrompt(draw: (below: number) => number): string {
  return Array.from({ length: draw(24) }, () => pieces[draw(pieces.length)]).join('')
}

/** Prompts with the number by which to find them again. */
function* prompts(): Generator<string> {
  const draw = generator(seed)
  for (let round = 0; round < rounds; round++) yield randomPrompt(draw)
}

const escaped = (text: string): string => text.replace(/[\\()[\]]/g, '\\$&')

describe(`any prompt (seed ${seed})`, () => {
  let tokenizer: ClipTokenizer
  beforeAll(async () => {
    tokenizer = await loadClipTokenizer()
  })

  test('has finite weights, and neighbours that differ', () => {
    for (const prompt of prompts()) {
      const stretches = parsePromptWeights(prompt)
      for (const [i, { text, weight }] of stretches.entries()) {
        if (text === '' || !Number.isFinite(weight) || stretches[i + 1]?.weight === weight) expect.fail(prompt)
      }
    }
  })

  test('means itself once its brackets are escaped', () => {
    for (const prompt of prompts()) {
      const expected = prompt === '' ? [] : [{ text: prompt, weight: 1 }]
      expect(parsePromptWeights(escaped(prompt)), prompt).toEqual(expected)
      expect(parsePromptSchedule(escaped(prompt), 7), prompt).toEqual([{ start: 0, end: 1, prompt: escaped(prompt) }])
    }
  })

  test('is scheduled over all steps without a gap, and stays as it is where nothing changes', () => {
    const draw = generator(seed + 1)
    for (const prompt of prompts()) {
      const segments = parsePromptSchedule(prompt, 1 + draw(30))
      expect([segments[0]?.start, segments.at(-1)?.end], prompt).toEqual([0, 1])
      for (const [i, segment] of segments.slice(1).entries()) {
        expect(segment.start, prompt).toBe(segments[i]?.end)
        expect(segment.prompt, prompt).not.toBe(segments[i]?.prompt)
      }
      if (!/\[.*[:|].*\]/s.test(prompt)) expect(segments, prompt).toEqual([{ start: 0, end: 1, prompt }])
    }
  })

  test('fills whole chunks of known tokens', () => {
    const vectorsOf = (name: string) => (name === 'cat' ? 3 : undefined)
    for (const prompt of prompts()) {
      const { chunks } = tokenizePrompt(prompt, { tokenizer, vectorsOf })
      expect(chunks.length, prompt).toBeGreaterThan(0)
      for (const { tokens, weights } of chunks) {
        const isWhole = tokens.length === 77 && weights.length === 77 && weights.every(Number.isFinite)
        const areKnown = tokens.every((token) => token.type === 'embedding' || (token.id >= 0 && token.id < 49_408))
        if (!isWhole || !areKnown || tokens.at(0)?.type !== 'token') expect.fail(prompt)
      }
    }
  })
})

describe('a prompt that is made to do harm', () => {
  const many = 20_000

  test.each(['(', '[', '[a:', '([', '(a[b|', ')', ']', '\\', ':', ':1', '[a:b:0.5]'])(
    'is read: %j many times over',
    (piece) => {
      const prompt = piece.repeat(many)
      expect(parsePromptSchedule(prompt, 3).length).toBeGreaterThan(0)
      const weigh = () => parsePromptWeights(`${prompt}x`)
      if (piece === '(') expect(weigh).toThrow('beyond any number: use fewer brackets')
      else expect(weigh().length).toBeGreaterThan(0)
    },
  )

  test('may hold a very long number', () => {
    expect(parsePromptWeights(`(a:${'1'.repeat(many)}`)).toMatchObject([{ weight: 1.1 }])
    expect(() => parsePromptWeights(`(a:${'1'.repeat(400)})`)).toThrow('weighs "a" beyond any number')
    expect(parsePromptSchedule(`[a:b:${'1'.repeat(many)}x]`, 3)).toHaveLength(1)
  })
})
