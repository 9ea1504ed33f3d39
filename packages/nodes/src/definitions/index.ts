import type { AnyNodeDefinition } from '@patchbay/engine'
import * as audio from './audio/index.ts'
import * as captions from './captions/index.ts'
import * as conditioning from './conditioning/index.ts'
import * as data from './data/index.ts'
import * as flows from './flows/index.ts'
import * as image from './image/index.ts'
import * as latents from './latents/index.ts'
import * as latentArithmetic from './latent-arithmetic/index.ts'
import * as likelihood from './likelihood/index.ts'
import * as list from './list/index.ts'
import * as loaders from './loaders/index.ts'
import * as logic from './logic/index.ts'
import * as mask from './mask/index.ts'
import * as loops from './loops/index.ts'
import * as maths from './maths/index.ts'
import * as merging from './merging/index.ts'
import * as output from './output/index.ts'
import * as primitive from './primitive/index.ts'
import * as sampling from './sampling/index.ts'
import * as scores from './scores/index.ts'
import * as sigmas from './sigmas/index.ts'
import * as style from './style/index.ts'
import * as text from './text/index.ts'
import * as tokens from './tokens/index.ts'
import * as training from './training/index.ts'
import * as video from './video/index.ts'

/** The categories in the order in which the editor lists them. Each exports its nodes, and nothing else. */
const categories: readonly Readonly<Record<string, AnyNodeDefinition>>[] = [
  loaders,
  merging,
  conditioning,
  latents,
  flows,
  latentArithmetic,
  sampling,
  sigmas,
  image,
  mask,
  audio,
  style,
  video,
  primitive,
  maths,
  logic,
  list,
  loops,
  text,
  tokens,
  scores,
  captions,
  likelihood,
  output,
  data,
  training,
]

/** Every node of this package; within a category in the order of their names, which bundlers may list otherwise. */
export const nodeDefinitions: readonly AnyNodeDefinition[] = categories.flatMap((nodes) =>
  Object.entries(nodes)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, node]) => node),
)
