import type { IncomingMessage } from 'node:http'
import { describe, expect, test } from 'vitest'
import type { Failure } from '../failure.ts'
import { cookieValueOf, createAccessGuard } from './access.ts'

const request = (headers: object, method = 'POST', url = '/') =>
  ({ method, url, headers, socket: { remoteAddress: '127.0.0.1' } }) as IncomingMessage
const guard = createAccessGuard({ host: '127.0.0.1', allowedHosts: [], allowedOrigins: [] })
const outcome = (subject: IncomingMessage, by = guard): string => {
  try {
    return by.check(subject).role
  } catch (error) {
    return (error as Failure).code
  }
}

describe('a server on loopback', () => {
  test.each([
    ['its own page', { host: '127.0.0.1:8188', origin: 'http://127.0.0.1:8188' }, 'owner'],
    ['its own page by another loopback name', { host: 'localhost:8188', origin: 'http://localhost:8188' }, 'owner'],
    ['a program, which sends no origin', { host: '127.0.0.1:8188' }, 'owner'],
    ['IPv6 loopback', { host: '[::1]:8188' }, 'owner'],
    ['a page of another site', { host: '127.0.0.1:8188', origin: 'http://evil.example' }, 'forbidden-origin'],
    ['a page of another port', { host: '127.0.0.1:8188', origin: 'http://127.0.0.1:9999' }, 'forbidden-origin'],
    ['a sandboxed frame', { host: '127.0.0.1:8188', origin: 'null' }, 'forbidden-origin'],
    [
      'a cross-site fetch without origin',
      { host: '127.0.0.1:8188', 'sec-fetch-site': 'cross-site' },
      'forbidden-origin',
    ],
    ['DNS rebinding', { host: 'evil.example:8188', origin: 'http://evil.example:8188' }, 'forbidden-host'],
    ['a host that only begins like ours', { host: '127.0.0.1.evil.example' }, 'forbidden-host'],
    ['a host with an at sign', { host: 'localhost@evil.example' }, 'forbidden-host'],
    ['no host at all', {}, 'forbidden-host'],
  ])('%s: %j is %s', (_, headers, expected) => {
    expect(outcome(request(headers))).toBe(expected)
  })

  test('a link from another site opens the editor, but no cross-site post is a link', () => {
    const headers = { host: 'localhost', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }
    expect(outcome(request(headers, 'GET'))).toBe('owner')
    expect(outcome(request(headers, 'POST'))).toBe('forbidden-origin')
  })
})

describe('a server with tokens', () => {
  const tokens = { ownerToken: 'owner-secret', viewerToken: 'viewer-secret' }
  const guarded = createAccessGuard({ host: '127.0.0.1', allowedHosts: [], allowedOrigins: [], ...tokens })
  const host = 'localhost'
  test.each([
    ['no token', {}, 'unauthorized'],
    ['a wrong one', { authorization: 'Bearer guess' }, 'unauthorized'],
    ['the owner token', { authorization: 'Bearer owner-secret' }, 'owner'],
    ['the viewer token', { authorization: 'Bearer viewer-secret' }, 'viewer'],
    ['the cookie', { cookie: `a=b; patchbay_token=${cookieValueOf('owner-secret')}` }, 'owner'],
    ['the cookie of a viewer', { cookie: `patchbay_token=${cookieValueOf('viewer-secret')}` }, 'viewer'],
    ['the cookie of another token', { cookie: `patchbay_token=${cookieValueOf('guess')}` }, 'unauthorized'],
    ['the password of any user', { authorization: `Basic ${btoa('me:owner-secret')}` }, 'owner'],
    ['a wrong password', { authorization: `Basic ${btoa('owner-secret:guess')}` }, 'unauthorized'],
    ['the subprotocol of an upgrade', { 'sec-websocket-protocol': 'patchbay, bearer.viewer-secret' }, 'viewer'],
  ])('%s: %s', (_, headers, expected) => {
    expect(outcome(request({ host, ...headers }), guarded)).toBe(expected)
  })

  test.each([
    ['/ws?clientId=1&token=viewer-secret', 'viewer'],
    ['/queue?token=guess', 'unauthorized'],
    ['/queue/token=owner-secret', 'unauthorized'],
  ])('the address %s: %s', (url, expected) => {
    expect(outcome(request({ host }, 'GET', url), guarded)).toBe(expected)
  })

  test('an address that guesses is soon told to wait; the right token passes all the same, for all behind one proxy', () => {
    const busy = createAccessGuard({ host: '127.0.0.1', allowedHosts: [], allowedOrigins: [], ...tokens })
    const guess = (token: string) => outcome(request({ host, authorization: `Bearer ${token}` }), busy)
    const guesses = Array.from({ length: 30 }, (_, index) => guess(`guess${index}`))
    expect([guesses[0], guesses[19], guesses[20], guesses[29]]).toEqual([
      ...['unauthorized', 'unauthorized'],
      ...['too-many-requests', 'too-many-requests'],
    ])
    expect([guess('owner-secret'), guess('viewer-secret'), guess('guess')]).toEqual([
      ...['owner', 'viewer', 'too-many-requests'],
    ])
  })

  test('pictures in a page of another site do not guess', () => {
    const busy = createAccessGuard({ host: '127.0.0.1', allowedHosts: [], allowedOrigins: [], ...tokens })
    const image = { host, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }
    for (let index = 0; index < 30; index++) {
      expect(outcome(request(image, 'GET', `/queue?token=guess${index}`), busy)).toBe('forbidden-origin')
    }
    expect(outcome(request({ host, authorization: 'Bearer guess' }), busy)).toBe('unauthorized')
  })
})
