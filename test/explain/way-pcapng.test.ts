// Ways as a capture file: an interface for each place, every sighting in order of time.
import { expect, test } from 'vitest'
import { pcapngOf } from '../../src/explain/way-pcapng.js'
import { Lab } from '../../src/lab/lab.js'
import { waysIn } from '../../src/lab/packet-ways.js'
import { parseScenario } from '../../src/scenario/parse.js'
import { readPcap } from '../../src/wire/pcap.js'

const SCENARIO = `title: Two
clock: 2020-01-01T00:00:00Z
image: debian-12
nodes:
  a:
    nics: [{name: eth0, mac: 02:00:00:00:00:01, wire: w}]
    addresses: {eth0: [10.0.0.1/24]}
  b:
    nics: [{name: eth0, mac: 02:00:00:00:00:02, wire: w}]
    addresses: {eth0: [10.0.0.2/24]}
wires:
  w: {delay: 250us}
`

test('a ping between two machines is seen at both ends, there and back', async () => {
  const lab = await Lab.boot(parseScenario(SCENARIO, 'two.yaml', 'two').scenario!)
  await lab.run('a', 'ping -c 1 10.0.0.2')
  lab.packets.start()
  const before = lab.clockUs
  await lab.run('a', 'ping -c 1 10.0.0.2')
  const bytes = pcapngOf(waysIn(lab.packets), { clockStartUs: lab.clockUs - lab.pace.nowUs, application: 'netlab' })
  const file = readPcap(bytes)
  if (typeof file === 'string') throw new Error(file)
  const [first] = file.packets
  expect(file.packets.map(({ timeUs }) => timeUs - first!.timeUs)).toEqual([0, 250, 250, 500])
  expect(first!.timeUs).toBeGreaterThanOrEqual(before)
  // Type of the ICMP message: there 8, back 0.
  expect(file.packets.map((packet) => packet.bytes[34])).toEqual([8, 8, 0, 0])
  const text = Buffer.from(bytes).toString('latin1')
  const [one, two] = [text.indexOf('a/-/eth0'), text.indexOf('b/-/eth0')]
  expect([one > 0, two > one, text.indexOf('a/-/eth0', two)]).toEqual([true, true, -1])
  expect(text).toContain('a: tcpdump -i eth0')
  expect(text).toContain('packet 1 request, hop ')
})
