// F3 and F5 over a real lab: two machines, a ping between them, every key.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { Lab } from '../../src/lab/lab.js'
import { parseScenario } from '../../src/scenario/parse.js'
import { readPcap } from '../../src/wire/pcap.js'
import { FakeLab, fakeServices } from './fake-lab.js'
import { Stage } from './stage.js'

const SCENARIO = `title: Two and a router
clock: 2020-01-01T00:00:00Z
image: debian-12
nodes:
  a:
    nics: [{name: eth0, mac: 02:00:00:00:00:01, wire: one}]
    addresses: {eth0: [10.0.1.1/24]}
    routes: [default via 10.0.1.254]
  router:
    nics:
      - {name: eth0, mac: 02:00:00:00:01:fe, wire: one}
      - {name: eth1, mac: 02:00:00:00:02:fe, wire: two}
    addresses: {eth0: [10.0.1.254/24], eth1: [10.0.2.254/24]}
    sysctl: {net.ipv4.ip_forward: 1}
  b:
    nics: [{name: eth0, mac: 02:00:00:00:00:02, wire: two}]
    addresses: {eth0: [10.0.2.2/24]}
    routes: [default via 10.0.2.254]
wires:
  one: {}
  two: {}
`
const [F1, F3, F5, ESC] = ['\x1bOP', '\x1bOR', '\x1b[15~', '\x1b']
const [UP, DOWN, RIGHT, LEFT, HOME] = ['\x1b[A', '\x1b[B', '\x1b[C', '\x1b[D', '\x1b[H']

// Loaded when it is first opened: not within the time of a test.
beforeAll(async () => {
  await import('../../src/tui/front/open.js')
  const lab = await Lab.boot(parseScenario(SCENARIO, 'routed.yaml', 'routed').scenario!)
  lab.openShell('a').close()
  await lab.run('a', 'ping -c 1 10.0.2.2; ip netns')
})

let stage: Stage
let folder: string | null = null
afterEach(async () => {
  await stage.app.closeSession()
  stage.close()
  if (folder !== null) rmSync(folder, { recursive: true })
  folder = null
})

async function open(columns = 80, rows = 24, options: { ascii?: boolean; colours?: boolean } = {}): Promise<Lab> {
  const { scenario } = parseScenario(SCENARIO, 'routed.yaml', 'routed')
  const lab = await Lab.boot(scenario!)
  folder = mkdtempSync(join(tmpdir(), 'netlab-view-'))
  const into = folder
  const save = async (name: string, bytes: Uint8Array): Promise<string> => {
    writeFileSync(join(into, name), bytes)
    return join(into, name)
  }
  stage = new Stage(columns, rows, fakeServices(new FakeLab(), { openLab: async () => ({ lab, notice: null }), save }), options)
  await stage.app.openLab('routed', 'a')
  await stage.until(/root@a/)
  return lab
}

async function ping(): Promise<void> {
  await stage.keys('ping -c 1 10.0.2.2\r')
  await stage.until(/1 received/)
}

/** Escape alone is told from a sequence by a pause. */
async function leaves(): Promise<void> {
  await stage.keys(ESC)
  await new Promise((resolve) => setTimeout(resolve, 120))
}

