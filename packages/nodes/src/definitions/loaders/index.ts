import { loadCheckpoint } from './load-checkpoint.ts'

export const loaderNodes = [loadCheckpoint]
