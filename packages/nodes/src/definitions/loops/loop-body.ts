interface Sockets {
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
}

/**
 * The inputs and outputs of the body of a loop.
 * @throws Error that says what it lacks
 */
export function checkBody(sockets: Sockets | undefined, body: string, needed: Sockets): Sockets {
  if (!sockets) {
    throw new Error(
      body === ''
        ? 'No sub-workflow is chosen as the body of the loop.'
        : `This workflow has no sub-workflow named "${body}".`,
    )
  }
  for (const side of ['inputs', 'outputs'] as const) {
    const missing = needed[side].filter((name) => !sockets[side].includes(name))
    if (missing.length === 0) continue
    const has = sockets[side].map((name) => `"${name}"`).join(', ') || 'none'
    throw new Error(
      `The sub-workflow "${body}" needs the ${side.slice(0, -1)} ${missing.map((name) => `"${name}"`).join(' and ')} to be repeated; its ${side} are ${has}.`,
    )
  }
  return sockets
}
