import { expect, test } from 'vitest'
import { ClientSockets } from './client-sockets.ts'
import type { ComfySocket } from './comfy-socket.ts'

/** A socket of a client, which tells when it is closed. */
function socketOf(id: string) {
  const listeners: (() => void)[] = []
  const socket = { id, isOpen: true, onClose: (heard: () => void) => void listeners.push(heard), close }
  function close() {
    socket.isOpen = false
    for (const heard of listeners) heard()
  }
  return socket as typeof socket & ComfySocket
}

test('a client that connects again takes the place of its older socket', () => {
  const sockets = new ClientSockets()
  const [first, second] = [socketOf('a'), socketOf('a')]
  sockets.add(first, 0)
  sockets.add(second, 1_000_000)
  expect([first.isOpen, sockets.of('a')]).toEqual([false, [second]])
})

test('two that connect again 300 ms after each close both stay, whichever came first', () => {
  const sockets = new ClientSockets()
  let closed = 0
  const open = [0, 0]
  for (let now = 0; now < 8_000; now += 300) {
    for (const client of [0, 1]) {
      if (open[client]) continue
      const socket = socketOf('same')
      open[client] = 1
      socket.onClose(() => {
        closed++
        open[client] = 0
      })
      sockets.add(socket, now)
    }
  }
  expect([closed, sockets.of('same').length]).toEqual([1, 2])
})

test('a socket that ends is forgotten, and another of its id is not', () => {
  const sockets = new ClientSockets()
  const [first, second, third] = [socketOf('a'), socketOf('a'), socketOf('a')]
  sockets.add(first, 0)
  sockets.add(second, 1)
  sockets.add(third, 2)
  second.close()
  expect([sockets.of('a'), sockets.all()]).toEqual([[third], [third]])
})
