import { expect, test } from 'vitest'
import { rasterizeSvg } from '../image/rasterize-svg.ts'
import { uniformSource } from '../random/uniform-source.ts'
import { mouthByLot, mouthPlace, mouthSvg, type Mouth } from './drawn-mouth.ts'
import { faceByLot, faceSvg, withMouth } from './face-drawing.ts'

const closed: Mouth = { curve: 0, openness: 0, width: 0.5, roundness: 0 }

/** A mouth alone, 220 units wide and high around its place. */
async function drawn(mouth: Partial<Mouth>): Promise<Uint8Array> {
  const { x, y } = mouthPlace
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${x - 110} ${y - 110} 220 220" width="110" height="110">${mouthSvg({ ...closed, ...mouth }, '#fff')}</svg>`
  return (await rasterizeSvg(svg, 110)).pixels
}

/** The mean row of dark pixels in a column, counted from the middle downwards. */
function darkRow(pixels: Uint8Array, column: number): number {
  let [sum, count] = [0, 0]
  for (let row = 0; row < 110; row++) {
    const at = (row * 110 + column) * 4
    if ((pixels[at + 3] ?? 0) > 128 && (pixels[at + 1] ?? 255) < 100) [sum, count] = [sum + row - 55, count + 1]
  }
  return count === 0 ? Number.NaN : sum / count
}

const dark = (pixels: Uint8Array): number =>
  pixels.filter((value, i) => i % 4 === 1 && value < 100 && (pixels[i + 2] ?? 0) > 128).length

test('a smile hangs in the middle, a frown stands up there, and a straight mouth does neither', async () => {
  expect(darkRow(await drawn({ curve: 1 }), 55)).toBeGreaterThan(8)
  expect(Math.abs(darkRow(await drawn({ curve: 0 }), 55))).toBeLessThan(1)
  expect(darkRow(await drawn({ curve: -1 }), 55)).toBeLessThan(-8)
})

test('an open mouth is darker than a closed one, and a wide one than a narrow one', async () => {
  const [shut, open] = [dark(await drawn({})), dark(await drawn({ openness: 0.8 }))]
  expect(open).toBeGreaterThan(3 * shut)
  expect(dark(await drawn({ width: 1 }))).toBeGreaterThan(1.5 * dark(await drawn({ width: 0 })))
})

test('a number out of its range is refused by name', () => {
  expect(() => mouthSvg({ ...closed, curve: 1.2 }, '#fff')).toThrow(
    'The curve of a mouth lies from -1 to 1, but got 1.2.',
  )
  expect(() => mouthSvg({ ...closed, openness: Number.NaN }, '#fff')).toThrow('The openness of a mouth')
})

test('mouths by lot stay in their ranges, and most are closed', () => {
  const draw = uniformSource(4)
  const mouths = Array.from({ length: 400 }, () => mouthByLot(draw))
  for (const mouth of mouths) expect(() => mouthSvg(mouth, '#fff')).not.toThrow()
  const shut = mouths.filter(({ openness }) => openness === 0).length
  expect(shut / 400).toBeGreaterThan(0.5)
  expect(shut / 400).toBeLessThan(0.7)
})

test('the same face with another mouth differs nowhere but around the mouth', async () => {
  const face = faceByLot(uniformSource(9), 'drawn')
  const pictures = await Promise.all(
    [-1, 1].map(
      async (curve) => (await rasterizeSvg(faceSvg(withMouth(face, { ...closed, curve }), 'close'), 64)).pixels,
    ),
  )
  const places = Array.from({ length: 64 * 64 }, (_, i) => i).filter((i) =>
    [0, 1, 2, 3].some((c) => pictures[0]?.[i * 4 + c] !== pictures[1]?.[i * 4 + c]),
  )
  expect(places.length).toBeGreaterThan(20)
  for (const place of places) {
    expect(Math.abs((place % 64) - 38)).toBeLessThan(14)
    expect(Math.abs(Math.floor(place / 64) - 51)).toBeLessThan(10)
  }
})
