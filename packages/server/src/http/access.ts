import type { Request, RequestHandler } from 'express'
import { type AccessGuard, cookieValueOf, tokenCookie } from '../auth/access.ts'
import { Failure } from '../failure.ts'
import { accessOf } from './current-access.ts'

/** Host and origin are checked for everything; the token for all that is not public. */
export function guardAccess(guard: AccessGuard, isPublic: (path: string) => boolean): RequestHandler {
  return (request, response, next) => {
    if (isPublic(request.path)) {
      guard.checkHost(request)
      guard.checkOrigin(request)
    } else response.locals['access'] = guard.check(request)
    next()
  }
}

/** `/?token=…` once: keeps the token in a cookie that scripts cannot read, and takes it out of the address. */
export function acceptToken(guard: AccessGuard): RequestHandler {
  return (request, response, next) => {
    const { token } = request.query
    if (!guard.needsToken || request.path !== '/' || typeof token !== 'string') {
      next()
      return
    }
    guard.checkHost(request)
    // A picture in a page of another site asks like this too, and must not guess.
    guard.checkOrigin(request)
    if (guard.roleFor(request, token) !== undefined) {
      const value = cookieValueOf(token)
      response.cookie(tokenCookie, value, { httpOnly: true, sameSite: 'strict', path: '/', secure: isOverTls(request) })
    }
    response.redirect(303, '/')
  }
}

/** A proxy that ends TLS says so; one that lies about it only keeps the cookie from itself. */
const isOverTls = (request: Request): boolean =>
  request.secure ||
  /^https\b/i.test(request.get('x-forwarded-proto') ?? '') ||
  /proto=https/i.test(request.get('forwarded') ?? '')

/** A viewer only reads, whatever the surface. */
export const requireOwnerToChange: RequestHandler = (request, response, next) => {
  const changes = !['GET', 'HEAD', 'OPTIONS'].includes(request.method)
  if (changes && accessOf(response).role !== 'owner') {
    throw new Failure('forbidden-role', 'A viewer may look but not change anything.', { hint: 'Use the owner token.' })
  }
  next()
}