describe('the map', () => {
  it('shows the lab, lights the way of the last packet, and goes back', async () => {
    await open()
    await stage.keys(F3)
    const before = await stage.until(/map: namespaces/)
    expect(before).toContain('send a packet and its way lights up')
    expect(before).toMatch(/│ eth0 {2}10\.0\.1\.1\/24 ─+ one ─┼─┐/)
    await leaves()
    await ping()
    await stage.keys(F3)
    const lit = await stage.until(/10\.0\.1\.1 > 10\.0\.2\.2 icmp echo request/)
    expect(lit).toMatch(/◆eth0 {2}10\.0\.1\.1\/24 ━+ one ━╋━┓/)
    expect(lit).toMatch(/◆eth1 {2}10\.0\.2\.254\/24 ━+ two ━╋━┓/)
    await stage.keys('d')
    expect(await stage.text()).toMatch(/▸eth0 {2}10\.0\.1\.1\/24[\s\S]*request only/)
    await stage.keys('d')
    expect(await stage.text()).not.toMatch(/[▸◆━]/)
    await stage.keys('d', '-')
    expect(await stage.text()).toContain('map: nodes')
    await stage.keys('-')
    expect(await stage.text()).toContain('this is the coarsest')
    await stage.keys('+', '+')
    expect(await stage.text()).toContain('map: devices')
    await leaves()
    expect(await stage.text()).toContain('root@a')
  })

  it('scrolls, is closed by its own key, and F1 helps', async () => {
    await open(80, 16)
    await stage.keys('for n in 1 2 3 4 5 6 7 8 9; do ip netns add n$n; done; echo done\r')
    await stage.until(/^done/m)
    await stage.keys(F3)
    await stage.until(/map:/)
    // Without the clock.
    const rows = async (): Promise<string[]> => (await stage.text()).split('\n').slice(1)
    const top = await rows()
    await stage.keys(DOWN, DOWN)
    expect((await rows())[1]).toBe(top[3])
    await stage.keys(UP, UP)
    expect(await rows()).toEqual(top)
    await stage.keys(F1)
    await stage.until(/┌ help ─/)
    await stage.keys('x', F3)
    expect(await stage.text()).toContain('root@a')
  })

  it('is ASCII where that is wanted, and needs no colours', async () => {
    await open(120, 36, { ascii: true })
    await ping()
    await stage.keys(F3)
    const text = await stage.until(/icmp echo request/)
    expect(text).toMatch(/^[\x20-\x7e\n]*$/)
    expect(text).toMatch(/\*eth0 {2}10\.0\.1\.1\/24 =+ one =#=#/)
  })
})

describe('the packets', () => {
  it('are listed, filtered and stepped through, forward and back', async () => {
    await open()
    await ping()
    await stage.keys(F5)
    expect(await stage.until(/packets: the last/)).toMatch(/ARP who has 10\.0\.1\.254\? tell 10\.0\.1\.1 +answered/)
    await stage.keys('/', 'icmp', '\r')
    const list = await stage.text()
    expect(list).toMatch(/packets: 2 of \d+, "icmp"/)
    await stage.keys(HOME, '\r')
    expect(await stage.text()).toMatch(/hop 1 of \d+/)
    await stage.keys(RIGHT, 'n')
    expect(await stage.text()).toMatch(/hop 3 of/)
    await stage.keys(LEFT, 'p')
    expect(await stage.text()).toMatch(/hop 1 of/)
    const shown = async (pattern: RegExp): Promise<string> => {
      for (let hop = 0; hop < 30; hop++) {
        const text = await stage.text()
        if (pattern.test(text)) return text
        await stage.keys(RIGHT)
      }
      throw new Error(`no hop shows ${pattern}`)
    }
    expect(await shown(/router {2}IP/)).toMatch(/ipv4 ttl {2,}64 → 63/)
    // Behind the last hop the next packet begins: the reply.
    expect(await shown(/reply ┘/)).toContain('hop 1 of')
  })

  it('keep the one that is stepped through, however many come after it', async () => {
    const lab = await open()
    await ping()
    await stage.keys(F5, '/', 'icmp echo request', '\r', '\r', RIGHT)
    const before = await stage.until(/packet \d+ ─/)
    const [packet] = /packet \d+ ─/.exec(before)!
    await lab.run('b', 'ping -c 400 -i 0.002 10.0.1.1')
    await stage.keys(RIGHT, LEFT)
    expect(await stage.text()).toContain(packet)
    expect(await stage.text()).toContain('hop 2 of')
  })

  it('types the command that shows a step and does not run it', async () => {
    await open()
    await ping()
    await stage.keys(F5)
    await stage.until(/packets:/)
    await stage.keys('/', 'echo request', '\r', HOME, '\r')
    for (let hop = 0; hop < 20 && !/router {2}IP/.test(await stage.text()); hop++) await stage.keys(RIGHT)
    for (let step = 0; step < 10 && !/c: ip route/.test(await stage.text()); step++) await stage.keys(DOWN)
    const command = /c: (ip route.*?) *│/.exec(await stage.text())?.[1]
    await stage.keys('c')
    expect(await stage.until(/root@router:~# ip route/)).toContain(`root@router:~# ${command}`)
    expect(stage.app.session?.tab?.isBusy).toBe(false)
    await stage.keys(F5)
    expect(await stage.text()).toContain('router  IP')
  })

  it('are written as a capture file of what is shown', async () => {
    const lab = await open(120, 36)
    await ping()
    await stage.keys(F5)
    await stage.until(/packets:/)
    await stage.keys('/', 'icmp', '\r', 'w')
    await stage.until(/2 packets are written to/)
    const file = readPcap(readFileSync(join(folder!, 'routed-packets.pcapng')))
    if (typeof file === 'string') throw new Error(file)
    // There and back: out of a, in and out of the router, in at b.
    expect(file.packets).toHaveLength(8)
    expect(file.packets.every(({ timeUs }) => Math.abs(timeUs - lab.clockUs) < 60e6)).toBe(true)
  })

  it('leads to the map with this packet lit, and to a node or protocol alone', async () => {
    await open()
    await ping()
    await stage.keys(F5)
    await stage.until(/packets:/)
    await stage.keys('f')
    await stage.until(/show/)
    await stage.keys(DOWN, DOWN, DOWN, '\r')
    expect(await stage.text()).toMatch(/of \d+, arp/)
    await stage.keys(HOME, 'm')
    expect(await stage.until(/map:/)).toMatch(/packet \d+: ARP who has/)
    await stage.keys('\r')
    expect(await stage.until(/hop 1 of/)).toContain('arp')
    await leaves()
    await leaves()
    expect(await stage.text()).toContain('root@a')
  })

  it('take Chinese text for the filter and keep their widths', async () => {
    await open()
    await ping()
    await stage.keys(F5)
    await stage.until(/packets:/)
    await stage.keys('/', '网络')
    const text = await stage.text()
    expect(text).toContain('find: 网络')
    expect(text).toContain('no packet like that')
    await leaves()
    expect(await stage.text()).toContain('packets: the last')
  })
})
