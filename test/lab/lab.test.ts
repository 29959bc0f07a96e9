// A lab as its clients meet it: time, steps, jobs, shells, events, going back.
import { expect, test } from 'vitest'
import { Lab } from '../../src/lab/lab.js'
import type { LabEvent } from '../../src/lab/lab-event.js'
import { parseScenario } from '../../src/scenario/parse.js'
import type { Scenario } from '../../src/scenario/scenario.js'

const TWO = `title: Two
clock: 2012-07-30T00:45:00Z
nodes:
  a:
    nics: [{name: eth0, mac: 02:00:00:00:00:01, wire: w}]
    addresses: {eth0: [10.0.0.1/24]}
  b:
    nics: [{name: eth0, mac: 02:00:00:00:00:02, wire: w}]
    addresses: {eth0: [10.0.0.2/24]}
wires:
  w: {kind: veth}
`

function two(): Scenario {
  const { scenario, problems } = parseScenario(TWO, 'two.yaml', 'two')
  expect(problems).toEqual([])
  return scenario!
}

async function out(lab: Lab, node: string, line: string): Promise<string> {
  const { stdout, stderr } = await lab.run(node, line)
  return stdout + stderr
}

test('the clock opens at what the scenario says and moves only inside a step', async () => {
  const lab = await Lab.boot(two())
  const opened = lab.nowUs
  expect(await out(lab, 'a', 'date')).toBe('Mon Jul 30 00:45:00 UTC 2012\n')
  await lab.run('a', 'sleep 301')
  const after = lab.nowUs
  expect(after - opened).toBeGreaterThan(301e6)
  expect(after - opened).toBeLessThan(301.1e6)
  await new Promise((resolve) => setImmediate(resolve))
  expect(lab.nowUs).toBe(after)
})

test('state of a shell lives on from step to step; exit brings a new one', async () => {
  const lab = await Lab.boot(two())
  await lab.run('a', 'cd /tmp; X=1')
  expect(await out(lab, 'a', 'pwd; echo $X')).toBe('/tmp\n1\n')
  expect((await lab.run('a', 'exit 3')).exitCode).toBe(3)
  expect(await out(lab, 'a', 'pwd; echo "[$X]"')).toBe('/root\n[]\n')
})

test('a step without end is interrupted at its limit, and says what stood in front', async () => {
  const lab = await Lab.boot(two())
  const { stdout, stderr, exitCode } = await lab.run('a', 'ping -q 10.0.0.2', { stepLimitSeconds: 5 })
  expect(stdout).toContain('5 packets transmitted, 5 received, 0% packet loss')
  expect(stderr).toMatch(
    /^netlab: interrupted after 5 s of virtual time \(the step limit is reached\): ping -q 10\.0\.0\.2 \(process \d+\)\n$/,
  )
  expect(exitCode).toBe(0)
})

test('a job has got going when the next step begins', async () => {
  const lab = await Lab.boot(two())
  await lab.run('b', 'tcpdump -n -i eth0 icmp > /tmp/c 2> /dev/null &')
  await lab.run('a', 'ping -c 1 10.0.0.2')
  expect(await out(lab, 'b', 'kill -INT %1; wait; grep -c echo /tmp/c')).toBe('2\n')
})

test('two labs of one seed do the same, another seed does not', async () => {
  const lines = ['ping -c 2 10.0.0.2', 'ip -s link', 'cat /proc/sys/kernel/random/uuid', 'ip link add br0 type bridge; ip link show br0']
  const print = async (seed: string): Promise<string> => {
    const lab = await Lab.boot(two(), { seed })
    let text = ''
    for (const line of lines) text += await out(lab, 'a', line)
    return text
  }
  const first = await print('1')
  expect(await print('1')).toBe(first)
  expect(await print('2')).not.toBe(first)
})

test('a person types at a prompt, interrupts, and logs out', async () => {
  const lab = await Lab.boot(two())
  const shell = lab.openShell('a')
  let screen = ''
  shell.onOutput((text) => {
    screen += text
  })
  await lab.untilPrompt(shell)
  expect(shell.prompt).toBe('root@a:~# ')
  shell.submit('ping 10.0.0.2')
  await lab.advance(2.5)
  expect(shell.isBusy).toBe(true)
  shell.interrupt()
  await lab.untilPrompt(shell)
  expect(screen).toContain('3 packets transmitted, 3 received')
  expect(shell.complete('ip addr sh', 10)).toEqual({ from: 8, candidates: ['show'] })
  expect(shell.needsMore("echo 'a")).toBe(true)
  let code: number | null = null
  shell.onClose((exitCode) => {
    code = exitCode
  })
  shell.submit('exit 4')
  await lab.untilPrompt(shell)
  expect(code).toBe(4)
})

