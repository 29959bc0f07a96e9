// What the tracker remembers, for how long, and what it calls a packet.
import { expect, test } from 'vitest'
import { WireLab } from './wire-lab.js'

function trackingLab(): WireLab {
  const lab = new WireLab()
  lab.rule('-A FORWARD -m conntrack --ctstate NEW')
  return lab
}

test('nothing is tracked until a rule needs it, and nothing more once the last such rule is gone', () => {
  const lab = new WireLab()
  lab.rule('-t nat -A PREROUTING -p udp')
  lab.udp('in0', '10.0.0.5:1', '203.0.113.9:2')
  expect(lab.connections()).toEqual([])
  expect(lab.list('-t nat -vS PREROUTING')).toContain('-A PREROUTING -p udp -c 0 0')
  lab.rule('-t nat -A POSTROUTING -o ex0 -j SNAT --to-source 203.0.113.1')
  expect(lab.udp('in0', '10.0.0.5:1', '203.0.113.9:2')).toEqual(['ex0 203.0.113.1:1 > 203.0.113.9:2 udp'])
  lab.rule('-t nat -F')
  expect(lab.udp('in0', '10.0.0.5:1', '203.0.113.9:2')).toEqual(['ex0 10.0.0.5:1 > 203.0.113.9:2 udp'])
  expect(lab.connections()).toHaveLength(1)
})

test('a running connection keeps its translation while another rule keeps the tracker alive', () => {
  const lab = trackingLab()
  lab.rule('-t nat -A POSTROUTING -o ex0 -j SNAT --to-source 203.0.113.1')
  lab.udp('in0', '10.0.0.5:1', '203.0.113.9:2')
  lab.rule('-t nat -F')
  expect(lab.udp('in0', '10.0.0.5:1', '203.0.113.9:2')).toEqual(['ex0 203.0.113.1:1 > 203.0.113.9:2 udp'])
})

test('UDP: 30 s, and 120 s assured once it goes both ways after two seconds', () => {
  const lab = trackingLab()
  lab.udp('in0', '10.0.0.5:1', '203.0.113.9:2')
  expect(lab.connections()[0]).toBe(
    'udp      17 29 src=10.0.0.5 dst=203.0.113.9 sport=1 dport=2 [UNREPLIED] src=203.0.113.9 dst=10.0.0.5 sport=2 dport=1 mark=0 use=1',
  )
  lab.udp('ex0', '203.0.113.9:2', '10.0.0.5:1')
  lab.wait(3)
  lab.udp('in0', '10.0.0.5:1', '203.0.113.9:2')
  expect(lab.connections()[0]).toBe(
    'udp      17 119 src=10.0.0.5 dst=203.0.113.9 sport=1 dport=2 src=203.0.113.9 dst=10.0.0.5 sport=2 dport=1 [ASSURED] mark=0 use=1',
  )
  lab.wait(120)
  expect(lab.connections()).toEqual([])
})

test('TCP from the first SYN to TIME_WAIT', () => {
  const lab = trackingLab()
  const inside = '10.0.0.5:4000'
  const outside = '203.0.113.9:80'
  const states: string[] = []
  const note = (): void => void states.push(lab.connections()[0]!.split(' src=')[0]!)
  lab.tcp('in0', inside, outside, 'S', 100)
  note()
  lab.tcp('ex0', outside, inside, 'SA', 900, 101)
  note()
  lab.tcp('in0', inside, outside, 'A', 101, 901)
  note()
  lab.tcp('in0', inside, outside, 'FA', 101, 901)
  note()
  lab.tcp('ex0', outside, inside, 'A', 901, 102)
  note()
  lab.tcp('ex0', outside, inside, 'FA', 901, 102)
  note()
  lab.tcp('in0', inside, outside, 'A', 102, 902)
  note()
  expect(states).toEqual([
    'tcp      6 119 SYN_SENT',
    'tcp      6 59 SYN_RECV',
    'tcp      6 431999 ESTABLISHED',
    'tcp      6 119 FIN_WAIT',
    'tcp      6 59 CLOSE_WAIT',
    'tcp      6 29 LAST_ACK',
    'tcp      6 119 TIME_WAIT',
  ])
})

test('a reset that answers a SYN removes the entry', () => {
  const lab = trackingLab()
  lab.tcp('in0', '10.0.0.5:4000', '203.0.113.9:80', 'S', 100)
  lab.tcp('ex0', '203.0.113.9:80', '10.0.0.5:4000', 'RA', 0, 101)
  expect(lab.connections()).toEqual([])
})

test('a connection met in the middle is taken up for 300 s, or is INVALID when tcp_loose is 0', () => {
  const lab = trackingLab()
  lab.rule('-A FORWARD -m conntrack --ctstate INVALID -j DROP')
  lab.tcp('in0', '10.0.0.5:4000', '203.0.113.9:80', 'A', 100, 5)
  expect(lab.connections()[0]).toContain('tcp      6 299 ESTABLISHED src=10.0.0.5 dst=203.0.113.9 sport=4000 dport=80 [UNREPLIED]')
  lab.router.sysctl.write('net.netfilter.nf_conntrack_tcp_loose', '0')
  expect(lab.tcp('in0', '10.0.0.5:4001', '203.0.113.9:80', 'A', 100, 5)).toEqual([])
})

