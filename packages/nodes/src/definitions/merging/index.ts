export { addModelDifference } from './add-model-difference.ts'
export { mergeModels } from './merge-models.ts'
export { mergeTextEncoders } from './merge-text-encoders.ts'
export { saveCheckpoint } from './save-checkpoint.ts'
