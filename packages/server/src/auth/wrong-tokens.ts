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
 * Counts wrong tokens by address, over HTTP and upgrades alike: past so many in a minute, that address is not answered
 * at all.
 */
export function createWrongTokens(perMinute: number, now: () => number = Date.now) {
  const wrong = new Map<string, { count: number; readonly until: number }>()
  const keyOf = ({ socket }: IncomingMessage): string => ipKeyGenerator(socket.remoteAddress ?? 'unknown')
  return {
    /** Throws while the address has guessed too often. */
    check(request: IncomingMessage): void {
      const key = keyOf(request)
      const known = wrong.get(key)
      if (!known) return
      if (known.until <= now()) wrong.delete(key)
      else if (known.count >= perMinute) {
        throw new Failure('too-many-requests', 'Too many wrong tokens came from this address.', {
          hint: 'Wait a minute, then send the right one.',
          retryAfter: Math.ceil((known.until - now()) / 1000),
        })
      }
    },
    add(request: IncomingMessage): void {
      const key = keyOf(request)
      const known = wrong.get(key)
      if (known) known.count++
      else {
        if (wrong.size >= mostAddresses) wrong.clear()
        wrong.set(key, { count: 1, until: now() + windowMs })
      }
    },
  }
}
