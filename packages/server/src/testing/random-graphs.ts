import type { JsonObject } from '@patchbay/engine/workflow'
import { type DrawnLink, type DrawnNode, type DrawnSubgraph, savedGraph } from './saved-graphs.ts'

/** Numbers from 0 to below 1 that follow from a seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/**
 * A saved workflow of pictures that pass nodes, reroutes and instances of subgraphs, nested, some of them muted or
 * bypassed, with widgets fed from primitives and from outside of their subgraph. Node 900 and those above it save.
 */
export function randomSaved(seed: number): JsonObject {
  const random = randomOf(seed)
  const below = (count: number) => Math.floor(random() * count)
  const subgraphs: DrawnSubgraph[] = []
  for (let index = 0; index < 1 + below(3); index++) {
    const [pictures, amounts, results] = [1 + below(2), below(3), 1 + below(2)]
    const graph = drawn(pictures, amounts, results)
    subgraphs.push({
      id: `0000000${index}-0000-4000-8000-000000000000`,
      name: ['Part', 'Part', 'Other/part'][index] ?? 'Last',
      ins: [
        ...Array.from({ length: pictures }, (_, slot) => `image${slot}:IMAGE`),
        ...Array.from({ length: amounts }, (_, slot) => `amount${slot}:INT`),
      ],
      outs: Array.from({ length: results }, (_, slot) => `out${slot}:IMAGE`),
      ...graph,
    })
  }
  return savedGraph(drawn(0, 0, 0), [...subgraphs].reverse())

  function drawn(pictures: number, amounts: number, results: number) {
    const nodes: DrawnNode[] = []
    const links: DrawnLink[] = []
    const images: [number, number][] = Array.from({ length: pictures }, (_, slot) => [-10, slot])
    const numbers: [number, number][] = Array.from({ length: amounts }, (_, slot) => [-10, pictures + slot])
    const usedNumbers = new Set<number>()
    const from = (sources: readonly [number, number][], to: number, toSlot: number) => {
      const [id, slot] = sources[below(sources.length)] ?? [0, 0]
      if (id === -10 && slot >= pictures) usedNumbers.add(slot)
      links.push([id, slot, to, toSlot])
    }
    const put = (node: Omit<DrawnNode, 'mode'>, results: number, mayRest = true) => {
      const mode = mayRest && random() < 0.2 ? (random() < 0.5 ? 2 : 4) : 0
      nodes.push({ ...node, mode })
      for (let slot = 0; slot < results; slot++) images.push([node.id, slot])
    }
    put({ id: 1, type: 'EmptyImage', outs: ['IMAGE:IMAGE'], values: [8, 8, 1, below(1000)] }, 1, false)
    const count = 2 + below(6)
    for (let id = 2; id < 2 + count; id++) {
      const kind = below(subgraphs.length > 0 ? 7 : 5)
      if (kind === 0) {
        from(images, id, 0)
        put({ id, type: 'ImageInvert', ins: ['image:IMAGE'], outs: ['IMAGE:IMAGE'] }, 1)
      } else if (kind === 1) {
        from(images, id, 0)
        from(images, id, 1)
        put(
          {
            id,
            type: 'ImageBlend',
            ins: ['image1:IMAGE', 'image2:IMAGE'],
            outs: ['IMAGE:IMAGE'],
            values: [below(9) / 8, 'multiply'],
          },
          1,
        )
      } else if (kind === 2) {
        from(images, id, 0)
        put({ id, type: 'Reroute', ins: [':*'], outs: [':IMAGE'] }, 1, false)
      } else if (kind < 5) {
        from(images, id, 0)
        if (numbers.length > 0 && random() < 0.7) from(numbers, id, 1)
        else if (random() < 0.3) {
          nodes.push({ id: id + 100, type: 'PrimitiveNode', outs: ['INT:INT'], values: [1 + below(30), 'fixed'] })
          links.push([id + 100, 0, id, 1])
        }
        const ins = ['image:IMAGE', 'blur_radius:INT*', 'sigma:FLOAT*']
        put({ id, type: 'ImageBlur', ins, outs: ['IMAGE:IMAGE'], values: [1 + below(30), (1 + below(80)) / 8] }, 1)
      } else {
        const subgraph = subgraphs[below(subgraphs.length)]
        if (!subgraph) continue
        let given = 0
        for (const [slot, end] of subgraph.ins.entries()) {
          if (end.endsWith('IMAGE')) from(images, id, slot)
          else {
            given++
            if (numbers.length > 0 && random() < 0.4) from(numbers, id, slot)
          }
        }
        const says = random() < 0.7
        const values = Array.from({ length: says ? given : 0 }, () => 1 + below(30))
        // The editor shows a widget for an amount that something within takes.
        const ins = subgraph.ins.map((end) => (end.endsWith('INT') ? `${end}*` : end))
        put({ id, type: subgraph.id, ins, outs: subgraph.outs, values }, subgraph.outs.length)
      }
    }
    for (let slot = 0; slot < results; slot++) from(images, -20, slot)
    if (results === 0)
      for (let id = 900; id < 903; id++) {
        from(images.slice(-3), id, 0)
        nodes.push({ id, type: 'SaveImage', ins: ['images:IMAGE'], values: [`it${id}`] })
      }
    return { nodes, links }
  }
}
