/** Names of variables that hold what must be kept from others, as they are usually written. */
const secretName =
  /(^|_)(TOKENS?|SECRETS?|PASS(WORD|WD|PHRASE)?|CREDENTIALS?|API_?KEYS?|(ACCESS|PRIVATE|SECRET)_?KEYS?|AUTH|COOKIE)(_|$)/i

/** Names the variables that runners get although they look like secrets, with commas between. */
const passedOn = 'PATCHBAY_RUNNER_ENV'

/**
 * What the processes that run node packs see of the server's environment: all but secrets. One that a pack needs is
 * named in `PATCHBAY_RUNNER_ENV`; the server's own tokens never pass.
 */
export function runnerEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const named = new Set((env[passedOn] ?? '').split(',').map((name) => name.trim()))
  const passes = (name: string): boolean =>
    !name.toUpperCase().startsWith('PATCHBAY_TOKEN') && (named.has(name) || !secretName.test(name))
  return Object.fromEntries(Object.entries(env).filter(([name]) => passes(name)))
}
