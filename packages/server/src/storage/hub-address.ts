/**
 * The address of a file on a hub: `hf:owner/name/path/to/file@revision` (`main` without one), or the page of a file on
 * the hub, which people copy from their browser. Any other address is given back as it is.
 */
export function hubAddress(address: string, hub = process.env['HF_ENDPOINT'] ?? 'https://huggingface.co'): string {
  const short = /^hf:(?:\/\/)?([\w.-]+)\/([\w.-]+)\/([^@?#]+)(?:@([\w./-]+))?$/.exec(address)
  if (short) {
    const [, owner = '', name = '', path = '', revision = 'main'] = short
    return `${hub}/${owner}/${name}/resolve/${encodeURIComponent(revision)}/${path}`
  }
  if (!address.startsWith(`${hub}/`)) return address
  return address.replace(/^(https?:\/\/[^/]+\/[^/]+\/[^/]+)\/blob\//, '$1/resolve/')
}

/** Who asks the hub, where its token is set; it goes to the hub alone. */
export function hubHeaders(address: string, hub = process.env['HF_ENDPOINT'] ?? 'https://huggingface.co') {
  const token = process.env['HF_TOKEN']
  return token && address.startsWith(`${hub}/`) ? { authorization: `Bearer ${token}` } : {}
}
