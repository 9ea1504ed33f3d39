import type { ComfySocket } from './comfy-socket.ts'

/** Clients connect again so soon after they were disconnected. */
const rivalryMs = 10_000

/**
 * The sockets of clients by their ids. A client that connects again takes the place of its older socket, which is
 * closed. Two clients of one id that would take each other's place in turn without end, as the tabs of a browser do,
 * both stay.
 */
export class ClientSockets {
  private readonly sockets = new Map<string, Set<ComfySocket>>()
  /** When the last socket of an id took another's place. */
  private readonly replacedAt = new Map<string, number>()

  add(socket: ComfySocket, now = Date.now()): void {
    const { id } = socket
    const others = this.sockets.get(id) ?? new Set()
    const areRivals = now - (this.replacedAt.get(id) ?? -Infinity) < rivalryMs
    const older = others.size === 1 && !areRivals ? [...others] : []
    if (older.length > 0) {
      this.replacedAt.set(id, now)
      others.clear()
    }
    this.sockets.set(id, others.add(socket))
    socket.onClose(() => this.remove(socket))
    for (const each of older) each.close()
  }

  of(id: string): readonly ComfySocket[] {
    return [...(this.sockets.get(id) ?? [])]
  }

  all(): readonly ComfySocket[] {
    return [...this.sockets.values()].flatMap((sockets) => [...sockets])
  }

  private remove(socket: ComfySocket): void {
    const sockets = this.sockets.get(socket.id)
    sockets?.delete(socket)
    if (sockets?.size !== 0) return
    this.sockets.delete(socket.id)
    this.replacedAt.delete(socket.id)
  }
}
