import { AnyType, color, int, listLink } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { labelledGrid, labelOf } from '../../image/labelled-grid.ts'
import { Image } from '../../values/socket-types.ts'

/** Pictures in columns and rows with what was varied written at their sides. */
export const labelledGridNode = defineNode({
  type: 'LabelledGrid',
  version: 1,
  category: 'image/layers',
  label: 'Labelled grid',
  description:
    'Pictures in columns and rows with what was varied written at their sides: the results of CrossLists, and the lists it crossed. Pages come as a batch.',
  aliases: ['XY plot', 'XYZ plot', 'contact sheet', 'ImageGrid', 'compare settings'],
  inputs: {
    images: listLink(Image),
    columns: listLink(AnyType),
    rows: listLink(AnyType, { optional: true }),
    pages: listLink(AnyType, { optional: true }),
    size: int({ default: 14, min: 6, max: 256, unit: 'px', label: 'Text size' }),
    gap: int({ default: 4, min: 0, max: 256, unit: 'px' }),
    color: color({ default: '#202020' }),
    background: color({ default: '#ffffff' }),
  },
  outputs: { image: Image },
  run: async ({ images, columns, rows, pages, ...style }) => ({
    image: await labelledGrid(
      images,
      { columns: columns.map(labelOf), rows: rows.map(labelOf), pages: pages.map(labelOf) },
      style,
    ),
  }),
})
