import { show } from './show.ts'

export const outputNodes = [show]
