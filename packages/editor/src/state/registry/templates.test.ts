import { expect, test } from 'vitest'
import { pictureWorkflow } from '../../testing/manifests.ts'
import { MemoryServer } from '../../testing/memory-server.ts'
import { createTemplates, usageIn } from './templates.ts'

test('templates say which nodes are usual, and which feed which', () => {
  const { counts, pairs } = usageIn([pictureWorkflow, pictureWorkflow])
  expect(counts.get('Sample')).toBe(2)
  expect(pairs.get('Sample → SaveImage')).toBe(2)
  expect(pairs.has('SaveImage → Sample')).toBe(false)
})

test('templates are asked for once, and again after a failure', async () => {
  const server = new MemoryServer()
  server.templates = [{ id: 'apple', document: pictureWorkflow }]
  server.isReachable = false
  const templates = createTemplates(server.client)
  await expect(templates.ensure()).rejects.toThrow()
  server.isReachable = true
  await templates.ensure()
  await templates.ensure()
  expect(server.requestsTo('GET /templates')).toHaveLength(1)
  expect(templates.store.getState().counts.get('Sample')).toBe(1)
})
