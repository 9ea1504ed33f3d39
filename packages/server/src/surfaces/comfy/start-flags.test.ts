import { expect, test } from 'vitest'
import { withoutComfyFlags } from './start-flags.ts'

test("flags of ComfyUI's are left out, with their values, and are told", () => {
  const given = [
    '--disable-subgraph-caching',
    '--port',
    '80',
    '--fast',
    'a',
    'b',
    '--tls-keyfile=k',
    '--cpu',
    '--lowvram',
  ]
  expect(withoutComfyFlags(given)).toEqual({
    args: ['--port', '80', '--cpu'],
    ignored: ['--disable-subgraph-caching', '--fast', '--tls-keyfile', '--lowvram'],
  })
})

test('a flag that neither knows stays where it is', () => {
  const given = ['--disable-subgraph-cacheing', 'x', '--listen']
  expect(withoutComfyFlags(given)).toEqual({ args: given, ignored: [] })
})
