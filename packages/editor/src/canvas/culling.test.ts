import { describe, expect, test } from 'vitest'
import type { NodeId, NodeInstance } from '@patchbay/engine/workflow'
import { cull, fullZoom, type CullView, type Standing } from './culling.ts'
import { Scene } from './scene.ts'

const count = 40
const nothing: Pick<Standing, 'mounted' | 'shown'> = { mounted: new Set(), shown: new Set() }

/** Nodes side by side, 300 pixels apart; the view shows all of them at life size unless told otherwise. */
function view(change: Partial<CullView> = {}): CullView {
  const ids = Array.from({ length: count }, (_, index) => String(index + 1))
  const nodes: Record<NodeId, NodeInstance> = {}
  for (const id of ids) nodes[id] = { type: 'Unknown', version: 1, values: {}, links: {} }
  const scene = new Scene()
  scene.update(
    { nodes, layout: { nodes: Object.fromEntries(ids.map((id, index) => [id, { x: index * 300, y: 0 }])) } },
    { manifestOf: () => undefined, showsAdvanced: () => false, pictureAspect: () => undefined },
  )
  return {
    scene,
    transform: { x: 0, y: 0, k: 1 },
    area: { x: 0, y: 0, width: count * 300, height: 500 },
    moving: false,
    hasElement: () => true,
    ...change,
  }
}

function atRest(what: CullView, from = nothing): Standing {
  let standing: Standing = { ...from, pending: true }
  for (let frame = 0; standing.pending && frame < 100; frame++) standing = cull(what, standing)
  return standing
}

describe('culling', () => {
  test('nodes enter the page a few a frame, until all that are in view stand there', () => {
    const first = cull(view(), nothing)
    expect(first.shown.size).toBeLessThan(count)
    expect(first.pending).toBe(true)
    expect(atRest(view()).shown.size).toBe(count)
  })

  test('fewer enter while the view moves', () => {
    expect(cull(view({ moving: true }), nothing).shown.size).toBeLessThan(cull(view(), nothing).shown.size)
  })

  test('nodes far out of view are not in the page', () => {
    const { shown } = atRest(view({ area: { x: 0, y: 0, width: 500, height: 500 } }))
    expect([...shown]).toEqual(['1', '2', '3'])
  })

  test('zoomed out, no node is shown; those that were stay mounted until the view rests', () => {
    const far = { transform: { x: 0, y: 0, k: fullZoom / 2 } }
    const before = atRest(view())
    const moving = cull(view({ ...far, moving: true }), before)
    expect(moving.shown.size).toBe(0)
    expect(moving.mounted.size).toBe(count)
    expect(atRest(view(far), moving).mounted.size).toBe(0)
  })

  test('nothing changes hands when nothing changed', () => {
    const before = atRest(view())
    const after = cull(view(), before)
    expect(after.shown).toBe(before.shown)
    expect(after.mounted).toBe(before.mounted)
  })

  test('a few nodes stand in the page however small, many are shapes', () => {
    const far = { transform: { x: 0, y: 0, k: 0.2 } }
    expect(atRest(view({ ...far, area: { x: 0, y: 0, width: 3000, height: 500 } })).shown.size).toBeGreaterThan(8)
    expect(atRest(view(far)).shown.size).toBe(0)
  })
})
