import { integer } from './integer.ts'
import { number } from './number.ts'
import { textConstant } from './text-constant.ts'
import { toggleConstant } from './toggle-constant.ts'

export const primitiveNodes = [integer, number, textConstant, toggleConstant]
