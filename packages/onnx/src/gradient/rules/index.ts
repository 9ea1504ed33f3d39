import type { GradientRule } from '../rule.ts'
import { convolutionRules } from './convolution.ts'
import { elementwiseRules } from './elementwise.ts'
import { indexingRules } from './indexing.ts'
import { matrixRules } from './matrix.ts'
import { normalizationRules } from './normalization.ts'
import { reductionRules } from './reduction.ts'
import { shapeRules } from './shape.ts'

/** The gradient rule of each operator, by type; those of other domains than ONNX's by `domain.type`. */
export const rules: ReadonlyMap<string, GradientRule> = new Map(
  Object.entries({
    ...elementwiseRules,
    ...matrixRules,
    ...convolutionRules,
    ...reductionRules,
    ...shapeRules,
    ...indexingRules,
    ...normalizationRules,
  }),
)
