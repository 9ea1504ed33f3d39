import { AnyType, listLink, listOf } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'

/** Every combination of the entries of up to three lists: the axes of a grid. */
export const crossLists = defineNode({
  type: 'CrossLists',
  version: 1,
  category: 'list',
  description:
    'Every combination of the entries of up to three lists, columns counting fastest. Link its outputs to what shall vary, and the same lists to LabelledGrid.',
  aliases: ['XY plot', 'XYZ plot', 'grid', 'combinations', 'sweep', 'matrix'],
  inputs: {
    columns: listLink(AnyType),
    rows: listLink(AnyType, { optional: true }),
    pages: listLink(AnyType, { optional: true }),
  },
  outputs: { column: listOf(AnyType), row: listOf(AnyType), page: listOf(AnyType) },
  run({ columns, rows, pages }) {
    const [across, down, deep] = [columns, rows, pages].map((list) => Math.max(1, list.length))
    const count = (across ?? 1) * (down ?? 1) * (deep ?? 1)
    // A list that is not linked has no entries, and its output none either.
    const spread = (list: readonly unknown[], turn: number) =>
      list.length === 0 ? [] : Array.from({ length: count }, (_, i) => list[Math.floor(i / turn) % list.length])
    return {
      column: spread(columns, 1),
      row: spread(rows, across ?? 1),
      page: spread(pages, (across ?? 1) * (down ?? 1)),
    }
  },
})
