// bash's /dev/tcp and /dev/udp over the emulated network.
import { expect, test } from 'vitest'
import { Lab } from '../../src/lab/lab.js'
import { loadScenario } from '../../src/scenario/library.js'

test('a redirection to /dev/tcp is a connection, to /dev/udp a datagram', async () => {
  const lab = await Lab.boot(await loadScenario('scenarios/primitives.yaml'))
  await lab.run('p01-b', 'nc -l 9000 > /tmp/tcp & nc -u -l 9001 > /tmp/udp & tcpdump -nn -l -i eth0 udp > /tmp/seen 2>/dev/null &')
  expect(await lab.run('p01-a', 'echo hello > /dev/tcp/10.0.0.2/9000; echo -n bye > /dev/udp/10.0.0.2/9001; sleep 0.1')).toMatchObject({
    stderr: '',
    exitCode: 0,
  })
  expect((await lab.run('p01-b', 'kill %3; cat /tmp/tcp; cat /tmp/udp; grep -c "10.0.0.2.9001: UDP, length 3" /tmp/seen')).stdout).toBe(
    'hello\nbye1\n',
  )
})

test('an exec with /dev/tcp reads and writes one connection', async () => {
  const lab = await Lab.boot(await loadScenario('scenarios/primitives.yaml'))
  await lab.run('p01-b', 'while true; do echo answer | nc -l 9000 -N >> /tmp/asked; done &')
  const script = 'exec 3<>/dev/tcp/10.0.0.2/9000; echo question >&3; cat <&3; exec 3>&-'
  expect(await lab.run('p01-a', script)).toMatchObject({ stdout: 'answer\n', stderr: '', exitCode: 0 })
  expect((await lab.run('p01-b', 'cat /tmp/asked')).stdout).toBe('question\n')
})

test('nobody listens: both lines that bash prints', async () => {
  const lab = await Lab.boot(await loadScenario('scenarios/primitives.yaml'))
  expect(await lab.run('p01-a', 'echo > /dev/tcp/10.0.0.2/9')).toMatchObject({
    stdout: '',
    stderr: 'bash: connect: Connection refused\nbash: /dev/tcp/10.0.0.2/9: Connection refused\n',
    exitCode: 1,
  })
})
