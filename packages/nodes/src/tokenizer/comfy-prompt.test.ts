import { beforeAll, describe, expect, test } from 'vitest'
import { loadClipTokenizer, type ClipTokenizer } from './clip-tokenizer.ts'
import { comfyPieces, parseComfyPrompt } from './comfy-prompt.ts'
import { tokenizePrompt } from './prompt-chunks.ts'

const read = (prompt: string) =>
  parseComfyPrompt(prompt).map(({ text, weight }) => [text, Number(weight.toFixed(4))] as const)

describe("ComfyUI's grammar", () => {
  test.each([
    [
      'a (red) fox',
      [
        ['a ', 1],
        ['red', 1.1],
        [' fox', 1],
      ],
    ],
    // A written weight stands, whatever is around it.
    [
      '((red:4.0)) fox',
      [
        ['red', 4],
        [' fox', 1],
      ],
    ],
    [
      '(a (red:0.5) fox:1.4)',
      [
        ['a ', 1.4],
        ['red', 0.5],
        [' fox', 1.4],
      ],
    ],
    ['(((red)))', [['red', 1.331]]],
    ['[red] fox', [['[red] fox', 1]]],
    ['a red fox BREAK [a:b:0.5]', [['a red fox BREAK [a:b:0.5]', 1]]],
    // What is never closed is text, with all that follows it.
    [
      'a (red fox',
      [
        ['a ', 1],
        ['(red fox', 1],
      ],
    ],
    ['(a (red) fox', [['(a (red) fox', 1]]],
    ['a) (b)', [['a) (b)', 1]]],
    ['(:1.2)', [[':1.2', 1.1]]],
    ['(a:b)', [['a:b', 1.1]]],
    [
      '(a: 1.5 ) b',
      [
        ['a', 1.5],
        [' b', 1],
      ],
    ],
    ['(a:-1e-1)', [['a', -0.1]]],
    [
      String.raw`\(red\) (\(fox\):1.2)`,
      [
        ['(red) ', 1],
        ['(fox)', 1.2],
      ],
    ],
    ['', []],
  ] as const)('reads %s', (prompt, expected) => {
    expect(read(prompt)).toEqual(expected)
  })
})

test('embeddings end at a blank, and commas behind them are text unless a file is named so', () => {
  const pieces = (text: string, ...there: string[]) => comfyPieces(text, (name) => there.includes(name))
  expect(pieces('a fox, embedding:easy, more')).toEqual([{ text: 'a fox,' }, { embedding: 'easy' }, { text: ', more' }])
  expect(pieces('embedding:a, embedding:b', 'a,')).toEqual([{ embedding: 'a,' }, { embedding: 'b' }])
  expect(pieces('myembedding:a')).toEqual([{ text: 'myembedding:a' }])
})

describe('a prompt in that grammar', () => {
  let tokenizer: ClipTokenizer
  beforeAll(async () => {
    tokenizer = await loadClipTokenizer()
  })
  const chunksOf = (prompt: string) => tokenizePrompt(prompt, { tokenizer, grammar: 'comfyui' }).chunks

  test('goes on in another chunk after exactly 75 tokens, torn in a long stretch and whole in a short one', () => {
    const [first, second] = chunksOf(`${'cat '.repeat(74)}antidisestablishmentarianism`)
    expect(first?.tokens[75]).not.toEqual({ type: 'token', id: tokenizer.end })
    expect(second?.tokens[1]).toEqual({ type: 'token', id: tokenizer.encode('antidisestablishmentarianism')[1] })
    const whole = chunksOf(`${'cat '.repeat(74)}(antidisestablishmentarianism:1.1)`)
    expect(whole[0]?.tokens[75]).toEqual({ type: 'token', id: tokenizer.end })
  })

  test('has words where the other one has commands', () => {
    expect(chunksOf('cat BREAK cat')).toHaveLength(1)
    expect(chunksOf('cat BREAK cat')).toEqual(chunksOf('cat break cat'))
  })

  test('leaves out an embedding that is not there', () => {
    const left = tokenizePrompt('a fox, embedding:nothing', { tokenizer, grammar: 'comfyui' })
    expect(left.unknownEmbeddings).toEqual(['nothing'])
    expect(left.chunks).toEqual(chunksOf('a fox,'))
  })
})
