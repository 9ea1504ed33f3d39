import { textEncode } from './text-encode.ts'

export const conditioningNodes = [textEncode]
