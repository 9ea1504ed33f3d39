import { expect, test } from 'vitest'
import { createPathHider } from './hide-paths.ts'

const { text, event } = createPathHider([
  ['checkpoints', '/srv/models/checkpoints'],
  ['data', '/srv/models'],
])

test('a message names folders as people know them, the innermost first', () => {
  expect(text("ENOENT: no such file, open '/srv/models/checkpoints/a b.safetensors'")).toBe(
    "ENOENT: no such file, open 'checkpoints/a b.safetensors'",
  )
  expect(text('cannot read /srv/models')).toBe('cannot read data')
  expect(text('the size is 512/768')).toBe('the size is 512/768')
})

test('errors, their causes, warnings and reasons are told so', () => {
  const error = { code: 'node-failed', message: 'in /srv/models/x', causes: ['because of /srv/models/checkpoints/y'] }
  expect(event({ type: 'node-failed', node: '1', error })).toEqual({
    type: 'node-failed',
    node: '1',
    error: { code: 'node-failed', message: 'in data/x', causes: ['because of checkpoints/y'] },
  })
  expect(event({ type: 'node-skipped', node: '1', reason: '/srv/models/x' })).toMatchObject({ reason: 'data/x' })
})
