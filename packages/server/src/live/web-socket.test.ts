import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import type { AccessGuard } from '../auth/access.ts'
import { createUpgrades } from './web-socket.ts'

test('the frames of one turn leave together, and each arrives', async () => {
  const guard = { check: () => ({ role: 'owner' as const, owner: 'local' }) }
  let send: ((count: number) => void) | undefined
  let writes: { readonly mock: { readonly calls: readonly unknown[] } } | undefined
  const requestLimit = { take: () => Promise.resolve() }
  const upgrades = createUpgrades(
    { guard: guard as unknown as AccessGuard, requestLimit },
    {
      '/events': (socket, _request, _access, gather) => {
        send = (count) => {
          for (let frame = 0; frame < count; frame++) {
            gather()
            socket.send(String(frame))
          }
        }
      },
    },
  )
  const server = createServer()
  server.on('upgrade', (request, socket, head) => {
    upgrades.upgrade(request, socket, head)
    writes = vi.spyOn(socket as Socket & { _writev: () => void }, '_writev')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    upgrades.close()
    server.close()
  })
  const viewer = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/events`)
  const heard: string[] = []
  viewer.on('message', (data: Buffer) => heard.push(data.toString()))
  await expect.poll(() => viewer.readyState).toBe(WebSocket.OPEN)
  const before = writes?.mock.calls.length ?? 0
  send?.(100)
  await expect.poll(() => heard).toEqual(Array.from({ length: 100 }, (_, frame) => String(frame)))
  expect((writes?.mock.calls.length ?? 0) - before).toBe(1)
})
