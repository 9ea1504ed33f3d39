import { describe, expect, test } from 'vitest'
import type { Box } from '@patchbay/engine/workflow'
import { fitView, reveal, zoomBy, type CameraSubject } from './camera.ts'
import type { Transform } from './view-events.ts'

function subject(boxes: { readonly [id: string]: Box }, start: Transform = { x: 0, y: 0, k: 1 }) {
  let transform = start
  const size = { width: 1000, height: 600 }
  const all = new Map(Object.entries(boxes))
  const seen: CameraSubject = {
    view: {
      get transform() {
        return transform
      },
      moveTo: async (to) => void (transform = to),
    },
    scene: {
      boxes: (ids) => new Map([...all].filter(([id]) => !ids || [...ids].includes(id))),
      boxOf: (id) => all.get(id),
    },
    size,
    area: () => ({
      x: -transform.x / transform.k,
      y: -transform.y / transform.k,
      width: size.width / transform.k,
      height: size.height / transform.k,
    }),
    context: { document: { graph: () => ({ nodes: {}, layout: { notes: {} } }) } },
  }
  return { seen, now: () => transform }
}
const small: Box = { x: 100, y: 100, width: 200, height: 100 }
const onScreen = ({ x, y, k }: Transform, point: { x: number; y: number }) => ({
  x: point.x * k + x,
  y: point.y * k + y,
})

describe('zooming', () => {
  test('keeps the middle of the view where it is', async () => {
    const { seen, now } = subject({}, { x: 40, y: -20, k: 0.5 })
    const middle = { x: (500 - 40) / 0.5, y: (300 + 20) / 0.5 }
    await zoomBy(seen, 2)
    expect(now().k).toBe(1)
    expect(onScreen(now(), middle)).toEqual({ x: 500, y: 300 })
  })
  test('ends at three times life size, and at a twenty-fifth', async () => {
    const { seen, now } = subject({})
    await zoomBy(seen, 100)
    expect(now().k).toBe(3)
    await zoomBy(seen, 0.0001)
    expect(now().k).toBe(0.04)
  })
})

describe('showing everything', () => {
  test('never comes closer than life size', async () => {
    const { seen, now } = subject({ a: small })
    await fitView(seen)
    expect(now().k).toBe(1)
    expect(onScreen(now(), { x: 200, y: 150 })).toEqual({ x: 500, y: 285 })
  })
  test('goes as far away as it must', async () => {
    const { seen, now } = subject({ a: small, b: { x: 5000, y: 0, width: 200, height: 100 } })
    await fitView(seen)
    expect(onScreen(now(), { x: 100, y: 0 }).x).toBeGreaterThan(0)
    expect(onScreen(now(), { x: 5200, y: 0 }).x).toBeLessThan(1000)
  })
  test('of some nodes leaves the others out', async () => {
    const { seen, now } = subject({ a: small, b: { x: 5000, y: 0, width: 200, height: 100 } })
    await fitView(seen, ['a'])
    expect(now().k).toBe(1)
  })
  test('of nothing is life size', async () => {
    const { seen, now } = subject({}, { x: 0, y: 0, k: 0.3 })
    await fitView(seen)
    expect(now().k).toBe(1)
  })
})

describe('bringing a node into view', () => {
  test('does nothing when it is seen already', async () => {
    const { seen, now } = subject({ a: small })
    const before = now()
    await reveal(seen, 'a')
    expect(now()).toBe(before)
  })
  test('puts one that is out of view into the middle', async () => {
    const { seen, now } = subject({ a: { ...small, x: 3000 } })
    await reveal(seen, 'a')
    expect(onScreen(now(), { x: 3100, y: 150 })).toEqual({ x: 500, y: 300 })
  })
  test('comes close enough to work with it', async () => {
    const { seen, now } = subject({ a: small }, { x: 0, y: 0, k: 0.2 })
    await reveal(seen, 'a')
    expect(now().k).toBe(0.75)
  })
  test('of a node that is gone does nothing', async () => {
    const { seen, now } = subject({})
    const before = now()
    await reveal(seen, 'gone')
    expect(now()).toBe(before)
  })
})
