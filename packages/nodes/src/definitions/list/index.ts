import { crossLists } from './cross-lists.ts'
import { integerRange } from './integer-range.ts'
import { listEntry } from './list-entry.ts'
import { listLength } from './list-length.ts'
import { makeList } from './make-list.ts'
import { numberRange } from './number-range.ts'
import { textLines } from './text-lines.ts'

export const listNodes = [crossLists, integerRange, listEntry, listLength, makeList, numberRange, textLines]
