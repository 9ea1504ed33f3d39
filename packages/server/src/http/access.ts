import type { RequestHandler } from 'express'
import { type AccessGuard, tokenCookie } from '../auth/access.ts'
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
    if (guard.roleFor(request, token) !== undefined) {
      response.cookie(tokenCookie, token, { httpOnly: true, sameSite: 'strict', path: '/', secure: request.secure })
    }
    response.redirect(303, '/')
  }
}

/** A viewer only reads, whatever the surface. */
export const requireOwnerToChange: RequestHandler = (request, response, next) => {
  const changes = !['GET', 'HEAD', 'OPTIONS'].includes(request.method)
  if (changes && accessOf(response).role !== 'owner') {
    throw new Failure('forbidden-role', 'A viewer may look but not change anything.', { hint: 'Use the owner token.' })
  }
  next()
}
