import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { Role } from '../api/api-types.ts'
import { Failure } from '../failure.ts'
import { createWrongTokens } from './wrong-tokens.ts'

export interface AccessOptions {
  readonly host: string
  readonly ownerToken?: string
  readonly viewerToken?: string
  /** Further names that this server answers to. */
  readonly allowedHosts: readonly string[]
  /** Origins of other pages that may call, e.g. `http://localhost:5173` of an editor in development. */
  readonly allowedOrigins: readonly string[]
}
/** Guesses that one address has in a minute. */
const wrongTokensPerMinute = 20

export interface Access {
  readonly role: Role
  /** Whose turn in the queue the request's jobs take. */
  readonly owner: string
}
/** Each check throws a `Failure` that says what is wrong. */
export interface AccessGuard {
  readonly needsToken: boolean
  checkHost(request: IncomingMessage): void
  checkOrigin(request: IncomingMessage): void
  /**
   * What a token that came with a request gives; a wrong one counts against its address, and throws where that has
   * guessed too often.
   */
  roleFor(request: IncomingMessage, token: string | undefined): Role | undefined
  /** All of it; says who asks. */
  check(request: IncomingMessage): Access
}

export const tokenCookie = 'patchbay_token'

/**
 * What a cookie holds in place of the token, which it gives back to nobody who reads it. It is checked like a token.
 */
export const cookieValueOf = (token: string): string =>
  createHash('sha256').update(`patchbay cookie ${token}`).digest('base64url')
const loopbackNames = ['localhost', '127.0.0.1', '[::1]', '::1']
export const isLoopback = (host: string): boolean => loopbackNames.includes(host) || /^127\./.test(host)

/**
 * Decides for every request and every upgrade, in this order: is it meant for this server (a hostile name that resolves
 * here is not), does it come from a page of this server (another page's is refused, `null` too), and does it carry a
 * token where one is set.
 */
export function createAccessGuard(options: AccessOptions): AccessGuard {
  const hosts = new Set(
    [...loopbackNames, options.host, ...options.allowedHosts, ...(isLoopback(options.host) ? [] : ownAddresses())].map(
      (host) => bare(host.toLowerCase()),
    ),
  )
  const origins = new Set(options.allowedOrigins.map((origin) => origin.toLowerCase()))

  function checkHost(request: IncomingMessage): void {
    const { host } = request.headers
    const name = host === undefined ? undefined : hostName(host)
    if (name !== undefined && hosts.has(name)) return
    throw new Failure('forbidden-host', 'This server does not answer to the name in the Host header.', {
      hint: 'Use the address it was started with, or start it with --allow-host <name>.',
    })
  }
  function checkOrigin(request: IncomingMessage): void {
    const { origin, host } = request.headers
    const site = request.headers['sec-fetch-site']
    const navigation = request.method === 'GET' && request.headers['sec-fetch-mode'] === 'navigate'
    if (origin === undefined && (site !== 'cross-site' || navigation)) return
    if (origin !== undefined && (origins.has(origin.toLowerCase()) || originHost(origin) === host?.toLowerCase()))
      return
    throw new Failure('forbidden-origin', 'A page of another origin may not call this server.', {
      hint: 'Open the editor from this server, or start it with --allow-origin <origin>.',
    })
  }
  function roleOf(token: string | undefined): Role | undefined {
    if (token === undefined || options.ownerToken === undefined) return undefined
    const is = (known: string) => sameText(token, known) || sameText(token, cookieValueOf(known))
    if (is(options.ownerToken)) return 'owner'
    return options.viewerToken !== undefined && is(options.viewerToken) ? 'viewer' : undefined
  }

  const wrongTokens = createWrongTokens(wrongTokensPerMinute)
  function roleFor(request: IncomingMessage, token: string | undefined): Role | undefined {
    if (options.ownerToken === undefined) return 'owner'
    const role = roleOf(token)
    if (role === undefined && token !== undefined) wrongTokens.add(request)
    return role
  }

  return {
    checkHost,
    checkOrigin,
    roleFor,
    check(request) {
      checkHost(request)
      checkOrigin(request)
      const role = roleFor(request, tokenOf(request))
      if (role === undefined) {
        throw new Failure('unauthorized', 'This server needs a token.', {
          hint: 'Send it as "Authorization: Bearer <token>", or open /?token=<token> once in the browser.',
        })
      }
      return { role, owner: ownerOf(request) }
    },
    needsToken: options.ownerToken !== undefined,
  }
}

/**
 * From the Authorization header (as a bearer, or as the password of any user, which is all that some clients can send),
 * the cookie, on an upgrade the subprotocol `bearer.<token>`, or `?token=` of the address, which is all that some
 * clients of ComfyUI can set.
 */
function tokenOf(request: IncomingMessage): string | undefined {
  const [, scheme = '', given = ''] = /^(Bearer|Basic)\s+(\S+)$/i.exec(request.headers.authorization ?? '') ?? []
  if (scheme.toLowerCase() === 'bearer') return given
  if (scheme !== '') return passwordIn(Buffer.from(given, 'base64').toString('utf8'))
  const protocols = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim())
  const fromProtocol = protocols.find((name) => name.startsWith('bearer.'))?.slice('bearer.'.length)
  return fromProtocol ?? cookieOf(request, tokenCookie) ?? tokenInAddress(request.url ?? '')
}
/** Of `user:password`. */
const passwordIn = (credentials: string): string => credentials.slice(credentials.indexOf(':') + 1)
function tokenInAddress(address: string): string | undefined {
  const at = address.indexOf('?')
  return at < 0 ? undefined : (new URLSearchParams(address.slice(at)).get('token') ?? undefined)
}
function cookieOf(request: IncomingMessage, name: string): string | undefined {
  const found = (request.headers.cookie ?? '').split(';').find((part) => part.trim().startsWith(`${name}=`))
  return found && decodeURIComponent(found.trim().slice(name.length + 1))
}

/** A name that the asker chose for its turn in the queue; it gives no rights. */
function ownerOf(request: IncomingMessage): string {
  const { 'x-patchbay-owner': chosen } = request.headers
  return typeof chosen === 'string' && /^[\w.@-]{1,64}$/.test(chosen) ? chosen : 'local'
}

/** Compares in a time that says nothing about where texts differ. */
function sameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}

/** `name` of `name:port`, lower case, without the brackets of IPv6. */
function hostName(host: string): string | undefined {
  const match = /^(\[[0-9a-f:.%]+\]|[^:/\\@?#\s]+)(:\d{1,5})?$/i.exec(host)
  return match?.[1] === undefined ? undefined : bare(match[1].toLowerCase())
}
const bare = (name: string): string => name.replace(/^\[|\]$/g, '')

function originHost(origin: string): string | undefined {
  try {
    return new URL(origin).host
  } catch {
    return undefined
  }
}
function ownAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .map(({ address }) => address)
    .filter((address) => isIP(address) !== 0)
}
