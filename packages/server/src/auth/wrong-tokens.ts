import type { IncomingMessage } from 'node:http'
import { ipKeyGenerator } from 'express-rate-limit'
import { Failure } from '../failure.ts'

const windowMs = 60_000
/**
 * Addresses that are remembered; past it all are forgotten, which costs an attacker more addresses than it gives
 * guesses.
 */
const mostAddresses = 100_000

/**
 * Counts wrong tokens by address, over HTTP and upgrades alike: past so many in a minute, wrong ones of that address
 * are told to wait. The right one always passes: an address may be that of a proxy, behind which everybody is.
 */
export function createWrongTokens(perMinute: number, now: () => number = Date.now) {
  const wrong = new Map<string, { count: number; readonly until: number }>()
  const keyOf = ({ socket }: IncomingMessage): string => ipKeyGenerator(socket.remoteAddress ?? 'unknown')
  return {
    /** Throws when the address has guessed too often. */
    add(request: IncomingMessage): void {
      const key = keyOf(request)
      const before = wrong.get(key)
      if (!before || before.until <= now()) {
        if (wrong.size >= mostAddresses) wrong.clear()
        wrong.set(key, { count: 1, until: now() + windowMs })
        return
      }
      if (before.count++ < perMinute) return
      throw new Failure('too-many-requests', 'Too many wrong tokens came from this address.', {
        hint: 'Send the right one, or wait a minute.',
        retryAfter: Math.ceil((before.until - now()) / 1000),
      })
    },
  }
}
