import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import { isIP } from 'node:net'
import { Failure } from '../failure.ts'
import { forbiddenAddress, isPublicAddress, publicLookup } from './public-address.ts'

export interface OutgoingOptions {
  readonly method?: 'GET' | 'POST'
  readonly headers?: { readonly [name: string]: string }
  readonly body?: string
  readonly allowPrivate: boolean
  readonly signal?: AbortSignal
  readonly timeoutMs?: number
}

/**
 * One request to somebody else's server: http(s) only, public addresses only, each redirect (at most 5) checked like
 * the first address.
 */
export async function requestOutside(
  address: string,
  options: OutgoingOptions,
  redirects = 5,
): Promise<IncomingMessage> {
  const url = parsedUrl(address)
  const literal = url.hostname.replace(/^\[|\]$/g, '')
  if (!options.allowPrivate && isIP(literal) !== 0 && !isPublicAddress(literal)) throw forbiddenAddress()
  const response = await send(url, options)
  const { location } = response.headers
  if ([301, 302, 303, 307, 308].includes(response.statusCode ?? 0) && location !== undefined) {
    response.resume()
    if (redirects === 0) throw new Failure('invalid-request', 'The address redirects too often.')
    const target = new URL(location, url)
    // Headers for one host are not sent to another.
    const headers = target.host === url.host ? options.headers : withoutSecrets(options.headers)
    return requestOutside(target.href, { ...options, ...(headers ? { headers } : {}) }, redirects - 1)
  }
  return response
}

function parsedUrl(address: string): URL {
  let url: URL
  try {
    url = new URL(address)
  } catch {
    throw new Failure('invalid-request', 'This is not an address; give a full https:// URL.')
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new Failure('invalid-request', 'Only http:// and https:// addresses can be reached.')
  }
  if (url.username || url.password) throw new Failure('invalid-request', 'An address may not carry a name or password.')
  return url
}

function withoutSecrets(headers: OutgoingOptions['headers']): OutgoingOptions['headers'] {
  return (
    headers && Object.fromEntries(Object.entries(headers).filter(([name]) => !/^(authorization|cookie)$/i.test(name)))
  )
}

function send(url: URL, options: OutgoingOptions): Promise<IncomingMessage> {
  const { request } = url.protocol === 'https:' ? https : http
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      {
        method: options.method ?? 'GET',
        headers: { 'user-agent': 'patchbay', ...options.headers },
        ...(options.allowPrivate ? {} : { lookup: publicLookup }),
        ...(options.signal ? { signal: options.signal } : {}),
        timeout: options.timeoutMs ?? 30_000,
      },
      resolve,
    )
    outgoing.on('timeout', () => outgoing.destroy(new Error(`No answer from ${url.host} in time`)))
    outgoing.on('error', reject)
    outgoing.end(options.body)
  })
}
