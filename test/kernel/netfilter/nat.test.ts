// What the router does to addresses and ports, by rule.
import { expect, test } from 'vitest'
import { WireLab } from './wire-lab.js'

function snatLab(): WireLab {
  const lab = new WireLab()
  lab.rule('-t nat -A POSTROUTING -o ex0 -j SNAT --to-source 203.0.113.1')
  return lab
}

test('SNAT changes the source on the way out and the destination of the answer', () => {
  const lab = snatLab()
  expect(lab.udp('in0', '10.0.0.5:4000', '203.0.113.9:53')).toEqual(['ex0 203.0.113.1:4000 > 203.0.113.9:53 udp'])
  expect(lab.udp('ex0', '203.0.113.9:53', '203.0.113.1:4000')).toEqual(['in0 203.0.113.9:53 > 10.0.0.5:4000 udp'])
  expect(lab.connections()).toEqual([
    'udp      17 29 src=10.0.0.5 dst=203.0.113.9 sport=4000 dport=53 src=203.0.113.9 dst=203.0.113.1 sport=53 dport=4000 mark=0 use=1',
  ])
})

test('a port that is taken gives way to one of the same class', () => {
  const lab = snatLab()
  for (const [port, low, high] of [
    [500, 1, 511],
    [900, 600, 1023],
    [4000, 1024, 65535],
  ] as const) {
    expect(lab.udp('in0', `10.0.0.5:${port}`, '203.0.113.9:53')).toEqual([`ex0 203.0.113.1:${port} > 203.0.113.9:53 udp`])
    const [second = ''] = lab.udp('in0', `10.0.0.6:${port}`, '203.0.113.9:53')
    const chosen = Number(/203\.0\.113\.1:(\d+)/.exec(second)![1])
    expect(chosen).not.toBe(port)
    expect(chosen >= low && chosen <= high).toBe(true)
    expect(lab.udp('ex0', '203.0.113.9:53', `203.0.113.1:${chosen}`)).toEqual([`in0 203.0.113.9:53 > 10.0.0.6:${port} udp`])
  }
})

test('a range of one port that is taken drops the packet', () => {
  const lab = new WireLab()
  lab.rule('-t nat -A POSTROUTING -p udp -o ex0 -j SNAT --to-source 203.0.113.1:7000')
  expect(lab.udp('in0', '10.0.0.5:1', '203.0.113.9:53')).toEqual(['ex0 203.0.113.1:7000 > 203.0.113.9:53 udp'])
  expect(lab.udp('in0', '10.0.0.6:1', '203.0.113.9:53')).toEqual([])
  expect(lab.udp('in0', '10.0.0.6:1', '203.0.113.10:53')).toEqual(['ex0 203.0.113.1:7000 > 203.0.113.10:53 udp'])
})

test('DNAT leads in, and the answer comes from the address that was asked', () => {
  const lab = new WireLab()
  lab.rule('-t nat -A PREROUTING -d 203.0.113.50 -p tcp --dport 80 -j DNAT --to-destination 10.0.0.5:8080')
  expect(lab.tcp('ex0', '203.0.113.9:5000', '203.0.113.50:80', 'S', 1)).toEqual(['in0 203.0.113.9:5000 > 10.0.0.5:8080 tcp S'])
  expect(lab.tcp('in0', '10.0.0.5:8080', '203.0.113.9:5000', 'SA', 9, 2)).toEqual(['ex0 203.0.113.50:80 > 203.0.113.9:5000 tcp SA'])
})

test('MASQUERADE takes the address of the device, REDIRECT that of the one the packet came by', () => {
  const lab = new WireLab()
  lab.rule('-t nat -A POSTROUTING -o ex0 -j MASQUERADE')
  lab.rule('-t nat -A PREROUTING -i in0 -d 169.254.169.254 -p udp --dport 80 -j REDIRECT --to-ports 8775')
  expect(lab.echo('in0', '10.0.0.5', '203.0.113.9', 8, 77)).toEqual(['ex0 203.0.113.1 > 203.0.113.9 icmp 8 id 77'])
  expect(lab.echo('ex0', '203.0.113.9', '203.0.113.1', 0, 77)).toEqual(['in0 203.0.113.9 > 10.0.0.5 icmp 0 id 77'])
  expect(lab.udp('in0', '10.0.0.5:4000', '169.254.169.254:80')).toEqual([
    'in0 169.254.169.254 > 10.0.0.5 icmp 3/3 about 10.0.0.5:4000 > 169.254.169.254:80',
  ])
})

test('a masqueraded connection ends when its address goes', () => {
  const lab = new WireLab()
  lab.rule('-t nat -A POSTROUTING -o ex0 -j MASQUERADE')
  lab.udp('in0', '10.0.0.5:4000', '203.0.113.9:53')
  expect(lab.connections()).toHaveLength(1)
  lab.router.deviceByName('ex0')!.setDown()
  expect(lab.connections()).toEqual([])
})

test('an ICMP error is turned back with the packet it quotes', () => {
  const lab = snatLab()
  lab.udp('in0', '10.0.0.5:4000', '203.0.113.9:53')
  const quoted = { from: '203.0.113.1:4000', to: '203.0.113.9:53' }
  expect(lab.error('ex0', '203.0.113.254', '203.0.113.1', quoted)).toEqual([
    'in0 203.0.113.254 > 10.0.0.5 icmp 3/3 about 10.0.0.5:4000 > 203.0.113.9:53',
  ])
})

test('a REJECT of a translated packet speaks about the packet as its sender knows it', () => {
  const lab = new WireLab()
  lab.rule('-t nat -A PREROUTING -d 203.0.113.50 -j DNAT --to-destination 10.0.0.5')
  lab.rule('-A FORWARD -p udp -j REJECT')
  lab.rule('-A FORWARD -p tcp -j REJECT --reject-with tcp-reset')
  expect(lab.udp('ex0', '203.0.113.9:5000', '203.0.113.50:53')).toEqual([
    'ex0 203.0.113.50 > 203.0.113.9 icmp 3/3 about 203.0.113.9:5000 > 203.0.113.50:53',
  ])
  expect(lab.tcp('ex0', '203.0.113.9:5000', '203.0.113.50:80', 'S', 1)).toEqual(['ex0 203.0.113.50:80 > 203.0.113.9:5000 tcp RA'])
})

test('counters of nat count first packets, those of filter all', () => {
  const lab = snatLab()
  lab.rule('-A FORWARD -p udp')
  for (let i = 0; i < 3; i++) lab.udp('in0', '10.0.0.5:4000', '203.0.113.9:53')
  expect(lab.list('-t nat -vS POSTROUTING')).toContain('-A POSTROUTING -o ex0 -c 1 32 -j SNAT')
  expect(lab.list('-vS FORWARD')).toContain('-A FORWARD -p udp -c 3 96')
})

test('one source keeps its address out of a range; connections of others spread', () => {
  const lab = new WireLab()
  lab.rule('-t nat -A POSTROUTING -o ex0 -j SNAT --to-source 203.0.113.20-203.0.113.29')
  const first = lab.udp('in0', '10.0.0.5:4000', '203.0.113.9:53')[0]!.split(' ')[1]
  const second = lab.udp('in0', '10.0.0.5:4000', '203.0.113.10:53')[0]!.split(' ')[1]
  expect(second).toBe(first)
})
