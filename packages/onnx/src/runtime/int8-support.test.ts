import { expect, test } from 'vitest'
import { int8Support } from './int8-support.ts'

test('8-bit products are tried on this processor once, and are exact at the levels that it is told to use', async () => {
  const support = await int8Support()
  expect(await int8Support()).toBe(support)
  if (support.isUseful) expect([63, 127]).toContain(support.levels)
  else expect(support.reason).toMatch(/8 bits/)
})
