import { createAvatar } from '@dicebear/core'
import * as lorelei from '@dicebear/lorelei'
import { mouthByLot, mouthSvg, type Mouth } from './drawn-mouth.ts'

const hairColors = { black: '1c1a1a', brown: '6b4423', blond: 'e3bd62', red: 'b5482a', grey: 'a6a6a6' } as const
const skinColors = ['ffe0cc', 'f2c6a0', 'd9a066', 'a86b3c', '6e4424'] as const
/** Parts that a face may have, with how many of ten have them. */
const extras = {
  glasses: { words: 'glasses', often: 3 },
  beard: { words: 'a beard', often: 2 },
  earrings: { words: 'earrings', often: 3 },
  freckles: { words: 'freckles', often: 2 },
  hairAccessories: { words: 'flowers in the hair', often: 1 },
} as const
const extraNames = Object.keys(extras) as (keyof typeof extras)[]

export const faceHairs = Object.keys(hairColors) as Face['hair'][]
/** How many colours of skin there are. */
export const faceSkins = skinColors.length

/** What is told of a face. */
export interface Face {
  readonly mood: 'happy' | 'sad' | 'calm'
  readonly hair: keyof typeof hairColors
  readonly wears: readonly (keyof typeof extras)[]
}

const partNames = ['hair', 'head', 'eyes', 'eyebrows', 'nose', 'glasses', 'beard', 'earrings'] as const

/** A face with all that its drawing depends on. */
export interface DrawnFace extends Face {
  /** Which variant of each part of the style it has. */
  readonly parts: Readonly<Record<(typeof partNames)[number], string>>
  /** A place in the colours of skin, the palest first. */
  readonly skin: number
  /** One of the style's mouths, `none`, or a mouth by numbers. */
  readonly mouth: string | Mouth
}

export const faceExpressions = ['lorelei', 'drawn'] as const
export type FaceExpression = (typeof faceExpressions)[number]
export const faceViews = ['whole', 'close'] as const
export type FaceView = (typeof faceViews)[number]

/**
 * A face by lot: the same numbers make the same face.
 * @param draw gives numbers in [0, 1)
 */
export function faceByLot(draw: () => number, expression: FaceExpression): DrawnFace {
  const one = <Choice>(choices: readonly Choice[]): Choice | undefined => choices[Math.floor(draw() * choices.length)]
  const mood = draw() < 0.5 ? 'happy' : 'sad'
  const hair = one(faceHairs) ?? 'black'
  const wears = extraNames.filter((name) => draw() * 10 < extras[name].often)
  const parts = Object.fromEntries(partNames.map((part) => [part, one(choicesOf(part)) ?? ''])) as DrawnFace['parts']
  const mouth = one(choicesOf('mouth').filter((name) => name.startsWith(mood))) ?? ''
  const skin = Math.floor(draw() * skinColors.length)
  const face = { mood, hair, wears, parts, skin, mouth } as const
  return expression === 'lorelei' ? face : withMouth(face, mouthByLot(draw))
}

/** The same face with another mouth, whose mood is the mouth's. */
export function withMouth(face: DrawnFace, mouth: Mouth): DrawnFace {
  return { ...face, mouth, mood: mouth.curve > 0.5 ? 'happy' : mouth.curve < -0.5 ? 'sad' : 'calm' }
}

/** A square of the drawing, which is 980 units wide. */
export interface FaceWindow {
  readonly x: number
  readonly y: number
  readonly side: number
}

/** The close view: the face without most of its hair. */
export const closeWindow: FaceWindow = { x: 330, y: 270, side: 440 }

/** As an attribute of an SVG document. */
export const viewBoxOf = ({ x, y, side }: FaceWindow): string =>
  [x, y, side, side].map((value) => Number(value.toFixed(1))).join(' ')

/** The colour of its skin, as `#rrggbb`. */
export const skinColorOf = ({ skin }: Pick<DrawnFace, 'skin'>): string => `#${skinColors[skin] ?? skinColors[0]}`

/** The face as an SVG document in Lisa Wischofsky's style Lorelei (CC0, attributed in NOTICE). */
export function faceSvg({ hair, wears, parts, skin, mouth }: DrawnFace, view: FaceView | FaceWindow): string {
  const has = (name: keyof typeof extras): number => (wears.includes(name) ? 100 : 0)
  const hairColor = [hairColors[hair]]
  const svg = createAvatar(lorelei, {
    ...Object.fromEntries(partNames.map((part) => [part, [parts[part]]])),
    mouth: [typeof mouth === 'string' ? mouth : 'none'],
    hairColor,
    eyebrowsColor: hairColor,
    skinColor: skinColors.slice(skin, skin + 1),
    glassesProbability: has('glasses'),
    beardProbability: has('beard'),
    earringsProbability: has('earrings'),
    frecklesProbability: has('freckles'),
    hairAccessoriesProbability: has('hairAccessories'),
    hairAccessoriesColor: ['c2185b'],
  } as Parameters<typeof createAvatar<lorelei.Options>>[1]).toString()
  const withOurs =
    typeof mouth === 'string' ? svg : svg.replace(/<\/svg>\s*$/, `${mouthSvg(mouth, skinColorOf({ skin }))}</svg>`)
  if (view === 'whole') return withOurs
  return withOurs.replace(/viewBox="[^"]*"/, `viewBox="${viewBoxOf(view === 'close' ? closeWindow : view)}"`)
}

/** The variants that the style has of a part. */
function choicesOf(part: string): readonly string[] {
  const declared = lorelei.schema.properties?.[part]
  const items = typeof declared === 'object' && typeof declared.items === 'object' ? declared.items : {}
  return 'enum' in items && Array.isArray(items.enum) ? items.enum.map(String) : []
}

const moodWords = { happy: 'smiling', sad: 'frowning', calm: 'calm' } as const

/** Sentences for a face; the first tells all, the others less. */
export function faceCaptionsOf({ mood, hair, wears }: Face): readonly string[] {
  const parts = [`${hair} hair`, ...wears.map((name) => extras[name].words)]
  const all = parts.length > 1 ? `${parts.slice(0, -1).join(', ')} and ${parts.at(-1) ?? ''}` : (parts[0] ?? '')
  return [
    `a ${mood} face with ${all}`,
    `a ${mood} face`,
    `a ${moodWords[mood]} face with ${hair} hair`,
    `a drawing of a face with ${all}, line style`,
  ]
}