test('a segment outside the window is INVALID', () => {
  const lab = trackingLab()
  lab.rule('-A FORWARD -m conntrack --ctstate INVALID -j DROP')
  lab.tcp('in0', '10.0.0.5:4000', '203.0.113.9:80', 'S', 100)
  lab.tcp('ex0', '203.0.113.9:80', '10.0.0.5:4000', 'SA', 900, 101)
  lab.tcp('in0', '10.0.0.5:4000', '203.0.113.9:80', 'A', 101, 901)
  expect(lab.tcp('in0', '10.0.0.5:4000', '203.0.113.9:80', 'PA', 1_000_000, 901)).toEqual([])
  expect(lab.tcp('in0', '10.0.0.5:4000', '203.0.113.9:80', 'PA', 101, 901)).toHaveLength(1)
})

test('answers without a question are INVALID: SYN-ACK, echo reply', () => {
  const lab = trackingLab()
  lab.rule('-A FORWARD -m conntrack --ctstate INVALID -j DROP')
  expect(lab.tcp('ex0', '203.0.113.9:80', '10.0.0.5:4000', 'SA', 1, 1)).toEqual([])
  expect(lab.echo('ex0', '203.0.113.9', '10.0.0.5', 0, 7)).toEqual([])
  expect(lab.connections()).toEqual([])
})

test('an error about a known connection is RELATED, and ESTABLISHED first lets answers in', () => {
  const lab = new WireLab()
  lab.rule('-P FORWARD DROP')
  lab.rule('-A FORWARD -m state --state ESTABLISHED,RELATED -j ACCEPT')
  lab.rule('-A FORWARD -i in0 -j ACCEPT')
  expect(lab.udp('ex0', '203.0.113.9:2', '10.0.0.5:1')).toEqual([])
  lab.udp('in0', '10.0.0.5:1', '203.0.113.9:2')
  const about = { from: '10.0.0.5:1', to: '203.0.113.9:2' }
  expect(lab.error('ex0', '203.0.113.254', '10.0.0.5', about)).toEqual([
    'in0 203.0.113.254 > 10.0.0.5 icmp 3/3 about 10.0.0.5:1 > 203.0.113.9:2',
  ])
  expect(lab.udp('ex0', '203.0.113.9:2', '10.0.0.5:1')).toEqual(['in0 203.0.113.9:2 > 10.0.0.5:1 udp'])
})

test('the same addresses live side by side in two zones', () => {
  const lab = trackingLab()
  lab.rule('-t raw -A PREROUTING -m mark --mark 0 -i in0 -p udp --sport 1 -j CT --zone 5')
  lab.udp('in0', '10.0.0.5:1', '203.0.113.9:2')
  lab.rule('-t raw -F')
  lab.udp('in0', '10.0.0.5:1', '203.0.113.9:2')
  expect(
    lab
      .connections()
      .map((line) => /zone=\d+/.exec(line)?.[0] ?? 'zone 0')
      .sort(),
  ).toEqual(['zone 0', 'zone=5'])
})

test('NOTRACK leaves a packet untracked', () => {
  const lab = trackingLab()
  lab.rule('-t raw -A PREROUTING -p udp -j CT --notrack')
  lab.rule('-A FORWARD -m conntrack --ctstate UNTRACKED -j DROP')
  expect(lab.udp('in0', '10.0.0.5:1', '203.0.113.9:2')).toEqual([])
  expect(lab.connections()).toEqual([])
})

test('a dropped packet leaves no entry; the mark of a connection is kept and restored', () => {
  const lab = trackingLab()
  lab.rule('-A FORWARD -p udp --dport 3 -j DROP')
  lab.rule('-t mangle -A FORWARD -i in0 -j CONNMARK --set-mark 0x42')
  lab.rule('-t mangle -A PREROUTING -i ex0 -j CONNMARK --restore-mark')
  lab.rule('-t mangle -A PREROUTING -i ex0 -m mark --mark 0x42 -j ACCEPT')
  expect(lab.udp('in0', '10.0.0.5:1', '203.0.113.9:3')).toEqual([])
  lab.udp('in0', '10.0.0.5:1', '203.0.113.9:4')
  lab.udp('ex0', '203.0.113.9:4', '10.0.0.5:1')
  expect(lab.connections()).toEqual([
    'udp      17 29 src=10.0.0.5 dst=203.0.113.9 sport=1 dport=4 src=203.0.113.9 dst=10.0.0.5 sport=4 dport=1 mark=66 use=1',
  ])
  expect(lab.list('-t mangle -vS PREROUTING')).toContain('--mark 0x42 -c 1 32 -j ACCEPT')
})

test('a full table drops new connections and says so once', () => {
  const lab = trackingLab()
  const said: string[] = []
  lab.kernel.logSink = (_level, text) => void said.push(text)
  lab.router.sysctl.write('net.netfilter.nf_conntrack_max', '1')
  lab.tcp('in0', '10.0.0.5:4000', '203.0.113.9:80', 'S', 100)
  lab.tcp('ex0', '203.0.113.9:80', '10.0.0.5:4000', 'SA', 900, 101)
  lab.tcp('in0', '10.0.0.5:4000', '203.0.113.9:80', 'A', 101, 901)
  expect(lab.udp('in0', '10.0.0.5:1', '203.0.113.9:2')).toEqual([])
  expect(lab.udp('in0', '10.0.0.5:2', '203.0.113.9:2')).toEqual([])
  expect(said).toEqual(['nf_conntrack: nf_conntrack: table full, dropping packet'])
})
