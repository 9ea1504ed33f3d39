import { expect, test } from 'vitest'
import { startTestServer } from '../testing/test-server.ts'

test('past its requests of a minute an address is told when to come back, in the one shape of refusals', async () => {
  const server = await startTestServer({ requestsPerMinute: 5 })
  const answers = await Promise.all(Array.from({ length: 8 }, () => fetch(`${server.url}/api/v1/queue`)))
  const refused = answers.filter(({ status }) => status === 429)
  expect(refused).toHaveLength(3)
  expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(await refused[0]?.json()).toMatchObject({
    error: { code: 'too-many-requests', hint: expect.any(String) as string },
  })
  await server.close()
})

test('an address that guesses tokens is soon not answered, even with the right one', async () => {
  const server = await startTestServer({ ownerToken: 'right' })
  const ask = async (token: string) =>
    (await fetch(`${server.url}/api/v1/queue`, { headers: { authorization: `Bearer ${token}` } })).status
  expect(await ask('right')).toBe(200)
  for (let guess = 0; guess < 20; guess++) expect(await ask(`guess${guess}`)).toBe(401)
  expect(await ask('right')).toBe(429)
  const byAddress = await fetch(`${server.url}/?token=right`, { redirect: 'manual' })
  expect(byAddress.status).toBe(429)
  await server.close()
})
