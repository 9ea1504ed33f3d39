import { expect, test } from 'vitest'
import { requestOutside } from './fetch-public.ts'
import { isPublicAddress } from './public-address.ts'

test.each(['8.8.8.8', '1.1.1.1', '2606:4700:4700::1111', '::ffff:8.8.8.8'])('%s is public', (address) => {
  expect(isPublicAddress(address)).toBe(true)
})

test.each([
  '127.0.0.1',
  '10.1.2.3',
  '172.31.255.255',
  '192.168.0.1',
  '169.254.169.254',
  '100.64.0.1',
  '0.0.0.0',
  '::1',
  '::',
  'fe80::1',
  'fd00::1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '64:ff9b::7f00:1',
  '64:ff9b:1::a00:1',
  '2002:a00:1::',
  '::ffff:0:a00:1',
  '0:0:0:0:0:ffff:10.0.0.1',
  'fec0::1',
  '2001:0:a00:1::',
  'not an address',
])('%s is not public', (address) => {
  expect(isPublicAddress(address)).toBe(false)
})

test.each([
  ['http://127.0.0.1:1/x', 'forbidden-address'],
  ['http://[::1]:1/x', 'forbidden-address'],
  ['http://2130706433/x', 'forbidden-address'],
  ['http://0x7f.1/x', 'forbidden-address'],
  ['http://localhost:1/x', 'forbidden-address'],
  ['file:///etc/passwd', 'invalid-request'],
  ['http://name:password@example.com/', 'invalid-request'],
])('a download from %s is refused', async (url, code) => {
  await expect(requestOutside(url, { allowPrivate: false })).rejects.toMatchObject({ code })
})
