import { expect, test } from 'vitest'
import { isMessage } from './read-message.ts'

const preview = { mime: 'image/png', width: 8, height: 8, index: 0, bytes: new Uint8Array(4) }
const ended = { type: 'ended', job: 'a', state: 'succeeded', timeline: [], memoryBytes: 1 }

test.each([
  { type: 'events', job: 'a', events: [{ type: 'node-started', node: 'n' }] },
  { type: 'events', job: 'a', events: [{ type: 'node-preview', node: 'n', preview }] },
  ended,
  { ...ended, state: 'failed', error: { code: 'x', message: 'y' } },
  { type: 'validated', request: 1, issues: [], estimates: [] },
  { type: 'ready', manifest: { nodes: [], socketTypes: [], coercions: [] }, packs: [] },
])('%j is a message', (message) => {
  expect(isMessage(message)).toBe(true)
})

test.each([
  null,
  undefined,
  'ended',
  {},
  { type: 'nonsense' },
  { type: 'events', job: 'a', events: null },
  { type: 'events', job: 'a', events: [null] },
  { type: 'events', job: 'a', events: [{ type: 'node-started' }] },
  { type: 'events', job: 'a', events: [{ type: 'node-preview', node: 'n', preview: { ...preview, bytes: 'x' } }] },
  { ...ended, state: 'lost' },
  { ...ended, timeline: null },
  { type: 'ready', manifest: null, packs: [] },
  { type: 'ready', manifest: { nodes: [null], socketTypes: [], coercions: [] }, packs: [] },
  { type: 'validated', request: 1, issues: 'none', estimates: [] },
])('%j is none', (message) => {
  expect(isMessage(message)).toBe(false)
})
