// What a machine has on its disk from the start.
import { expect, test } from 'vitest'
import { bash } from './support.js'

test('networks have names, so that route without -n says link-local', async () => {
  const line =
    'ip link add d0 type dummy; ip link set d0 up; ip addr add 10.0.0.1/24 dev d0; ip route add 169.254.0.0/16 dev d0; route | tail -1'
  const last = async (image: string): Promise<string> => (await bash(line, image)).stdout
  expect(await last('debian-12')).toBe('link-local      0.0.0.0         255.255.0.0     U     0      0        0 d0\n')
  expect(await last('ubuntu-12.04')).toBe('link-local      *               255.255.0.0     U     0      0        0 d0\n')
})
