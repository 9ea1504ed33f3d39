import type { IncomingMessage } from 'node:http'
import type { RequestHandler } from 'express'
import { MemoryStore, ipKeyGenerator, rateLimit } from 'express-rate-limit'
import { Failure } from '../failure.ts'

/** How much one address may ask for; requests and upgrades are counted together. */
export interface RequestLimit {
  readonly ofRequests: RequestHandler
  /** Counts an upgrade; rejects with `too-many-requests`. */
  take(upgrade: IncomingMessage): Promise<void>
}

const windowMs = 60_000

/** At most so many requests a minute from one address; 0 is any number. */
export function createRequestLimit(perMinute: number): RequestLimit {
  const store = new MemoryStore()
  const keyOf = ({ socket }: IncomingMessage): string => ipKeyGenerator(socket.remoteAddress ?? 'unknown')
  const tooMany = (seconds: number): Failure =>
    new Failure('too-many-requests', `This address has made ${perMinute} requests within a minute.`, {
      hint: 'Wait, or follow /api/v1/events instead of asking again and again.',
      retryAfter: Number.isFinite(seconds) ? seconds : windowMs / 1000,
    })
  const ofRequests = rateLimit({
    skip: () => perMinute === 0,
    windowMs,
    limit: perMinute,
    store,
    keyGenerator: keyOf,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    // Proxies are not trusted, so a header that names another address changes nothing.
    validate: { xForwardedForHeader: false, forwardedHeader: false },
    handler(_request, response, next) {
      next(tooMany(Number(response.getHeader('retry-after') ?? windowMs / 1000)))
    },
  })
  return {
    ofRequests,
    async take(upgrade) {
      if (perMinute === 0) return
      const { totalHits, resetTime } = await store.increment(keyOf(upgrade))
      if (totalHits <= perMinute) return
      throw tooMany(Math.ceil(((resetTime?.getTime() ?? Date.now() + windowMs) - Date.now()) / 1000))
    },
  }
}
