import { beforeEach, describe, expect, test } from 'vitest'
import type { Point } from '@patchbay/engine/workflow'
import { createDocument, type OpenDocument } from '../state/documents/document.ts'
import { createRegistry, manifestOfNode } from '../state/registry/registry.ts'
import { createSettings } from '../state/settings/settings.ts'
import { pictureWorkflow, testManifest } from '../testing/manifests.ts'
import { NodeDrag } from './node-drag.ts'
import { Scene } from './scene.ts'

const plain = { shift: false, ctrl: false, alt: false }

describe('dragging nodes', () => {
  let document: OpenDocument
  let drag: NodeDrag
  const settings = createSettings(undefined, 'en')
  const placeOf = (id: string): Point | undefined => {
    const { x, y } = document.graph().layout?.nodes?.[id] ?? { x: NaN, y: NaN }
    return { x, y }
  }
  beforeEach(() => {
    settings.setState({ snap: false })
    document = createDocument(pictureWorkflow)
    const scene = new Scene()
    const registry = createRegistry(testManifest)
    const refresh = (): void =>
      void scene.update(document.graph(), {
        manifestOf: (one) => manifestOfNode(registry, pictureWorkflow, one),
        showsAdvanced: () => false,
        pictureAspect: () => undefined,
      })
    refresh()
    document.store.subscribe(refresh)
    drag = new NodeDrag({
      scene,
      context: { document, settings },
      moveLive: (start, shift) =>
        scene.moveLive(new Map([...start].map(([id, { x, y }]) => [id, { x: x + shift.x, y: y + shift.y }]))),
      settleLive: (ids) => new Map([...ids].map((id) => [id, scene.place(id)])),
    })
  })

  test('a press selects, a move shows, and the release is one step', () => {
    drag.begin('4', plain, false)
    drag.moveTo('4', { x: 700, y: 30 })
    expect(document.store.getState().past).toHaveLength(0)
    drag.end()
    expect(placeOf('4')).toEqual({ x: 700, y: 30 })
    expect(document.store.getState().past).toHaveLength(1)
    expect([...document.store.getState().selection]).toEqual(['4'])
  })
  test('the whole selection goes along', () => {
    document.select(['3', '4'])
    drag.begin('4', plain, false)
    drag.moveTo('4', { x: 650, y: 5 })
    drag.end()
    expect([placeOf('3'), placeOf('4')]).toEqual([
      { x: 330, y: 5 },
      { x: 650, y: 5 },
    ])
  })
  test('a press alone on one of several selects it alone', () => {
    document.select(['3', '4'])
    drag.begin('4', plain, false)
    drag.end()
    expect([...document.store.getState().selection]).toEqual(['4'])
  })
  test('Shift adds a node to the selection, and takes it out again', () => {
    drag.begin('3', plain, false)
    drag.end()
    drag.begin('4', { ...plain, shift: true }, false)
    drag.end()
    expect([...document.store.getState().selection]).toEqual(['3', '4'])
    drag.begin('4', { ...plain, ctrl: true }, false)
    drag.end()
    expect([...document.store.getState().selection]).toEqual(['3'])
  })
  test('a press on a control selects the node and does not drag it', () => {
    drag.begin('4', plain, true)
    drag.moveTo('4', { x: 0, y: 0 })
    drag.end()
    expect(placeOf('4')).toEqual({ x: 640, y: 0 })
    expect([...document.store.getState().selection]).toEqual(['4'])
  })
  test('a pinned node stays where it is', () => {
    document.editGraph('pin', (graph) => ({
      ...graph,
      layout: { nodes: { ...graph.layout?.nodes, 4: { x: 640, y: 0, pinned: true } } },
    }))
    drag.begin('4', plain, false)
    drag.moveTo('4', { x: 0, y: 0 })
    drag.end()
    expect(placeOf('4')).toEqual({ x: 640, y: 0 })
  })
  test('snaps to the grid where that is on', () => {
    settings.setState({ snap: true })
    drag.begin('4', plain, false)
    drag.moveTo('4', { x: 701, y: 32 })
    drag.end()
    expect(placeOf('4')).toEqual({ x: 696, y: 36 })
  })
  test('with Alt a copy is dragged, with its links, and both are undone together', () => {
    drag.begin('4', { ...plain, alt: true }, false)
    drag.moveTo('4', { x: 640, y: 300 })
    drag.end()
    expect(placeOf('4')).toEqual({ x: 640, y: 0 })
    expect(placeOf('5')).toEqual({ x: 640, y: 300 })
    expect(document.graph().nodes['5']?.links).toEqual(document.graph().nodes['4']?.links)
    document.undo()
    expect(Object.keys(document.graph().nodes)).toEqual(['1', '2', '3', '4'])
  })
})
