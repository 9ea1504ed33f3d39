import { imageFrom, sizeOfImage, type ImageTensor, type MaskTensor } from './image.ts'
import { sizedLike } from './filter.ts'

type Colour = readonly [number, number, number]
type Matrix = readonly [Colour, Colour, Colour]

/** RGB to the cones' responses, and back (Reinhard et al. 2001, eq. 4 and 9). */
const toCones: Matrix = [
  [0.3811, 0.5783, 0.0402],
  [0.1967, 0.7244, 0.0782],
  [0.0241, 0.1288, 0.8444],
]
const fromCones: Matrix = [
  [4.4679, -3.5873, 0.1193],
  [-1.2186, 2.3809, -0.1624],
  [0.0497, -0.2439, 1.2045],
]
/** Logarithms of the cones to lightness, yellow–blue and red–green (eq. 6). */
const [root2, root3, root6] = [Math.SQRT1_2, 1 / Math.sqrt(3), 1 / Math.sqrt(6)]
const toOpponents: Matrix = [
  [root3, root3, root3],
  [root6, root6, -2 * root6],
  [root2, -root2, 0],
]
const transposed: Matrix = [
  [root3, root6, root2],
  [root3, root6, -root2],
  [root3, -2 * root6, 0],
]
/** Black has no logarithm. */
const darkest = 1 / 1024

const times = (matrix: Matrix, [x, y, z]: Colour): Colour => {
  const row = ([a, b, c]: Colour): number => a * x + b * y + c * z
  return [row(matrix[0]), row(matrix[1]), row(matrix[2])]
}
const each = (colour: Colour, change: (value: number) => number): Colour => [
  change(colour[0]),
  change(colour[1]),
  change(colour[2]),
]
const opponentsOf = (rgb: Colour): Colour =>
  times(
    toOpponents,
    each(times(toCones, rgb), (cone) => Math.log10(Math.max(darkest, cone))),
  )
const rgbOf = (opponents: Colour): Colour =>
  times(
    fromCones,
    each(times(transposed, opponents), (cone) => 10 ** cone),
  )

/**
 * A picture with the colours of another: in each of three decorrelated channels it gets the mean and the spread of the
 * other's (Reinhard et al. 2001, "Color Transfer between Images"). What `excluded` covers is not counted in either.
 */
export function withColorsOf(
  target: ImageTensor,
  reference: ImageTensor,
  { excluded, strength }: { readonly excluded?: MaskTensor; readonly strength: number },
): ImageTensor {
  const own = statisticsOf(target, excluded)
  const wanted = statisticsOf(reference, excluded)
  const size = sizeOfImage(target)
  const { width, height, channels } = size
  let pixel = -1
  let changed: Colour = [0, 0, 0]
  return imageFrom(size, (k, y, x, c) => {
    const index = (k * height + y) * width + x
    const at = index * channels
    const value = target.data[at + c]
    if (c > 2) return value
    if (index !== pixel) {
      pixel = index
      const colour = opponentsOf([target.data[at], target.data[at + 1], target.data[at + 2]])
      const moved = ([0, 1, 2] as const).map((channel) => {
        const scale = own.spread[channel] < 1e-6 ? 1 : wanted.spread[channel] / own.spread[channel]
        return (colour[channel] - own.mean[channel]) * scale + wanted.mean[channel]
      })
      changed = rgbOf([moved[0], moved[1], moved[2]])
    }
    const mixed = value + strength * ((changed[c] ?? value) - value)
    return Math.min(1, Math.max(0, mixed))
  })
}

function statisticsOf(image: ImageTensor, excluded?: MaskTensor): { readonly mean: Colour; readonly spread: Colour } {
  const { batch, width, height, channels } = sizeOfImage(image)
  const cover = excluded && sizedLike(excluded, { width, height })
  const covered = cover ? cover.data.length : 1
  const [sums, squares] = [
    [0, 0, 0],
    [0, 0, 0],
  ]
  let weight = 0
  for (let pixel = 0; pixel < batch * width * height; pixel++) {
    const share = cover ? 1 - cover.data[pixel % covered] : 1
    if (share <= 0) continue
    const at = pixel * channels
    const colour = opponentsOf([image.data[at], image.data[at + 1], image.data[at + 2]])
    weight += share
    for (const [channel, value] of colour.entries()) {
      sums[channel] = sums[channel] + share * value
      squares[channel] = squares[channel] + share * value * value
    }
  }
  const of = (channel: number): readonly [mean: number, spread: number] => {
    const mean = weight === 0 ? 0 : sums[channel] / weight
    return [mean, Math.sqrt(Math.max(0, (weight === 0 ? 0 : squares[channel] / weight) - mean * mean))]
  }
  const [a, b, c] = [of(0), of(1), of(2)]
  return { mean: [a[0], b[0], c[0]], spread: [a[1], b[1], c[1]] }
}
