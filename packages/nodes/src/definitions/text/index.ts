import { formatText } from './format-text.ts'
import { joinText } from './join-text.ts'
import { replaceText } from './replace-text.ts'

export const textNodes = [formatText, joinText, replaceText]
