import { expect, test } from 'vitest'
import { attentionFlops, videoAttention } from '../../maths/attention-pairs.ts'
import { runNode } from '../../testing/run-node.ts'
import { attentionCost } from './attention-cost.ts'

test('a minute at 24 frames of 64 × 64 patches costs what it costs, to the last pair', async () => {
  const { outputs, shown } = await runNode(attentionCost)
  expect(outputs).toMatchObject({
    full: 34_789_235_097_600,
    spatial: 24_159_191_040,
    temporal: 8_493_465_600,
    image: { shape: [1, 284, 640, 3] },
  })
  expect(outputs['table']).toContain('| all with all | 34,789,235,097,600 | 142,496,706,959,769,600 |')
  expect(shown).toMatchObject({ frames: 1440, 'along time': '8,493,465,600' })
})

test('rounded to six million patches, all with all is 36 million millions', () => {
  expect(videoAttention({ frames: 1, across: 6_000_000, down: 1 }).full).toBe(36n * 10n ** 12n)
})

test('a short clip of the bundled checkpoint is far below all with all', () => {
  expect(videoAttention({ frames: 16, across: 8, down: 8 })).toEqual({
    full: 1_048_576n,
    spatial: 65_536n,
    temporal: 16_384n,
  })
  expect(attentionFlops(65_536n, 192, 5)).toBe(251_658_240n)
})

test('what a number cannot hold to the last digit is refused, not rounded', async () => {
  await expect(runNode(attentionCost, { seconds: 3600, across: 128 })).rejects.toThrow('more than a number holds')
})