test('undo takes the last line back, reset all; shells stay', async () => {
  const lab = await Lab.boot(two())
  const shell = lab.openShell('a')
  await lab.untilPrompt(shell)
  shell.submit('ip link set eth0 mtu 1400')
  await lab.untilPrompt(shell)
  shell.submit('ip link set eth0 mtu 1300')
  await lab.untilPrompt(shell)
  const mtu = (): number | undefined => lab.node('a')?.machine.kernel.initNetns.deviceByName('eth0')?.mtu
  expect(mtu()).toBe(1300)
  expect(await lab.undo()).toEqual({ node: 'a', line: 'ip link set eth0 mtu 1300' })
  expect(mtu()).toBe(1400)
  await lab.untilPrompt(shell)
  expect(shell.isBusy).toBe(false)
  await lab.reset()
  expect(mtu()).toBe(1500)
  await lab.untilPrompt(shell)
  expect(shell.prompt).toBe('root@a:~# ')
})

test('lab reset in a shell: the next line is read at the new prompt', async () => {
  const lab = await Lab.boot(two())
  const shell = lab.openShell('a')
  await lab.untilPrompt(shell)
  shell.submit('lab reset')
  await lab.untilPrompt(shell)
  expect(shell.isBusy).toBe(false)
  let text = ''
  shell.onOutput((more) => {
    text += more
  })
  shell.submit('echo on$((1))')
  await lab.untilPrompt(shell)
  expect(text).toContain('on1\n')
})

test('a session is resumed where it stood, counters and jobs included', async () => {
  const lab = await Lab.boot(two())
  await lab.run('a', 'ping -i 0.5 10.0.0.2 > /tmp/p &')
  await lab.run('b', 'sleep 7.3')
  const again = await Lab.resume(two(), lab.journal)
  const look = async (each: Lab): Promise<string> =>
    (await out(each, 'b', 'ip -s link; ip neigh')) + (await out(each, 'a', 'cat /tmp/p; jobs'))
  expect(await look(again)).toBe(await look(lab))
})

test('a resumed terminal shows what a face had drawn: prompts, lines, Ctrl-C, and what a job read once', async () => {
  const lab = await Lab.boot(two())
  const shell = lab.openShell('a')
  await lab.untilPrompt(shell)
  shell.interrupt()
  await lab.untilPrompt(shell)
  shell.submit('head -n 1')
  await lab.run('b', 'sleep 1')
  shell.submit('for it')
  await lab.untilPrompt(shell)
  const again = await Lab.resume(two(), lab.journal)
  expect(again.openShells[0]?.remembered).toBe('root@a:~# ^C\nroot@a:~# head -n 1\nfor it\nfor it\n')
})

test('a resumed terminal does not say that words of its lesson are none', async () => {
  const lab = await Lab.boot(two())
  lab.words.set('answer', { name: 'answer', usage: 'answer', summary: '', run: () => 0 })
  const shell = lab.openShell('a')
  for (const line of ['lab answer count 1', 'lab anwser']) {
    await lab.untilPrompt(shell)
    shell.submit(line)
  }
  await lab.untilPrompt(shell)
  const again = await Lab.resume(two(), lab.journal)
  expect(again.openShells[0]?.remembered).toBe(
    'root@a:~# lab answer count 1\nroot@a:~# lab anwser\nlab: no word "anwser" (lab help lists them)\n',
  )
})

test('a journal of another version or scenario is refused with the reason', async () => {
  const lab = await Lab.boot(two())
  await expect(Lab.resume(two(), { ...lab.journal, version: 0 })).rejects.toThrow('it was written by another version of netlab')
  const other = parseScenario(TWO.replace('10.0.0.2', '10.0.0.3'), 'two.yaml', 'two').scenario!
  await expect(Lab.resume(other, lab.journal)).rejects.toThrow('the file of scenario "two" has changed since')
})

test('what happens on a copy does not happen here', async () => {
  const lab = await Lab.boot(two())
  await lab.run('a', 'ip link set eth0 mtu 1400')
  const copy = await lab.copy()
  expect(await out(copy, 'a', 'cat /sys/class/net/eth0/mtu; ip link set eth0 down')).toBe('1400\n')
  expect(await out(lab, 'a', 'ip -br link show eth0')).toContain(' UP ')
})

