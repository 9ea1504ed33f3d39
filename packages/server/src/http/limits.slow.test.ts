import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
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

test('upgrades count as requests do', async () => {
  const server = await startTestServer({ requestsPerMinute: 5 })
  const upgraded = () =>
    new Promise<number>((resolve) => {
      const socket = new WebSocket(`${server.url.replace('http', 'ws')}/api/v1/events`)
      socket.on('open', () => {
        socket.close()
        resolve(101)
      })
      socket.on('unexpected-response', (_, response) => resolve(response.statusCode ?? 0))
      socket.on('error', () => undefined)
    })
  const answers: number[] = []
  for (let asked = 0; asked < 7; asked++) answers.push(await upgraded())
  expect(answers).toEqual([101, 101, 101, 101, 101, 429, 429])
  expect((await fetch(`${server.url}/api/v1/queue`)).status).toBe(429)
  await server.close()
})

test('an address that guesses tokens is told to wait, and the link with the right one still opens the editor', async () => {
  const server = await startTestServer({ ownerToken: 'right' })
  const open = (token: string, headers: Record<string, string> = {}) =>
    fetch(`${server.url}/?token=${token}`, { redirect: 'manual', headers })
  const image = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }
  for (let guess = 0; guess < 25; guess++) expect((await open(`guess${guess}`, image)).status).toBe(403)
  const guesses: number[] = []
  for (let guess = 0; guess < 25; guess++) guesses.push((await open(`guess${guess}`)).status)
  expect([guesses.at(0), guesses.at(-1)]).toEqual([303, 429])
  const right = await open('right', { 'x-forwarded-proto': 'https' })
  const cookie = right.headers.get('set-cookie') ?? ''
  expect([right.status, cookie]).toEqual([
    303,
    expect.stringMatching(/^patchbay_token=.*HttpOnly; Secure; SameSite=Strict$/),
  ])
  expect(cookie).not.toContain('right')
  const [pair = ''] = cookie.split(';')
  const ask = (headers: Record<string, string>) => fetch(`${server.url}/api/v1/queue`, { headers })
  expect((await ask({ cookie: pair })).status).toBe(200)
  expect((await ask({ authorization: 'Bearer right' })).status).toBe(200)
  expect((await ask({ authorization: 'Bearer wrong' })).status).toBe(429)
  await server.close()
})
