import { describe, expect, test } from 'vitest'
import { LinkTable } from '../planning/link-table.ts'
import { NodeStages, Stage } from './node-stages.ts'
import type { PlannedInput, PlannedNode } from '../planning/planned-node.ts'

/** Links from nodes of these ranks. */
const fedBy = (...ranks: number[]) =>
  ranks.map(
    (rank) =>
      ({ declared: { kind: 'value' }, sources: [{ node: { rank } as PlannedNode }] }) as unknown as PlannedInput,
  )

/** Two numbers, two sums of both, and a sum of sums. */
function diamond(): LinkTable {
  const links = new LinkTable()
  for (const inputs of [fedBy(), fedBy(), fedBy(0, 1), fedBy(1, 0), fedBy(2, 3)]) links.add(inputs)
  return links
}

function waitForAll(links: LinkTable, stages: NodeStages): void {
  for (let link = 0; link < links.linkCount; link++) stages.waitFor(link)
}

function wokenBy(stages: NodeStages, rank: number): number[] {
  const woken: number[] = []
  stages.wakeBehind(rank, (next) => woken.push(next))
  return woken.sort()
}

describe('the stages of nodes', () => {
  test('begin as idle and follow their transitions, of nodes that came later too', () => {
    const links = diamond()
    const stages = new NodeStages(links)
    for (let rank = 5; rank < 300; rank++) links.add(fedBy(rank - 1))
    stages.look(2)
    stages.finish(2)
    stages.look(250)
    stages.wait(250)
    stages.begin(250)
    expect([1, 2, 249, 250, 299].map((rank) => stages.at(rank))).toEqual([0, Stage.done, 0, Stage.running, 0])
  })

  test('a node that waits outside of its lane is not settled before its run has ended', () => {
    const stages = new NodeStages(diamond())
    const seen: [Stage, boolean][] = []
    for (const step of [
      'look',
      'wait',
      'begin',
      'pause',
      'ask',
      'pause',
      'resume',
      'settle',
      'expand',
      'finish',
    ] as const) {
      stages[step](0)
      seen.push([stages.at(0), stages.isSettled(0)])
    }
    expect(seen.map(([stage]) => stage)).toEqual([1, 2, 3, 4, 5, 4, 3, 6, 7, 8])
    expect(seen.filter(([, isSettled]) => isSettled)).toHaveLength(3)
  })

  test('a transition that the machine does not have is refused', () => {
    const stages = new NodeStages(diamond())
    expect(() => {
      stages.begin(3)
    }).toThrow('The node of rank 3 cannot go from "idle" to "running".')
    stages.look(3)
    stages.finish(3)
    expect(() => {
      stages.look(3)
    }).toThrow('cannot go from "done" to "looking"')
  })

  test('a node is woken by the last that it waits for, once', () => {
    const links = diamond()
    const stages = new NodeStages(links)
    waitForAll(links, stages)
    expect(stages.pendingOf(4)).toBe(2)
    expect([0, 1, 2, 3, 3].map((rank) => wokenBy(stages, rank))).toEqual([[], [2, 3], [], [4], []])
  })

  test('nodes that were taken in later wait like the others', () => {
    const links = diamond()
    const stages = new NodeStages(links)
    waitForAll(links, stages)
    for (let rank = 5; rank < 300; rank++) {
      links.add(fedBy(4, 4))
      stages.waitFor(links.end(rank) - 2)
      stages.waitFor(links.end(rank) - 1)
    }
    expect(wokenBy(stages, 4)).toHaveLength(295)
  })
})
