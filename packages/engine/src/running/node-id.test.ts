import { expect, test } from 'vitest'
import { createMemo, createMemoryMemoStore, createRegistry, defineNode, int, Text, WorkflowBuilder } from '../index.ts'
import { runWorkflow } from '../testing.ts'

/** Says its id, and how often it has run. */
const naming = (declares: { readonly usesNodeId?: true }) => {
  let runs = 0
  const named = defineNode({
    type: 'Named',
    version: 1,
    inputs: { number: int({ default: 0 }) },
    outputs: { said: Text },
    ...declares,
    run: (_inputs, { nodeId }) => ({ said: `${nodeId} ${++runs}` }),
  })
  const memo = createMemo(createMemoryMemoStore())
  return async () => {
    const w = new WorkflowBuilder()
    for (const id of ['one', 'two']) w.result(id, w.add(named, {}, { id }).said)
    const { result } = await runWorkflow(w.build(), createRegistry({ nodes: [named] }), { memo })
    return result.state === 'succeeded' ? result.results : result
  }
}

test('two nodes that are equal but for their ids are two when the ids count, and each is reused by itself', async () => {
  const run = naming({ usesNodeId: true })
  expect(await run()).toEqual({ one: 'one 1', two: 'two 2' })
  expect(await run()).toEqual({ one: 'one 1', two: 'two 2' })
})

test('a node that asks for its id without saying so is never given the result of another, nor its own of before', async () => {
  const run = naming({})
  expect(await run()).toEqual({ one: 'one 1', two: 'two 2' })
  expect(await run()).toEqual({ one: 'one 3', two: 'two 4' })
})
