import { createDefineNode } from '@patchbay/engine'
import type { Services } from './services.ts'

/** Declares a node of this package: what it may ask of its host is `Services`. */
export const defineNode = createDefineNode<Services>()
