import { beforeEach, describe, expect, test } from 'vitest'
import type { Workflow } from '@patchbay/engine/workflow'
import { createRegistry, manifestOfNode } from '../state/registry/registry.ts'
import { instance, pictureWorkflow, testManifest } from '../testing/manifests.ts'
import { Scene, type SceneFacts } from './scene.ts'

const registry = createRegistry(testManifest)
const facts = (workflow: Workflow, more: Partial<SceneFacts> = {}): SceneFacts => ({
  manifestOf: (one) => manifestOfNode(registry, workflow, one),
  showsAdvanced: () => false,
  pictureAspect: () => undefined,
  ...more,
})
const all = { x: -1e5, y: -1e5, width: 2e5, height: 2e5 }

describe('what is where', () => {
  let scene: Scene
  beforeEach(() => {
    scene = new Scene()
    scene.update(pictureWorkflow, facts(pictureWorkflow))
  })

  test('only nodes of another shape or place have changed', () => {
    expect(scene.update(pictureWorkflow, facts(pictureWorkflow))).toEqual({ changed: [], removed: [] })
    const moved: Workflow = {
      ...pictureWorkflow,
      layout: { nodes: { ...pictureWorkflow.layout?.nodes, 4: { x: 9, y: 9 } } },
    }
    expect(scene.update(moved, facts(moved))).toEqual({ changed: ['4'], removed: [] })
    const aspect = facts(moved, { pictureAspect: (id) => (id === '3' ? 1 : undefined) })
    expect(scene.update(moved, aspect).changed).toEqual(['3'])
  })
  test('a node that is gone takes its links along', () => {
    const { 3: _sample, ...rest } = pictureWorkflow.nodes
    const fewer = { ...pictureWorkflow, nodes: { ...rest, 4: instance('SaveImage') } }
    expect(scene.update(fewer, facts(fewer)).removed).toEqual(['3'])
    expect(scene.allLinks()).toEqual([])
  })
  test('links go from the output to the input of their nodes', () => {
    const [link] = scene.linksIn(all).filter((one) => one.link.to === '4')
    expect(link?.pieces[0]?.[0]).toEqual(scene.socket('3', 'output', 'image'))
    expect(link?.pieces.at(-1)?.[3]).toEqual(scene.socket('4', 'input', 'image'))
    expect(link?.type).toBe('image')
  })
  test('links are known by their keys, and those out of an area are not in it', () => {
    expect(scene.link('4.image')?.link.from).toBe('3')
    expect(scene.link('4.gone')).toBeUndefined()
    expect(scene.linksIn({ x: 5000, y: 5000, width: 10, height: 10 })).toEqual([])
  })
  test('a link passes its reroute points', () => {
    const routed: Workflow = {
      ...pictureWorkflow,
      layout: { ...pictureWorkflow.layout, reroutes: { '4.image': [{ x: 600, y: 400 }] } },
    }
    scene.update(routed, facts(routed))
    expect(scene.link('4.image')?.pieces).toHaveLength(2)
    expect(scene.link('4.image')?.pieces[0]?.[3]).toEqual({ x: 600, y: 400 })
  })
  test('a node that is dragged takes its links along, and ends where the document says', () => {
    const before = scene.link('4.image')?.pieces.at(-1)?.[3]
    scene.moveLive(new Map([['4', { x: 740, y: 0 }]]))
    expect(scene.place('4')).toEqual({ x: 740, y: 0 })
    expect(scene.link('4.image')?.pieces.at(-1)?.[3].x).toBe((before?.x ?? 0) + 100)
    scene.endLive()
    expect(scene.place('4')).toMatchObject({ x: 640, y: 0 })
  })
  test('the topmost node is the one at a point', () => {
    expect(scene.nodeAt({ x: 10, y: 10 })).toBe('1')
    expect(scene.nodeAt({ x: -500, y: 0 })).toBeUndefined()
    const stacked: Workflow = {
      ...pictureWorkflow,
      layout: { nodes: { ...pictureWorkflow.layout?.nodes, 4: { x: 0, y: 0 } } },
    }
    scene.update(stacked, facts(stacked))
    expect(scene.nodeAt({ x: 10, y: 10 })).toBe('4')
  })
  test('another shape of links draws them anew', () => {
    expect(scene.link('4.image')?.perSegment).toBe(1)
    scene.setLinkStyle('square')
    expect(scene.link('4.image')?.perSegment).toBe(3)
  })
  test('a socket of a node that is gone is nowhere', () => {
    expect(scene.socket('9', 'input', 'image')).toBeUndefined()
    expect(scene.boxOf('9')).toBeUndefined()
  })
})
