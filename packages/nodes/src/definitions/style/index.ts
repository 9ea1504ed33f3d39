export { loadStyleModel } from './load-style-model.ts'
export { styleByOptimisation } from './style-by-optimisation.ts'
export { styleTransfer } from './style-transfer.ts'
export { trainStyleModel } from './train-style-model.ts'
