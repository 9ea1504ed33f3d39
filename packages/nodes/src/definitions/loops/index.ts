export { forEach } from './for-each.ts'
export { repeat } from './repeat.ts'
export { repeatWhile } from './repeat-while.ts'
