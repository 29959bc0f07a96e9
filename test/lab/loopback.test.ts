import { expect, test } from 'vitest'
import { Lab } from '../../src/lab/lab.js'
import { parseScenario } from '../../src/scenario/parse.js'

test('more than one segment of TCP passes lo, whose MTU is more than a packet can have', async () => {
  const { scenario } = parseScenario('title: one host\nnodes: { a: }\n', 'one.yaml', 'one')
  const lab = await Lab.boot(scenario!)
  await lab.run('a', 'head -c 200000 /dev/zero > /tmp/file; (nc -l -p 5000 < /tmp/file > /dev/null &); sleep 1')
  const capture = 'tcpdump -nn -c 1 -i lo "tcp[tcpflags] & tcp-syn != 0" > /tmp/syn 2> /dev/null & sleep 1'
  await lab.run('a', capture)
  expect((await lab.run('a', 'nc -w 5 127.0.0.1 5000 < /dev/null | wc -c')).stdout.trim()).toBe('200000')
  // As Linux has it: 65535 less two headers.
  expect((await lab.run('a', 'cat /tmp/syn')).stdout).toMatch(/win 65495, options \[mss 65495,/)
})
