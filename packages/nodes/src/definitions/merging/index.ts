import { addModelDifference } from './add-model-difference.ts'
import { mergeModels } from './merge-models.ts'
import { mergeTextEncoders } from './merge-text-encoders.ts'
import { saveCheckpoint } from './save-checkpoint.ts'

export const mergingNodes = [addModelDifference, mergeModels, mergeTextEncoders, saveCheckpoint]
