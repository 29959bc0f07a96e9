import { describe, expect, it } from 'vitest'
import { normalAnswer } from '../../src/lesson/checks/answer.js'
import { fits } from '../../src/lesson/checks/check.js'
import { judgeHolds } from '../../src/lesson/checks/holds.js'
import type { LabReader } from '../../src/lesson/checks/lab-reader.js'
import { type Row, rowSource, withoutSelectors } from '../../src/lesson/checks/rows.js'
import { sawEffect } from '../../src/lesson/checks/seen.js'

const reader = (rows: Row[]): LabReader => ({ rows: async () => rows }) as never
const spec = (least: number, most: number, where = {}) =>
  ({ kind: 'holds', rows: 'route', node: 'n', netns: null, where, least, most }) as const

describe('rows of the lab', () => {
  it('match by text, by pattern, by any member of a list, by absence', () => {
    expect(fits({ mtu: 1500, flags: ['UP', 'X'], ifname: 'vnet0' }, { mtu: 1500, flags: 'UP', ifname: 'vnet*' })).toBe(true)
    expect(fits({ ifname: 'eth0' }, { ifname: 'vnet*' })).toBe(false)
    expect(fits({}, { master: false })).toBe(true)
    expect(fits({ rule: '-s 10.0.0.0/24 -j ACCEPT' }, { rule: '-s 10.0.0.0/24 *' })).toBe(true)
  })
  it('are counted, and a failed count says what was found and where to look', async () => {
    expect((await judgeHolds(spec(1, Infinity), reader([{ dst: 'default' }]))).met).toBe(true)
    expect((await judgeHolds(spec(0, 0), reader([]))).met).toBe(true)
    expect(await judgeHolds(spec(1, Infinity, { dst: 'x' }), reader([{ dst: 'default' }]))).toEqual({
      met: false,
      expected: 'at least 1 route with dst x on n',
      found: 'none among 1',
      where: 'ip route on n',
    })
  })
  it('are read from what the tools print', () => {
    expect(
      rowSource('firewall').parse('*nat\n:POSTROUTING ACCEPT [0:0]\n-A x -s 10.0.0.0/24 -j SNAT --to-source 1.2.3.4\nCOMMIT\n'),
    ).toEqual([
      { table: 'nat', chain: 'POSTROUTING', policy: 'ACCEPT' },
      { table: 'nat', chain: 'x', rule: '-s 10.0.0.0/24 -j SNAT --to-source 1.2.3.4', target: 'SNAT' },
    ])
    expect(
      rowSource('conntrack').parse(
        'tcp      6 117 TIME_WAIT src=10.0.0.2 dst=1.1.1.1 sport=1 dport=80 src=1.1.1.1 dst=10.0.0.2 sport=80 dport=1 [ASSURED] mark=0 use=1\n',
      ),
    ).toEqual([expect.objectContaining({ protocol: 'tcp', state: 'TIME_WAIT', src: '10.0.0.2', 'reply-src': '1.1.1.1', replied: true })])
  })
})

describe('rows of a switch', () => {
  it('are records: sets, maps and references as plain values', () => {
    const output = JSON.stringify({
      headings: ['name', 'tag', 'trunks', 'external_ids', 'qos'],
      data: [['qvo1', 4, ['set', [5, 6]], ['map', [['iface-id', 'x']]], ['set', []]]],
    })
    expect(rowSource('switch-port').parse(output)).toEqual([
      { name: 'qvo1', tag: 4, trunks: [5, 6], 'external_ids.iface-id': 'x', qos: null },
    ])
  })
  it('are flows: fields by name, actions in one piece', () => {
    const output = `NXST_FLOW reply (xid=0x4):
 cookie=0x0, duration=9.5s, table=20, n_packets=1, priority=1,vlan_tci=0x0004/0x0fff,dl_dst=fa:16:3e:2a:46:e0 actions=load:0->NXM_OF_VLAN_TCI[],output:2
 priority=100,icmp actions=drop
`
    expect(rowSource('flow').parse(output)).toEqual([
      expect.objectContaining({ table: '20', n_packets: '1', dl_dst: 'fa:16:3e:2a:46:e0', actions: 'load:0->NXM_OF_VLAN_TCI[],output:2' }),
      { table: '0', priority: '100', icmp: true, actions: 'drop' },
    ])
    expect(withoutSelectors({ bridge: 'br-tun', table: 20 }, 'flow')).toEqual({ table: 20 })
  })
})

describe('answers', () => {
  it.each([
    ['08-00-27-8F-87-FA', 'mac', String(0x0800278f87fa)],
    ['192.168.56.200/24', 'ipv4', normalAnswer('192.168.56.200', 'ipv4')],
    [' 120 ', 'number', '120'],
    ['0x1F', 'number', '31'],
    ['Eth2.', 'word', 'eth2'],
    ['twelve', 'number', null],
  ] as const)('%s as %s', (text, form, expected) => expect(normalAnswer(text, form)).toBe(expected))
})

describe('a look', () => {
  const event = { type: 'command-finished', origin: 'learner', node: 'n', netnsName: null, argv: ['ip', 'addr'], exitCode: 0 } as never
  const look = (where: object, node: string | null = 'n') =>
    sawEffect({ kind: 'seen', effect: 'addresses', node, where: where as never }, event)
  it('counts wherever it shows what was asked for', () => {
    expect(look({})).toBe(true)
    expect(look({ device: 'br100' })).toBe(true)
    expect(look({ netns: 'left' })).toBe(false)
    expect(look({}, 'other')).toBe(false)
  })
})
