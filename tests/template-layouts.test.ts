import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Box, NodeId, Point, Workflow } from '@patchbay/engine/workflow'
import { linkPieces, overlaps, piecesBehind } from '../packages/editor/src/canvas/link-path.ts'
import { linksOf } from '../packages/editor/src/state/edits/links.ts'
import { placedNodes, shippedRegistry } from '../tools/placed-nodes.ts'

const folder = new URL('../workflows/', import.meta.url)
const names = readdirSync(folder).filter((name) => name.endsWith('.json') && !name.endsWith('.test.json'))
const registry = shippedRegistry()
const anew = 'Lay it out anew: node --conditions=patchbay-source --import tsx tools/arrange-workflows.mjs workflows/…'

for (const name of names) {
  const workflow: Workflow = JSON.parse(readFileSync(new URL(name, folder), 'utf8'))
  const nodes = placedNodes(workflow, registry, false)
  const boxes = new Map([...nodes].map(([id, { box }]): [NodeId, Box] => [id, box]))

  test(`in ${name} no link runs behind a node that it does not end at`, () => {
    const behind = linksOf(workflow).flatMap(({ key, from, output, to, input }) => {
      const socket = (node: NodeId, side: 'inputs' | 'outputs', end: string): Point => {
        const placed = nodes.get(node)
        const at = placed?.[side].get(end) ?? { x: 0, y: 0 }
        return { x: (placed?.box.x ?? 0) + at.x, y: (placed?.box.y ?? 0) + at.y }
      }
      const reroutes = workflow.layout?.reroutes?.[key] ?? []
      const points = [socket(from, 'outputs', output), ...reroutes, socket(to, 'inputs', input)]
      return piecesBehind(linkPieces(points), boxes, [from, to]).map((node) => `${key} behind ${node}`)
    })
    expect(behind, anew).toEqual([])
  })
  test(`in ${name} no node lies on another, also with the pictures that it will make`, () => {
    const grown = [...placedNodes(workflow, registry, true)].map(([id, { box }]) => ({ id, box }))
    const pairs = grown.flatMap(({ id, box }, at) =>
      grown.slice(at + 1).flatMap((other) => (overlaps(box, other.box) ? [`${id} on ${other.id}`] : [])),
    )
    expect(pairs, anew).toEqual([])
  })
}
