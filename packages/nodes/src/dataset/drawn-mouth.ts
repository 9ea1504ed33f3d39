/** A mouth by numbers, so that what a picture shows of it is known exactly. */
export interface Mouth {
  /** How far it smiles: -1 frowns, 0 is straight, 1 smiles. */
  readonly curve: number
  /** How far the lips stand apart: 0 is closed, 1 wide open. */
  readonly openness: number
  /** From 0, the narrowest, to 1, the widest. */
  readonly width: number
  /** From 0, lips that meet in corners, to 1, a ring as for "oh". */
  readonly roundness: number
}

/** Where the middle of a mouth lies in a Lorelei drawing, which is 980 units wide. */
export const mouthPlace = { x: 592, y: 622 } as const

/** In units of the drawing. */
const halfWidths = { narrowest: 34, widest: 74 } as const
const bend = 24
const opening = 84
const lineWidth = 11
/** How wide the skin is that shows round the lips where there is a beard. */
const shavedWidth = 34

/**
 * The mouth as SVG in the units of a Lorelei drawing. Throws a RangeError for a number out of its range.
 * @param skin the colour around the lips, which keeps a mouth apart from a black beard
 */
export function mouthSvg(mouth: Mouth, skin: string): string {
  checkMouth(mouth)
  const { curve, openness, width, roundness } = mouth
  const side = (halfWidths.narrowest + (halfWidths.widest - halfWidths.narrowest) * width) * (1 - 0.45 * roundness)
  const corner = -bend * curve
  const middle = bend * curve
  const upper = middle - 0.35 * opening * openness
  const lower = middle + 0.65 * opening * openness
  // Handles a third of the way out make a parabola, at the very side an ellipse.
  const handle = side * (1 / 3 + (2 / 3) * roundness)
  // The height of both handles that brings the middle of a cubic curve to `height`.
  const handleFor = (height: number): number => (4 * height - corner) / 3
  const { x, y } = mouthPlace
  const point = (dx: number, dy: number): string => `${(x + dx).toFixed(2)} ${(y + dy).toFixed(2)}`
  const lip = (height: number, from: 1 | -1): string =>
    `C${point(from * handle, handleFor(height))} ${point(-from * handle, handleFor(height))} ${point(-from * side, corner)}`
  const path = `M${point(-side, corner)}${lip(upper, -1)}${lip(lower, 1)}Z`
  const drawn = (fill: string, stroke: string, width: number): string =>
    `<path d="${path}" fill="${fill}" stroke="${stroke}" stroke-width="${width}" stroke-linejoin="round"/>`
  return drawn(skin, skin, shavedWidth) + drawn('#7a1f2b', '#000', lineWidth)
}

const ranges = { curve: [-1, 1], openness: [0, 1], width: [0, 1], roundness: [0, 1] } as const

function checkMouth(mouth: Mouth): void {
  for (const [name, [least, most]] of Object.entries(ranges)) {
    const value = mouth[name as keyof Mouth]
    if (!(value >= least && value <= most))
      throw new RangeError(`The ${name} of a mouth lies from ${least} to ${most}, but got ${value}.`)
  }
}

/** A mouth by lot, closed in six of ten; `draw` gives numbers in [0, 1), of which it takes five. */
export function mouthByLot(draw: () => number): Mouth {
  const curve = 2 * draw() - 1
  const isOpen = draw() >= 0.6
  const openness = 0.7 * draw()
  return {
    curve,
    openness: isOpen ? openness : 0,
    width: 0.2 + 0.6 * draw(),
    roundness: Math.max(0, draw() - 0.6),
  }
}
