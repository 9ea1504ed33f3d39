export { integer } from './integer.ts'
export { number } from './number.ts'
export { textConstant } from './text-constant.ts'
export { toggleConstant } from './toggle-constant.ts'
