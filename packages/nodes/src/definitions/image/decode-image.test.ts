import { expect, test } from 'vitest'
import { encodeImage } from '../../image/codec.ts'
import { imageFrom } from '../../image/image.ts'
import { runNode } from '../../testing/run-node.ts'
import { decodeImageNode } from './decode-image.ts'

const picture = imageFrom({ batch: 1, height: 2, width: 3, channels: 4 }, (_k, y, x, c) =>
  c === 3 ? 0.2 : (y + x) / 5,
)

test('a picture comes out of base64 as it went in, its mask where it is transparent, with or without a data: address', async () => {
  const base64 = (await encodeImage(picture, 0, { format: 'png' })).toString('base64')
  const { image, mask } = (await runNode(decodeImageNode, { data: base64 })).outputs as Record<
    string,
    { data: number[]; shape: number[] }
  >
  expect(image!.shape).toEqual([1, 2, 3, 3])
  expect([...image!.data].slice(0, 6).map((value) => Math.round(value * 5))).toEqual([0, 0, 0, 1, 1, 1])
  expect(mask!.data[0]).toBeCloseTo(0.8, 5)
  const broken = `data:image/png;base64,${base64.slice(0, 20)}\n${base64.slice(20)}`
  expect((await runNode(decodeImageNode, { data: broken })).outputs['image']).toEqual(image)
})

test.each([
  ['', 'There is no picture in the text'],
  ['data:image/png;base64,', 'There is no picture in the text'],
  ['a?b', 'holds "?" at character 2'],
  ['aGVsbG8=', 'The file is no picture'],
])('%j is refused in a sentence', async (data, message) => {
  await expect(runNode(decodeImageNode, { data })).rejects.toThrow(message)
})
