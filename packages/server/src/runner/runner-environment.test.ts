import { expect, test } from 'vitest'
import { runnerEnvironment } from './runner-environment.ts'

test.each([
  'PATCHBAY_TOKEN',
  'HF_TOKEN',
  'GITHUB_TOKEN',
  'OPENAI_API_KEY',
  'AWS_SECRET_ACCESS_KEY',
  'DB_PASSWORD',
  'PGPASSWORD_FILE_PASS',
  'npm_config__auth',
  'GOOGLE_APPLICATION_CREDENTIALS',
])('the secret %s does not reach runners', (name) => {
  expect(runnerEnvironment({ [name]: 'x', HOME: '/home/ann' })).toEqual({ HOME: '/home/ann' })
})

test.each([
  'PATH',
  'LD_LIBRARY_PATH',
  'CUDA_VISIBLE_DEVICES',
  'OMP_NUM_THREADS',
  'HTTPS_PROXY',
  'XAUTHORITY',
  'KEYBOARD',
])('%s does', (name) => {
  expect(runnerEnvironment({ [name]: 'x' })).toEqual({ [name]: 'x' })
})

test('one that a pack needs is passed on by name; the own token of the server never is', () => {
  const env = {
    PATCHBAY_RUNNER_ENV: 'OPENAI_API_KEY, PATCHBAY_TOKEN',
    OPENAI_API_KEY: 'a',
    HF_TOKEN: 'b',
    PATCHBAY_TOKEN: 'c',
  }
  expect(Object.keys(runnerEnvironment(env))).toEqual(['PATCHBAY_RUNNER_ENV', 'OPENAI_API_KEY'])
})
