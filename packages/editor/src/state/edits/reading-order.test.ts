import { expect, test } from 'vitest'
import { instance, pictureWorkflow } from '../../testing/manifests.ts'
import { linksOutOf, readingOrder } from './reading-order.ts'

test('what feeds a node is read before it, whatever their ids', () => {
  const nodes = { 9: pictureWorkflow.nodes['1'], ...pictureWorkflow.nodes, 1: instance('SaveImage') }
  const from = (node: string, output: string) => ({ node, output })
  const renamed = {
    nodes: {
      ...nodes,
      1: instance('SaveImage', { links: { image: from('3', 'image') } }),
      3: instance('Sample', { links: { model: from('9', 'model'), positive: from('2', 'conditioning') } }),
      9: instance('LoadModel'),
    },
  }
  const order = readingOrder(renamed)
  expect(order.indexOf('9')).toBeLessThan(order.indexOf('3'))
  expect(order.indexOf('3')).toBeLessThan(order.indexOf('1'))
})

test('of two that could come next, the one further left is read first, then the one above', () => {
  const nodes = { a: instance('LoadModel'), b: instance('LoadModel'), c: instance('LoadModel') }
  const layout = { nodes: { a: { x: 100, y: 0 }, b: { x: 0, y: 50 }, c: { x: 0, y: 10 } } }
  expect(readingOrder({ nodes, layout })).toEqual(['c', 'b', 'a'])
})

test('nodes of a circle are read too', () => {
  const ring = (node: string) => instance('BlurImage', { links: { image: { node, output: 'image' } } })
  expect(readingOrder({ nodes: { 1: ring('2'), 2: ring('1') } })).toEqual(['1', '2'])
})

test('the links out of a node are those into others', () => {
  expect(linksOutOf(pictureWorkflow, '3')).toEqual([
    { key: '4.image', from: '3', output: 'image', to: '4', input: 'image' },
  ])
  expect(linksOutOf(pictureWorkflow, '4')).toEqual([])
})