test('listeners hear commands with their namespace and output', async () => {
  const lab = await Lab.boot(two())
  await lab.run('a', 'ip netns add red')
  const events: LabEvent[] = []
  lab.subscribe((event) => events.push(event))
  await lab.run('a', 'ip netns exec red ip -br link')
  const finished = events.filter((event) => event.type === 'command-finished' && event.netnsName === 'red')
  expect(finished).toMatchObject([{ node: 'a', origin: 'learner', shell: null, exitCode: 0, argv: ['ip', '-br', 'link'] }])
  expect(finished[0]?.type === 'command-finished' && finished[0].stdout).toContain('lo               DOWN')
})

test('listeners hear the frames that a capture takes', async () => {
  const lab = await Lab.boot(two())
  const seen: string[] = []
  lab.subscribe((event) => {
    if (event.type === 'capture-frame') seen.push(`${event.node} ${event.device.name} ${event.direction}`)
  })
  await lab.run('b', 'tcpdump -n -i eth0 icmp > /dev/null 2>&1 &')
  await lab.run('a', 'ping -c 1 10.0.0.2')
  expect(seen).toEqual(['b eth0 in', 'b eth0 out'])
})

test('an injected frame leaves by its device', async () => {
  const lab = await Lab.boot(two())
  const arp = 'ffffffffffff0200000000010806000108000604000102000000000a0a0000010000000000000a000002'.replace('02000000000a', '020000000001')
  expect(await out(lab, 'a', `lab inject eth0 ${arp}`)).toBe('')
  await lab.run('a', 'sleep 1')
  expect(await out(lab, 'b', 'ip neigh')).toContain('10.0.0.1 dev eth0 lladdr 02:00:00:00:00:01')
  expect(await out(lab, 'a', 'lab inject eth9 00')).toContain('lab: inject: a frame has 14 to 65549 bytes, this one 1')
})

test('what a boot typed is in the log with its cause', async () => {
  const lab = await Lab.boot(two())
  expect(await out(lab, 'a', 'lab log b -v')).toBe(
    '00:43:00 b boot: switched on\n    ip -batch - <<\n        link set lo up\n        link set eth0 up\n        addr add 10.0.0.2/24 dev eth0\n',
  )
})

test('a shell that is killed ends its step with the signal; a machine without a process to give says so, and lives on', async () => {
  const lab = await Lab.boot(two())
  expect((await lab.run('a', 'echo x; kill -9 $$')).exitCode).toBe(137)
  expect((await lab.run('a', 'for i in {1..1100}; do sleep 10000 & done')).exitCode).toBe(254)
  expect(await lab.run('a', '/bin/true')).toEqual({ stdout: '', stderr: 'bash: fork: Resource temporarily unavailable\n', exitCode: 254 })
  await lab.run('a', 'exit')
  lab.node('a')!.machine.daemon(['filler'], async (proc) => (await proc.wait<number>(() => {})) ?? 0)
  expect(await lab.run('a', 'true')).toEqual({ stdout: '', stderr: 'bash: fork: Resource temporarily unavailable\n', exitCode: 254 })
  expect((await lab.run('b', 'true')).exitCode).toBe(0)
})

test('fragments that the rules of a bridge see whole go on in pieces', async () => {
  const lab = await Lab.boot(two())
  await lab.run('a', 'for n in x y; do ip netns add $n; ip link add v$n type veth peer name e netns $n; ip -n $n link set e up; done')
  await lab.run('a', 'brctl addbr br0; brctl addif br0 vx vy; ip link set br0 up; ip link set vx up; ip link set vy up')
  await lab.run('a', 'ip -n x addr add 10.9.0.1/24 dev e; ip -n y addr add 10.9.0.2/24 dev e')
  await lab.run('a', 'sysctl -w net.bridge.bridge-nf-call-iptables=1; iptables -A FORWARD -m conntrack --ctstate NEW -p icmp -j ACCEPT')
  expect(await out(lab, 'a', 'ip netns exec x ping -c 1 -q -s 3000 10.9.0.2')).toContain('1 packets transmitted, 1 received')
  expect(await out(lab, 'a', 'iptables -vxnL FORWARD | awk "NR==3 { print \\$1, \\$2 }"')).toBe('1 3028\n')
})
