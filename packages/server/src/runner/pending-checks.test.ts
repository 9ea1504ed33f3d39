import { expect, test, vi } from 'vitest'
import { PendingChecks } from './pending-checks.ts'

const document = { format: 'patchbay-workflow', version: 1, nodes: {} } as const
const good = { issues: [], estimates: [] }

test('one check is asked at a time, and one that breaks its process breaks no other', async () => {
  const checks = new PendingChecks()
  const [bad, other] = [checks.add(document, undefined), checks.add(document, ['a'])]
  const first = checks.take(1_000, () => undefined)
  expect(checks.take(1_000, () => undefined)).toBeUndefined()
  checks.broke(() => new Error('it ended'))
  await expect(bad).rejects.toThrow('it ended')
  const second = checks.take(1_000, () => undefined)
  expect([first?.request, second]).toMatchObject([1, { request: 2, targets: ['a'] }])
  checks.answer(1, good)
  expect(checks.size).toBe(1)
  checks.answer(2, good)
  expect(await other).toEqual(good)
})

test('the time of a check begins when it is asked', () => {
  vi.useFakeTimers()
  try {
    const checks = new PendingChecks()
    void checks.add(document, undefined)
    void checks.add(document, undefined)
    const late = vi.fn()
    checks.take(1_000, late)
    vi.advanceTimersByTime(900)
    checks.answer(1, good)
    checks.take(1_000, late)
    vi.advanceTimersByTime(900)
    expect(late).not.toHaveBeenCalled()
    vi.advanceTimersByTime(200)
    expect(late).toHaveBeenCalledOnce()
  } finally {
    vi.useRealTimers()
  }
})
