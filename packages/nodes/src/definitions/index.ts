import type { AnyNodeDefinition } from '@patchbay/engine'
import { conditioningNodes } from './conditioning/index.ts'
import { dataNodes } from './data/index.ts'
import { imageNodes } from './image/index.ts'
import { latentNodes } from './latents/index.ts'
import { listNodes } from './list/index.ts'
import { loaderNodes } from './loaders/index.ts'
import { logicNodes } from './logic/index.ts'
import { maskNodes } from './mask/index.ts'
import { mergingNodes } from './merging/index.ts'
import { mathsNodes } from './maths/index.ts'
import { outputNodes } from './output/index.ts'
import { primitiveNodes } from './primitive/index.ts'
import { samplingNodes } from './sampling/index.ts'
import { scoreNodes } from './scores/index.ts'
import { textNodes } from './text/index.ts'
import { trainingNodes } from './training/index.ts'

/** Every node of this package, by category in the order in which the editor lists them. */
export const nodeDefinitions: readonly AnyNodeDefinition[] = [
  ...loaderNodes,
  ...mergingNodes,
  ...conditioningNodes,
  ...latentNodes,
  ...samplingNodes,
  ...imageNodes,
  ...maskNodes,
  ...primitiveNodes,
  ...mathsNodes,
  ...logicNodes,
  ...listNodes,
  ...textNodes,
  ...scoreNodes,
  ...outputNodes,
  ...dataNodes,
  ...trainingNodes,
]
