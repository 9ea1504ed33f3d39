import type { RequestHandler } from 'express'
import { rateLimit } from 'express-rate-limit'
import { Failure } from '../failure.ts'

/** At most so many requests a minute from one address; 0 is any number. */
export function limitRequests(perMinute: number): RequestHandler {
  const windowMs = 60_000
  return rateLimit({
    skip: () => perMinute === 0,
    windowMs,
    limit: perMinute,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    // Proxies are not trusted, so a header that names another address changes nothing.
    validate: { xForwardedForHeader: false, forwardedHeader: false },
    handler(_request, response, next) {
      const seconds = Number(response.getHeader('retry-after') ?? windowMs / 1000)
      next(
        new Failure('too-many-requests', `This address has made ${perMinute} requests within a minute.`, {
          hint: 'Wait, or follow /api/v1/events instead of asking again and again.',
          retryAfter: Number.isFinite(seconds) ? seconds : windowMs / 1000,
        }),
      )
    },
  })
}
